"""A short run of the fuzzer, every case it ever found, and the fuzzer's own senses."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from bot.ports import Commit, Incoming, Key, PostWrite, RecordWrite, TimerWrite, Turn
from bot.turn.runtime import Runtime
from dialogs.core.message import Message
from tests.fuzz.corpus import as_test, kept
from tests.fuzz.machine import Breach
from tests.fuzz.minimise import minimise, replay, smaller
from tests.fuzz.mutate import MARK, NUMBER, Mutator
from tests.fuzz.rig import NOON, Rig, activity, open_rig, store_breaches
from tests.fuzz.run import MAX_LEAKED_BYTES, Finding, check, play, run
from tests.fuzz.surface import Case, Seen, breaches_seen, read, written
from tests.fuzz.surfaces import SURFACES
from tests.fuzz.surfaces.activities import Activities
from tests.fuzz.surfaces.content import FILES, loaded
from tests.fuzz.surfaces.requests import REQUESTS

INPUTS = 3_000
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
KEPT = dict(kept())


async def test_thousands_of_inputs_break_no_promise(pytestconfig: pytest.Config) -> None:
    inputs = INPUTS if pytestconfig.getoption("--soak") else INPUTS // 3
    report = await run("make test", inputs, epoch=inputs // 4)
    assert [str(finding.breach)[:500] for finding in report.findings] == []
    assert report.inputs >= inputs
    assert all(tally.inputs for tally in report.tallies.values())
    assert report.leaked <= MAX_LEAKED_BYTES
    assert report.files[-1] <= report.files[0] + 10


async def test_enough_inputs_get_past_the_first_check() -> None:
    """A fuzzer whose inputs are all refused at the door tests the door."""
    chosen = {
        "activities": "200",
        "presses": "200",
        "frames": "pressed",
        "tokens": "200",
        "registry": "imported",
        "content": "sound",
    }
    report = await run("accepted", 500, surfaces=[each for each in SURFACES if each.name in chosen])
    for name, outcome in chosen.items():
        tally = report.tallies[name]
        assert tally.outcomes[outcome] >= tally.inputs / 30, (name, tally.outcomes)


@pytest.mark.parametrize("name", FILES)
def test_the_content_that_is_changed_is_read_as_heia_reads_it(name: str) -> None:
    assert loaded(name)


@pytest.mark.parametrize("name", KEPT)
async def test_what_once_broke_a_promise_breaks_none(name: str) -> None:
    assert [str(breach) for breach in await replay(KEPT[name])] == []


@pytest.fixture
async def rig(tmp_path: Path) -> AsyncIterator[Rig]:
    async with open_rig(tmp_path, "test") as opened:
        yield opened


async def test_equal_seeds_make_equal_inputs(rig: Rig) -> None:
    for surface in SURFACES:
        first, second = (surface.make(Mutator(Random(7)), rig) for _ in range(2))
        assert first == second, surface.name


def test_every_route_is_asked_for(rig: Rig) -> None:
    proper = [(method, path.partition("?")[0]) for method, path, _, _ in REQUESTS]
    for route in rig.demo.bot.app.router.routes():
        assert route.resource is not None
        if route.method != "HEAD":
            asked = [path for method, path in proper if method == route.method]
            assert any(route.resource._match(path) is not None for path in asked), route


def hello(rig: Rig, **changes: object) -> Case:
    return (json.dumps(activity(rig.people[0], **changes)).encode(),)


async def test_a_fault_of_ours_is_noticed_in_the_answer_and_in_the_log(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(runtime: Runtime, incoming: Incoming) -> Turn:
        raise ZeroDivisionError

    monkeypatch.setattr(Runtime, "receive", fail)
    kinds = [breach.kind for breach in await play(rig, Activities(), [hello(rig)])]
    assert kinds == ["answered 500", "an error is logged, request_failed ZeroDivisionError"]
    assert "the canary question is not answered" in [breach.kind for breach in await rig.check_whole()]


@pytest.mark.parametrize("words", [MARK, NUMBER])
async def test_what_people_write_is_noticed_in_the_log(rig: Rig, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    receive = Runtime.receive

    async def tell(runtime: Runtime, incoming: Incoming) -> Turn:
        runtime._log.info("told", text=words)
        return await receive(runtime, incoming)

    monkeypatch.setattr(Runtime, "receive", tell)
    kinds = [breach.kind for breach in await play(rig, Activities(), [hello(rig)])]
    assert kinds == ["the log holds what a person wrote, told"]


@pytest.mark.parametrize(
    "told",
    [
        b"Traceback (most recent call last)",
        b'{"error": "ValueError"}',
        b"/site-packages/aiohttp",
        b"<A at 0x7f2a1b3c4d5e>",
    ],
)
def test_the_inside_is_noticed_in_an_answer(told: bytes) -> None:
    assert list(breaches_seen(Seen(outcomes=("400",), told=told)))


def test_an_error_that_repeats_what_was_sent_is_noticed() -> None:
    told = b"HTTP/1.1 400 Bad\r\n\r\nInvalid header " + MARK.encode()
    assert not list(breaches_seen(Seen(outcomes=("400",), told=told)))
    assert list(breaches_seen(Seen(outcomes=("400",), told=told, echoes=False)))


async def test_a_store_that_is_not_whole_is_noticed(rig: Rig) -> None:
    store = rig.demo.store
    assert [breach async for breach in store_breaches(store)] == []
    question = {"id": "q", "utterance": f"jeg er {NUMBER} ja"}
    await store.commit(
        Commit(
            at=NOW,
            records=(
                RecordWrite(key=Key(kind="question", id="q"), body=question),
                RecordWrite(key=Key(kind="gossip", id="g"), body={}),
            ),
            posts=(PostWrite(recipient="p999", slot="s", message=Message(text="hei"), due_at=NOW),),
            timers=(TimerWrite(key="t", at=NOW, verb="no.flow"),),
        )
    )
    assert sorted([breach.kind async for breach in store_breaches(store)]) == [
        "a delivery has no owner",
        "a record does not decode, question",
        "a record is of a kind the inventory does not know, gossip",
        "a timer has no flow, no.flow",
        "an identity number is stored, question",
    ]


async def test_an_input_that_never_ends_is_stopped(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless(Activities):
        async def play(self, rig: Rig, case: Case) -> Seen:
            while True:
                pass

    monkeypatch.setattr("tests.fuzz.run.MAX_CPU_SECONDS", 0.2)
    assert [breach.kind for breach in await play(rig, Endless(), [(b"",)])] == ["an input of activities takes too long"]


async def test_an_input_that_is_never_answered_is_noticed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unanswered(Activities):
        async def play(self, rig: Rig, case: Case) -> Seen:
            if case[0]:
                time.sleep(60)  # noqa: ASYNC251
            await asyncio.Event().wait()
            raise AssertionError

    monkeypatch.setattr("tests.fuzz.run.MAX_SECONDS", 0.2)
    [waits] = await play(rig, Unanswered(), [(b"",)])
    assert waits.kind.startswith("an input of activities hangs at test_fuzz.py:")
    assert "courier.py" in waits.detail
    assert [breach.kind for breach in await play(rig, Unanswered(), [(b"x",)])] == [
        "an input of activities takes too long"
    ]


async def test_what_stays_due_is_noticed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.rig.MAX_MOMENTS", 20)

    async def idle() -> bool:
        return False

    monkeypatch.setattr(rig.demo.bot.engine.timers, "tick", idle)
    await rig.demo.store.commit(Commit(at=NOW, timers=(TimerWrite(key="t", at=NOON, verb="no.flow"),)))
    [breach, *_] = await check(rig)
    assert breach.kind == "what is due is not done"
    assert "no.flow" in breach.detail


async def test_what_a_request_leaves_running_is_noticed(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.fuzz.rig.MAX_MOMENTS", 20)
    left = [asyncio.create_task(asyncio.sleep(60)) for _ in range(20)]
    assert [breach.kind for breach in await rig.check_whole()] == ["tasks are left"]
    for task in left:
        task.cancel()


@pytest.mark.soak
async def test_a_finding_is_made_smaller_and_printed_as_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    async def receive(runtime: Runtime, incoming: Incoming) -> Turn:
        if "bryter" in getattr(incoming.what, "utterance", ""):
            raise ZeroDivisionError
        return Turn()

    monkeypatch.setattr(Runtime, "receive", receive)
    people = {
        "from": {"id": "a", "aadObjectId": "a"},
        "recipient": {"id": "b"},
        "conversation": {"id": "c", "tenantId": "t"},
    }
    rest = {
        "type": "message",
        "id": "1",
        "channelId": "msteams",
        "serviceUrl": "http://127.0.0.1:1/",
        "text": "det bryter",
    }
    case = (json.dumps({**people, **rest, "locale": "nb", "channelData": {"x": 1}}).encode(),)
    found = Finding(breach=Breach("answered 500"), cases=(("activities", case),) * 2)
    small = await minimise(found)
    assert small is not None
    [(_, (raw,))] = small.cases
    assert json.loads(raw).keys() == people.keys() | rest.keys()
    assert "det bryter" in as_test(small)
    compile(as_test(small), "pasted", "exec")


async def test_fewer_items_are_found_that_break_together() -> None:
    async def breaks(items: list[int]) -> bool:
        return {3, 17} <= set(items)

    assert await smaller(list(range(40)), breaks) == [3, 17]


@pytest.mark.parametrize("case", [(b"", b"\xff\x00", "æ".encode(), b"base64:x"), ()])
def test_a_case_survives_being_kept(case: Case) -> None:
    assert read(written(case)) == case
