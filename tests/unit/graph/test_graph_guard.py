"""Mass removals wait for an administrator; groups of any size; rules that must not be lost."""

import pytest

from bot.app.clock import SystemRandomSource
from bot.graph.account import UserVerdict
from bot.graph.config import GraphFault
from bot.scim.change import Parts
from bot.scim.config import ScimSource
from bot.scim.jobs import approve_removals
from bot.signin.former import FormerMarks
from dialogs.core.person import Person, Role
from dialogs.signin.model import WebSession
from tests.fakes.graph import TENANT, object_id
from tests.unit.graph.conftest import Town
from tests.unit.scim.conftest import CONTENT

ANNOUNCERS, PUPILS = object_id(901), object_id(902)


async def filled(town: Town, people: int) -> None:
    for number in range(1, people + 1):
        town.graph.put(number)
    await town.run()


async def approve(town: Town) -> int:
    parts = Parts(store=town.store, rng=SystemRandomSource(), former=FormerMarks(b"l" * 32), content=CONTENT)
    return await approve_removals(parts, ScimSource(municipality="nes"), at=town.clock.now(), by="admin")


@pytest.mark.parametrize("way", ["disabled", "deleted", "full"])
async def test_more_than_a_quarter_waits_signed_out_until_an_administrator_lets_it_go(town: Town, way: str) -> None:
    await filled(town, 60)
    first = await town.sign_in((await town.people())["1"].id)
    for number in range(1, 21):
        if way == "disabled":
            town.graph.put(number, accountEnabled=False)
        else:
            town.graph.delete(number)
    await town.run(full=way == "full")
    assert len(await town.people()) == 60
    assert await town.waiting() == 20
    assert await town.get(WebSession, first) is None
    await town.run()
    assert await town.waiting() == 20
    assert await approve(town) == 20
    assert {*await town.people()} == {str(number) for number in range(21, 61)}
    assert await town.waiting() == 0


async def test_a_quarter_in_several_runs_of_a_day_waits_too(town: Town) -> None:
    await filled(town, 60)
    for start in (1, 9):
        for number in range(start, start + 8):
            town.graph.delete(number)
        await town.run()
    assert await town.waiting() == 8
    assert len(await town.people()) == 52


async def test_those_who_come_back_no_longer_wait(town: Town) -> None:
    await filled(town, 60)
    before = {id_: each.id for id_, each in (await town.people()).items()}
    for number in range(1, 11):
        town.graph.put(number, accountEnabled=False)
    for number in range(11, 21):
        town.graph.delete(number)
    await town.run()
    assert await town.waiting() == 20
    for number in range(1, 11):
        town.graph.put(number, accountEnabled=True)
    for number in range(11, 21):
        town.graph.restore(number)
    await town.run()
    assert await town.waiting() == 0
    assert {id_: each.id for id_, each in (await town.people()).items()} == before
    assert len(await town.accounts()) == 60


async def test_the_guard_counts_people_from_a_file_before_the_first_run(town: Town) -> None:
    for number in range(1, 101):
        await town.put(
            Person(
                id=f"p{number}", name="x", municipality_id="nes", unit_id="nes-helse", registered=True,
                tenant_id=TENANT, object_id=object_id(number), created_at=town.clock.now(),
            )
        )  # fmt: skip
        if number > 15:
            town.graph.put(number)
    plan = (await town.run()).plan
    assert (plan.removals, plan.active) == (15, 100)
    assert (await town.waiting(), len(await town.people())) == (0, 85)


async def test_an_administrator_may_allow_it_at_once(town: Town) -> None:
    await filled(town, 60)
    for number in range(1, 41):
        town.graph.delete(number)
    await town.run(allowed=True)
    assert (await town.waiting(), len(await town.people())) == (0, 20)


