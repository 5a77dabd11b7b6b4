"""Runs of a directory: the preview, the guard, the pace of the loop, and each limit of a request."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.app.clock import SystemRandomSource
from bot.graph.account import UserVerdict
from bot.graph.config import GraphConfig, GraphFault, GraphSource
from bot.graph.reading import DirectoryReader
from bot.graph.token import GraphToken
from bot.records.codec import decode
from dialogs.core.audit import AuditEntry
from dialogs.core.person import Person
from dialogs.provisioning.graph import GraphState
from dialogs.provisioning.model import ScimUser
from tests.fakes.graph import SECRET, TENANT, error, object_id
from tests.unit.graph.conftest import SOURCE, Town
from tests.unit.graph.test_graph_faults import at, filled
from tests.unit.graph.test_graph_loop import loop_of

PUPILS = object_id(902)


async def test_a_preview_of_any_number_says_what_would_change_and_changes_nothing(town: Town) -> None:
    for number in range(1, 131):
        town.graph.put(number)
    await town.run()
    for number in range(1, 61):
        town.graph.put(number, displayName="Nytt Navn")
    for number in range(61, 66):
        town.graph.delete(number)
    for number in range(201, 281):
        town.graph.put(number)
    before = await town.people()
    sync = town.sync()
    await sync.begin()
    preview = await sync.preview_run(await sync.prepare())
    await sync.leave_unchanged()
    shown = preview.people
    assert (len(shown.adds), len(shown.changes), len(shown.removals), shown.unchanged) == (80, 60, 5, 65)
    assert await town.people() == before
    state = await town.state()
    assert (state.lease, state.lease_until) == ("", None)
    await town.run()
    assert len(await town.people()) == 205


async def test_changes_of_everyone_are_no_removals_and_do_not_wait(town: Town) -> None:
    for number in range(1, 41):
        town.graph.put(number)
    await town.run()
    for number in range(1, 41):
        town.graph.put(number, department="Oppvekst og skole")
    plan = (await town.run()).plan
    assert (plan.removals, plan.active, len(plan.steps)) == (0, 40, 40)
    assert await town.waiting() == 0
    assert {person.unit_id for person in (await town.people()).values()} == {"nes-skole"}


async def test_a_newcomer_in_a_group_of_pupils_is_left_out_without_being_looked_up(town: Town) -> None:
    await filled(town)
    await town.run()
    town.graph.put(6)
    town.graph.join(PUPILS, object_id(6))
    town.graph.put(7)
    town.graph.asked.clear()
    assert (await town.run()).plan.refused[UserVerdict.PUPIL] == 1
    assert town.graph.count(f"/users/{object_id(6)}") == 0
    assert town.graph.count(f"/users/{object_id(7)}") == 2


async def test_a_person_with_another_account_is_not_removed_for_the_tenant_alone(town: Town) -> None:
    def person(id_: str, **known: Any) -> Person:
        return Person(
            id=id_, name=id_, municipality_id="nes", unit_id="nes-helse", registered=True,
            created_at=town.clock.now(), **known,
        )  # fmt: skip

    gone = person("gone", tenant_id=TENANT.upper(), object_id=object_id(8))
    await town.put(person("unknown", tenant_id=TENANT), person("guest", email="g@nes.example"), gone)
    await filled(town)
    plan = (await town.run()).plan
    assert [step.person_id for step in plan.steps if step.removes] == ["gone"]
    left = {person.key.id for person in await town.store.find(Person.KIND, "registered")}
    assert {"unknown", "guest"} <= left
    assert "gone" not in left


async def test_two_directories_are_each_read_when_due_and_one_that_is_not_listed_is_not(town: Town) -> None:
    both = [{**SOURCE, "stand_in": town.graph.origin}, {**SOURCE, "stand_in": town.graph.origin}]
    both[1] |= {"municipality": "eidsvoll", "units": {}, "roles": {}, "pupils": {}}
    loop, _ = loop_of(town)
    loop._config = GraphConfig.model_validate({"source": both})
    now = town.clock.now()
    done = {"nes": now - timedelta(minutes=14, seconds=50), "eidsvoll": now - timedelta(minutes=14, seconds=55)}
    await town.put(*(GraphState(id=id_, done_at=done_at) for id_, done_at in done.items()))
    await town.put(GraphState(id="elsewhere", done_at=now - timedelta(hours=9)))
    assert await loop.tick() == timedelta(seconds=5)
    await town.put(GraphState(id="eidsvoll"))
    assert await loop.tick() == timedelta(seconds=10), "one that was never applied is not due"
    assert town.graph.asked == []


async def test_a_directory_that_another_process_reads_is_looked_at_again_after_half_a_minute(town: Town) -> None:
    loop, seen = loop_of(town)
    await town.run()
    town.clock.at += timedelta(minutes=15)
    await town.put(GraphState(id="nes", done_at=town.clock.now() - timedelta(hours=1), lease="process-9",
                              lease_until=town.clock.now() + timedelta(minutes=5)))  # fmt: skip
    town.graph.asked.clear()
    assert await loop.tick() == timedelta(seconds=30)
    town.clock.at += timedelta(minutes=6)
    await loop.tick()
    assert town.graph.asked
    assert seen == []


async def test_the_loop_rests_a_part_of_the_time_that_each_portion_took(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop, _ = loop_of(town)
    await town.run()
    for number in range(1, 121):
        town.graph.put(number)
    town.clock.at += timedelta(minutes=15)
    commit = town.store.commit

    async def slow(*args: Any, **kwargs: Any) -> Any:
        town.clock.at += timedelta(seconds=8)
        return await commit(*args, **kwargs)

    monkeypatch.setattr(town.store, "commit", slow)
    await loop.tick()
    assert len(await town.people()) == 120
    assert town.clock.slept == [2.0, 2.0, 2.0]


async def test_a_lease_is_renewed_while_a_long_run_goes_on(town: Town) -> None:
    await filled(town, 12)

    def slowly(_: web.Request) -> web.Response | None:
        town.clock.at += timedelta(minutes=2)
        return None

    town.graph.faults = [slowly]
    sync = town.sync()
    await sync.begin()
    began = (await town.state()).lease_until
    planned = await sync.prepare()
    renewed = (await town.state()).lease_until
    assert began is not None
    assert renewed is not None
    assert renewed > began
    await sync.apply_run(planned)
    assert (await town.state()).lease == ""


async def token_of(town: Town) -> GraphToken:
    return GraphToken(session=town.http, source=town.source(), clock=town.clock, rng=SystemRandomSource())


async def test_a_token_is_asked_for_again_five_minutes_before_it_ends(town: Town) -> None:
    town.graph.token_seconds = 900
    token = await token_of(town)
    first = await token.get()
    town.clock.at += timedelta(minutes=10)
    assert await token.get() == first
    town.clock.at += timedelta(seconds=1)
    second = await token.get()
    assert second != first
    assert await token.get(again=True) != second


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"expires_in": 60}, 200, "no_token"),
        ({"access_token": "", "expires_in": 60}, 200, "no_token"),
        ({"access_token": 7, "expires_in": 60}, 200, "no_token"),
        ({"access_token": "t"}, 200, "no_token"),
        ({"access_token": "t", "expires_in": "soon"}, 200, "no_token"),
        ([1], 200, "no_json"),
        ({"error": "invalid_client"}, 400, "invalid_client"),
        ({"error": "<script>"}, 400, "login_http_400"),
        ({"error_codes": []}, 503, "login_http_503"),
        ({"error_codes": ["x"], "error": "ugyldig_ø"}, 400, "login_http_400"),
        ({"error_codes": [50034, 1], "error": "x"}, 400, "AADSTS50034"),
    ],
)
async def test_an_answer_without_a_token_is_named_by_its_code(town: Town, body: Any, status: int, reason: str) -> None:
    town.graph.faults = at("/oauth2/", lambda: web.json_response(body, status=status))
    with pytest.raises(GraphFault) as fault:
        await (await token_of(town)).get()
    assert fault.value.reason == reason


async def test_a_token_endpoint_that_leads_elsewhere_is_not_followed_with_the_secret(town: Town) -> None:
    elsewhere = {"Location": f"{town.graph.origin}/elsewhere"}
    town.graph.faults = at("/oauth2/", lambda: web.Response(status=307, headers=elsewhere))
    with pytest.raises(GraphFault, match="no_json"):
        await (await token_of(town)).get()
    assert town.graph.asked == [("POST", f"/{TENANT}/oauth2/v2.0/token")]


async def test_a_token_with_its_seconds_as_text_is_taken(town: Town) -> None:
    town.graph.faults = at("/oauth2/", lambda: web.json_response({"access_token": "t", "expires_in": "3599"}))
    assert await (await token_of(town)).get() == "t"


async def test_an_endpoint_that_is_not_there_is_unreachable(town: Town) -> None:
    source = town.source(stand_in="http://127.0.0.1:9")
    token = GraphToken(session=town.http, source=source, clock=town.clock, rng=SystemRandomSource())
    with pytest.raises(GraphFault, match="login_unreachable"):
        await token.get()


async def test_waits_without_a_named_time_grow_and_end_after_six_attempts(town: Town) -> None:
    town.graph.faults = at("/users/delta", *[lambda: error(500, "InternalServerError")] * 9)
    with pytest.raises(GraphFault, match="http_500") as fault:
        await town.run()
    assert town.clock.slept == [2, 4, 8, 16, 32]
    assert fault.value.retry_after is None
    assert town.graph.count("/users/delta") == 6


async def test_waits_of_one_request_end_after_five_minutes_together(town: Town) -> None:
    town.graph.faults = at("/users/delta", *[lambda: error(429, "x", Retry_After="150")] * 3)
    with pytest.raises(GraphFault, match="throttled") as fault:
        await town.run()
    assert town.clock.slept == [150, 150]
    assert fault.value.retry_after == timedelta(seconds=150)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("soon", 2), ("-5", 0), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("Wed, 99 Oct 2015 07:28:00 GMT", 2)],
)
async def test_a_strange_wait_is_none_or_the_usual_one(town: Town, header: str, seconds: float) -> None:
    town.graph.faults = at("/users/delta", lambda: error(429, "x", Retry_After=header))
    await town.run()
    assert town.clock.slept == [seconds]


@pytest.mark.parametrize(
    ("answer", "reason", "detail"),
    [
        (lambda: error(403, "Authorization_RequestDenied"), "http_403", "authorization_requestdenied"),
        (lambda: web.json_response({"error": "x"}, status=404), "http_404", ""),
        (lambda: web.json_response({"error": {"code": "Ø" * 3}}, status=404), "http_404", ""),
        (lambda: web.json_response({"error": {"code": "X" * 99}}, status=404), "http_404", "x" * 60),
        (lambda: web.Response(status=404, text="<html>"), "http_404", ""),
        (lambda: error(503, "x", Retry_After="900"), "throttled", ""),
    ],
)
async def test_a_refusal_is_named_by_status_and_code(
    town: Town, answer: Callable[[], web.Response], reason: str, detail: str
) -> None:
    town.graph.faults = at("/users/delta", answer)
    with pytest.raises(GraphFault) as fault:
        await town.run()
    assert (fault.value.reason, fault.value.detail) == (reason, detail)


async def test_an_answer_that_is_too_large_is_not_read_to_its_end(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.graph.client.MOST_BYTES", 5_000)
    town.graph.faults = at("/users/delta", lambda: web.Response(body=b"x" * 5_001))
    with pytest.raises(GraphFault, match="too_large"):
        await town.run()
    monkeypatch.setattr("bot.graph.token.MOST_BYTES", 50)
    with pytest.raises(GraphFault, match="no_json"):
        await town.run()


async def test_a_user_that_was_deleted_and_comes_again_in_one_reading_was_restored(town: Town) -> None:
    pages = [
        {"value": [{"id": object_id(1), "@removed": {"reason": "changed"}}, {"id": object_id(2), "mail": "a@x.no"}]},
        {"value": [{"id": object_id(1), "displayName": "Kari"}, {"id": object_id(2), "displayName": "Ola"}]},
    ]
    pages[0]["@odata.nextLink"] = f"{town.graph.origin}/v1.0/users/delta?$skiptoken=2"  # type: ignore[assignment]
    pages[1]["@odata.deltaLink"] = f"{town.graph.origin}/v1.0/users/delta?$deltatoken=3"  # type: ignore[assignment]
    answers = iter(pages)
    town.graph.faults = at("/users/delta", *[lambda: web.json_response(next(answers))] * 2)
    sync = town.sync()
    await sync.begin()
    changes = await sync._reader.everything()
    assert changes.users == {
        object_id(1): {"id": object_id(1), "displayName": "Kari"},
        object_id(2): {"id": object_id(2), "mail": "a@x.no", "displayName": "Ola"},
    }
    assert changes.users_link.endswith("deltatoken=3")


async def test_a_user_who_is_not_there_is_none_and_another_fault_is_one(town: Town) -> None:
    sync = town.sync()
    await sync.begin()
    reader: DirectoryReader = sync._reader
    assert await reader.user(object_id(77)) is None
    town.graph.faults = at("/users/", lambda: error(403, "x"))
    with pytest.raises(GraphFault, match="http_403"):
        await reader.user(object_id(77))


async def test_licences_are_only_read_where_the_scope_needs_them(town: Town) -> None:
    await filled(town)
    await town.run()
    assert town.graph.count("assignedLicenses") == 0
    await town.run(scope={"licensed": True})
    assert town.graph.count("assignedLicenses") > 0


def source(**credential: Any) -> GraphSource:
    given = {name: value for name, value in SOURCE.items() if name != "secret"}
    return GraphConfig.model_validate({"source": [{**given, **credential}]}).source[0]


def test_a_secret_comes_from_the_setting_the_environment_or_a_file_and_is_never_empty(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f" {SECRET}\n", "utf-8")
    assert source(secret=SECRET).read_secret({}) == SECRET
    assert source(secret_env="HEIA_X").read_secret({"HEIA_X": SECRET}) == SECRET
    assert source(secret_file=str(file)).read_secret({}) == SECRET
    file.write_text(" \n", "utf-8")
    for empty in (source(secret=" "), source(secret_env="HEIA_X"), source(secret_file=str(file))):
        with pytest.raises(ValueError, match="empty"):
            empty.read_secret({})
    with pytest.raises(ValueError, match="certificate"):
        source(certificate="/x.pem").read_secret({})


async def test_a_failed_run_says_so_and_a_stopped_one_does_not(town: Town) -> None:
    await filled(town)
    await town.run()
    sync = town.sync()
    await sync.fail(GraphFault("http_500"))
    assert (await town.state()).failed_at is None, "it had not begun"
    await sync.begin()
    await sync.fail(GraphFault("stopped"))
    state = await town.state()
    assert (state.failed_at, state.fault, state.lease) == (None, "", "")
    await sync.begin()
    await sync.fail(GraphFault("http_500"))
    state = await town.state()
    assert (state.failed_at, state.fault, state.lease) == (town.clock.now(), "http_500", "")


async def test_a_refusal_of_pupils_alone_is_in_the_audit_log(town: Town) -> None:
    town.graph.put(1, jobTitle="Elev")
    await town.run()
    assert await town.acts() == [("graph.applied", "graph:nes")]
    await town.run()
    assert len(await town.acts()) == 1


async def test_an_account_keeps_its_first_day_and_its_id_when_it_comes_back(town: Town) -> None:
    town.graph.put(1)
    await town.run()
    first = (await town.accounts())["1"]
    assert first.created_at == first.changed_at
    town.graph.put(1, accountEnabled=False)
    await town.run()
    town.graph.put(1, accountEnabled=True)
    await town.run()
    again: ScimUser = (await town.accounts())["1"]
    assert (again.id, again.created_at, again.active) == (first.id, first.created_at, True)
    assert again.changed_at > first.changed_at


async def test_an_account_that_was_not_active_is_no_removal_when_it_goes(town: Town) -> None:
    await filled(town)
    town.graph.put(1, accountEnabled=False)
    await town.run()
    town.graph.put(2, accountEnabled=False)
    assert (await town.run()).plan.removals == 1
    for number in (1, 2, 3):
        town.graph.delete(number)
    plan = (await town.run()).plan
    assert (len(plan.steps), plan.removals) == (2, 1)
    assert plan.refused.total() == 0, "who is gone is not refused"


async def test_only_groups_that_a_rule_names_are_stored_of_a_newcomer(town: Town) -> None:
    await filled(town)
    await town.run()
    town.graph.put(6)
    town.graph.group(950, "Andre", [object_id(6)])
    town.graph.join(object_id(901), object_id(6))
    await town.run()
    assert (await town.accounts())["6"].groups == (f"graph-nes-{object_id(901)}",)


async def test_a_new_user_name_is_kept_and_an_empty_one_is_not(town: Town) -> None:
    await filled(town)
    await town.run()
    town.graph.put(1, userPrincipalName="ny@nes.example")
    await town.run()
    assert (await town.accounts())["1"].user_name == "ny@nes.example"
    town.graph.put(1, userPrincipalName=None)
    await town.run()
    assert (await town.accounts())["1"].user_name == "ny@nes.example"


async def test_an_account_whose_person_moved_elsewhere_gives_no_role_and_takes_nothing(town: Town) -> None:
    town.graph.put(1)
    town.graph.join(object_id(901), object_id(1))
    await town.run()
    assert (await town.accounts())["1"].roles
    person = (await town.people())["1"]
    moved = replace(person, municipality_id="eidsvoll", unit_id="eidsvoll-skole")
    await town.put(moved)
    town.graph.put(1, displayName="Nytt Navn")
    await town.run()
    account = (await town.accounts())["1"]
    assert (account.roles, account.active, account.elsewhere) == (frozenset(), False, True)
    assert (await town.people())["1"] == moved


async def test_the_audit_entry_of_a_run_has_its_numbers(town: Town) -> None:
    await filled(town, 3)
    town.graph.put(4, jobTitle="Elev")
    await town.run()
    [entry] = [decode(AuditEntry, stored) for stored in await town.store.find(AuditEntry.KIND, "all")]
    assert dict(entry.details) == {
        "accounts": "3", "full": "true", "removals": "0", "removals_wait": "false", "refused_pupil": "1",
    }  # fmt: skip


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
async def test_a_failure_that_may_pass_is_tried_again(town: Town, status: int) -> None:
    await filled(town)
    town.graph.faults = at("/users/delta", lambda: error(status, "x"))
    await town.run()
    assert len(await town.people()) == 5


async def test_a_directory_that_loses_its_state_again_and_again_ends_the_run(town: Town) -> None:
    await filled(town)
    await town.run()
    town.graph.asked.clear()
    gone = [lambda: error(410, "syncStateNotFound")] * 5
    town.graph.faults = at("/users/delta", *gone)
    with pytest.raises(GraphFault, match="endless"):
        await town.run(full=True)
    assert town.graph.count("/users/delta") == 1, "everything was asked for already"
    town.graph.faults = at("/users/delta", *gone)
    with pytest.raises(GraphFault, match="endless"):
        await town.run()
    assert town.graph.count("/users/delta") == 3
