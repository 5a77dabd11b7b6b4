"""Readings of a directory: what its answers may look like, and what is kept between two runs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from bot.graph.config import GraphFault
from bot.graph.reading import DirectoryReader
from bot.graph.sync import Lease
from dialogs.provisioning.model import ScimGroup
from tests.fakes.graph import SECRET, object_id
from tests.unit.graph.conftest import Town
from tests.unit.graph.test_graph_faults import at, filled
from tests.unit.graph.test_graph_loop import loop_of

ANNOUNCERS, PUPILS = object_id(901), object_id(902)


async def reader(town: Town, **changes: Any) -> DirectoryReader:
    sync = town.sync(**changes)
    await sync.begin()
    return sync._reader


def answers(town: Town, path: str, *pages: dict[str, Any]) -> None:
    """Let requests with ``path`` be answered with these pages, one after another."""
    link = f"{town.graph.origin}/v1.0{path}?$skiptoken="
    last = len(pages) - 1
    bodies = iter(
        {"@odata.deltaLink" if number == last else "@odata.nextLink": f"{link}{number}", **page}
        for number, page in enumerate(pages)
    )
    town.graph.faults = at(path, *[lambda: web.json_response(next(bodies))] * len(pages))


@pytest.mark.parametrize(
    ("user", "property_"),
    [
        ({"accountEnabled": "true"}, "accountEnabled"),
        ({"displayName": 7}, "displayName"),
        ({"department": ["Helse"]}, "department"),
        ({"assignedLicenses": "E3"}, "assignedLicenses"),
    ],
)
async def test_a_property_of_another_type_is_a_strange_answer(town: Town, user: Any, property_: str) -> None:
    answers(town, "/users/delta", {"value": [{"id": object_id(1), **user}]})
    with pytest.raises(GraphFault) as fault:
        await (await reader(town)).everything()
    assert (fault.value.reason, fault.value.detail) == ("strange_answer", property_)


async def test_a_property_may_be_empty_and_others_are_not_read(town: Town) -> None:
    empty = {"accountEnabled": None, "mail": None, "assignedLicenses": None}
    answers(town, "/users/delta", {"value": [{"id": object_id(1).upper(), "givenName": "Kari", **empty}]})
    changes = await (await reader(town)).everything()
    assert changes.users == {object_id(1): {"id": object_id(1).upper(), **empty}}


@pytest.mark.parametrize("strange", [{"value": None}, {"value": ["x"]}, {"value": [{"id": None}]}, {"value": [{}]}])
async def test_an_answer_without_users_is_strange(town: Town, strange: dict[str, Any]) -> None:
    answers(town, "/users/delta", strange)
    with pytest.raises(GraphFault, match="strange_answer"):
        await (await reader(town)).everything()


@pytest.mark.parametrize("links", [{}, {"@odata.nextLink": "x", "@odata.deltaLink": "y"}, {"@odata.nextLink": 7}])
async def test_a_page_has_one_link_to_go_on(town: Town, links: dict[str, Any]) -> None:
    town.graph.faults = at("/users/delta", lambda: web.json_response({"value": [], **links}))
    with pytest.raises(GraphFault, match="half_answer"):
        await (await reader(town)).everything()


async def test_the_last_of_several_changes_of_a_member_counts(town: Town) -> None:
    def change(number: int, *, gone: bool = False) -> dict[str, Any]:
        member = {"@odata.type": "#microsoft.graph.user", "id": object_id(number)}
        return {**member, **({"@removed": {"reason": "deleted"}} if gone else {})}

    group = {"id": ANNOUNCERS, "displayName": "Heia kunngjørere"}
    answers(
        town,
        "/groups/delta",
        {"value": [{**group, "members@delta": [change(1), change(2, gone=True)]}]},
        {"value": [{**group, "members@delta": [change(1, gone=True), change(2), change(3)]}]},
        {"value": [{"id": object_id(999), "members@delta": [change(4)]}, group]},
    )
    changes = await (await reader(town)).everything()
    assert changes.joined == {ANNOUNCERS: {object_id(2), object_id(3)}}
    assert changes.left == {ANNOUNCERS: {object_id(1)}}
    assert changes.gone == set()
    assert len(changes.group_links) == 1


async def test_groups_inside_groups_of_pupils_are_read_too_and_others_are_not(town: Town) -> None:
    inner, plain = town.graph.group(950, "10A", [object_id(1)]), town.graph.group(951, "Innerst", [object_id(2)])
    town.graph.join(PUPILS, inner, "group")
    town.graph.join(ANNOUNCERS, plain, "group")
    changes = await (await reader(town)).everything()
    assert changes.pupils == {PUPILS, inner}
    assert changes.joined[inner] == {object_id(1)}
    assert plain not in changes.watched


async def test_too_many_groups_of_pupils_end_the_run(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        town.graph.join(PUPILS, town.graph.group(950 + number, f"Gruppe {number}"), "group")
    monkeypatch.setattr("bot.graph.reading.MOST_PUPIL_GROUPS", 4)
    assert len((await (await reader(town)).everything()).pupils) == 4
    monkeypatch.setattr("bot.graph.reading.MOST_PUPIL_GROUPS", 3)
    with pytest.raises(GraphFault, match="too_many_groups"):
        await (await reader(town)).everything()


async def test_names_of_groups_of_pupils_come_in_pages(town: Town) -> None:
    link = f"{town.graph.origin}/v1.0/groups?page=2"
    pages = iter(
        [
            {"value": [{"id": object_id(1), "displayName": "Elever 10A"}], "@odata.nextLink": link},
            {"value": [{"id": object_id(2), "displayName": "Elever 10B"}, {"id": object_id(3), "displayName": None}]},
        ]
    )
    town.graph.faults = at("/groups?", *[lambda: web.json_response(next(pages))] * 2)
    assert await (await reader(town)).pupil_groups() == {object_id(1), object_id(2)}


@pytest.mark.parametrize(
    ("credentials", "ends"),
    [
        ([{"hint": "xyz", "endDateTime": "2028-01-01T00:00:00Z"}], datetime(2027, 5, 1, tzinfo=UTC)),
        ([{"hint": SECRET[:3], "endDateTime": "soon"}], datetime(2027, 5, 1, tzinfo=UTC)),
        ([{"hint": SECRET[:3]}, {"endDateTime": "2028-01-01T00:00:00Z"}, "x"], datetime(2027, 5, 1, tzinfo=UTC)),
        ({"hint": SECRET[:3]}, datetime(2027, 5, 1, tzinfo=UTC)),
        ([{"hint": SECRET[:3], "endDateTime": "2026-12-31T23:59:59Z"}], datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
async def test_the_end_of_a_credential_is_that_of_the_file_unless_the_directory_knows_it(
    town: Town, credentials: Any, ends: datetime
) -> None:
    town.graph.credentials = credentials
    town.graph.can_read_applications = True
    await town.run(secret_expires="2027-05-01")
    assert (await town.state()).credential_ends == ends


async def test_the_groups_of_the_rules_are_stored_under_the_names_of_the_rules(town: Town) -> None:
    await filled(town)
    await town.run()
    group = await town.get(ScimGroup, f"graph-nes-{ANNOUNCERS}")
    assert group is not None
    assert (group.name, group.external_id, group.municipality_id) == ("Heia kunngjørere", ANNOUNCERS, "nes")
    first = group.changed_at
    await town.run()
    again = await town.get(ScimGroup, f"graph-nes-{ANNOUNCERS}")
    assert again is not None
    assert again.changed_at == first, "it is written only when it changes"
    await town.run(roles={ANNOUNCERS: "announcer"})
    renamed = await town.get(ScimGroup, f"graph-nes-{ANNOUNCERS}")
    assert renamed is not None
    assert renamed.name == ANNOUNCERS


@pytest.mark.parametrize(
    ("changes", "full"),
    [
        ({"secret": None, "secret_env": "HEIA_TEST_GRAPH"}, False),
        ({"secret_expires": "2027-05-01"}, False),
        ({"units": {}}, True),
        ({"roles": {}}, True),
        ({"scope": {"domains": ["nes.example"]}}, True),
        ({"pupils": {"groups": ["Trinn 10"]}}, True),
    ],
)
async def test_everything_is_read_again_when_a_rule_about_people_changed(
    town: Town, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], full: bool
) -> None:
    monkeypatch.setenv("HEIA_TEST_GRAPH", SECRET)
    await filled(town)
    await town.run()
    assert (await town.run(**changes)).plan.full is full


async def test_too_many_to_look_up_one_by_one_are_read_whole(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    await filled(town)
    await town.run()
    monkeypatch.setattr("bot.graph.plan.MOST_LOOKUPS", 3)
    for number in (11, 12, 13):
        town.graph.put(number)
    assert not (await town.run()).plan.full
    for number in (14, 15, 16, 17):
        town.graph.put(number)
    assert (await town.run()).plan.full
    assert len(await town.people()) == 12


async def test_a_lease_is_of_one_process_until_it_ends(town: Town) -> None:
    now = town.clock.now()
    first = await Lease.take(town.store, "nes", name="a", at=now)
    assert (await Lease.take(town.store, "nes", name="a", at=now)).version == first.version + 1, "its own"
    with pytest.raises(GraphFault, match="running"):
        await Lease.take(town.store, "nes", name="b", at=now + timedelta(minutes=10) - timedelta(seconds=1))
    taken = await Lease.take(town.store, "nes", name="b", at=now + timedelta(minutes=10))
    with pytest.raises(GraphFault, match="running"):
        await first.give_back(now)
    await taken.renew(now + timedelta(minutes=10, seconds=59))
    assert taken.state.lease_until == now + timedelta(minutes=20)
    await taken.renew(now + timedelta(minutes=11))
    assert taken.state.lease_until == now + timedelta(minutes=21)
    await taken.renew(now + timedelta(minutes=11, seconds=30))
    assert taken.state.lease_until == now + timedelta(minutes=21)
    await taken.give_back(now)
    assert (taken.state.lease, taken.state.lease_until) == ("", None)


async def test_a_loop_without_directories_waits_and_one_that_is_stopped_ends(town: Town) -> None:
    loop, _ = loop_of(town)
    loop._config = loop._config.model_copy(update={"source": ()})

    async def sleep(seconds: float) -> None:
        town.clock.slept.append(seconds)
        await loop.stop()

    town.clock.sleep = sleep  # type: ignore[method-assign]
    await loop.run()
    assert town.clock.slept == [30]
    assert town.graph.asked == []