@pytest.mark.full
async def test_a_group_of_fifty_thousand_comes_in_pages_and_gives_its_role(town: Town) -> None:
    town.graph.page = 5_000
    await filled(town, 3)
    for number in range(1, 50_001):
        town.graph.members[ANNOUNCERS][object_id(number)] = "user"
    await town.run(full=True)
    assert all(Role.ANNOUNCER in each.roles for each in (await town.people()).values())
    assert town.graph.count("/groups/delta") >= 10
    town.graph.asked.clear()
    for number in range(60_000, 61_000):
        town.graph.join(ANNOUNCERS, object_id(number))
    # Too many strangers to ask for one by one: everything is read instead.
    assert (await town.run()).plan.full
    assert town.graph.count("/users/0") == 0


async def test_pupils_of_a_group_never_enter_however_they_come(town: Town) -> None:
    await filled(town, 5)
    town.graph.join(PUPILS, object_id(1))
    assert (await town.run()).plan.refused[UserVerdict.PUPIL] == 1
    assert {*await town.people()} == {"2", "3", "4", "5"}
    assert await town.accounts() == {id_: each for id_, each in (await town.accounts()).items() if id_ != "1"}
    town.graph.put(1, displayName="Nytt Navn")
    await town.run()
    town.graph.join(ANNOUNCERS, object_id(1))
    await town.run()
    await town.run(full=True)
    assert "1" not in await town.people()


@pytest.mark.parametrize("group", ["pupils", "scope"])
async def test_a_rule_without_its_group_ends_the_run_and_lets_nobody_in_or_out(town: Town, group: str) -> None:
    town.settings = {"scope": {"groups": ["Ansatte"]}}
    staff = town.graph.group(903, "Ansatte", [object_id(number) for number in (1, 2, 3)])
    await filled(town, 3)
    before = await town.people()
    assert len(before) == 3
    town.graph.delete_group(PUPILS if group == "pupils" else staff)
    with pytest.raises(GraphFault, match="group_gone"):
        await town.run()
    with pytest.raises(GraphFault, match="group_missing"):
        await town.run(full=True)
    assert await town.people() == before


@pytest.mark.parametrize("full", [False, True])
async def test_members_of_a_group_in_a_group_of_pupils_leave(town: Town, full: bool) -> None:
    await filled(town, 3)
    inner = town.graph.group(950, "10A")
    town.graph.join(PUPILS, inner, "group")
    town.graph.join(inner, object_id(1))
    await town.run(full=full)
    assert {*await town.people()} == {"2", "3"}
    town.graph.join(inner, object_id(2))
    assert not (await town.run()).plan.full
    assert {*await town.people()} == {"3"}
    town.graph.put(2, displayName="Nytt Navn")
    await town.run()
    assert {*await town.people()} == {"3"}


async def test_groups_whose_own_name_means_pupils_are_found_however_many(town: Town) -> None:
    for number in range(60):
        town.graph.group(2_000 + number, f"Elever {number}A", [object_id(number)])
    town.graph.group(3_000, "Elevråd for ansatte", [object_id(70)])
    for number in (1, 59, 70):
        town.graph.put(number)
    await town.run()
    assert {*await town.people()} == {"70"}
    assert town.graph.count("/groups/delta?$select") == 2
    assert not (await town.run()).plan.full
    town.graph.group(2_060, "elever 10B", [object_id(70)])
    assert (await town.run()).plan.full
    assert await town.people() == {}


async def test_two_groups_of_one_name_are_named(town: Town) -> None:
    town.graph.group(904, "Heia kunngjørere")
    with pytest.raises(GraphFault) as fault:
        await town.run()
    assert (fault.value.reason, fault.value.detail) == ("group_missing", "Heia kunngjørere")
    await town.run(roles={ANNOUNCERS: "announcer"})


async def test_the_audit_log_has_the_run_and_each_change_but_not_each_newcomer_of_the_first_run(town: Town) -> None:
    await filled(town, 3)
    assert await town.acts() == [("graph.applied", "graph:nes")]
    town.graph.put(1, accountEnabled=False)
    town.graph.put(4)
    await town.run()
    acts = [act for act, by in await town.acts() if by == "graph:nes"]
    assert sorted(acts) == ["graph.applied"] * 2 + ["scim.user_created", "scim.user_deactivated"]
