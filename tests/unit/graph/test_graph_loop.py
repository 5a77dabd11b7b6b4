"""The loop in the running bot, and the doctor's findings about it."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from aiohttp import web

from bot.app.clock import SystemRandomSource
from bot.app.credentials import all_credential_ends
from bot.app.doctor.directory import graph_findings, graph_store_findings
from bot.app.doctor.finding import FindingState
from bot.graph.config import GraphConfig, GraphFault, load_graph
from bot.graph.loop import GraphLoop, configured_graph, graph_loop
from bot.scim.change import Parts
from bot.settings.model import BadSettings, Settings
from bot.signin.former import FormerMarks
from bot.support.dependencies import Dependencies
from tests.fakes.graph import CLIENT, SECRET, TENANT, error
from tests.unit.graph.conftest import SOURCE, Town
from tests.unit.scim.conftest import CONTENT, ORGANISATION

FILE = f"""
[[source]]
municipality = "nes"
tenant_id = "{TENANT}"
client_id = "{CLIENT}"
secret = "{SECRET}"
"""


def loop_of(town: Town, **config: Any) -> tuple[GraphLoop, list[tuple[str, bool]]]:
    """Return the loop, and the changes of the dependencies it reports."""
    seen: list[tuple[str, bool]] = []
    log = structlog.get_logger()
    source = {**SOURCE, "stand_in": town.graph.origin}
    loop = GraphLoop(
        config=GraphConfig.model_validate({"source": [source], **config}),
        store=town.store,
        parts=lambda: Parts(store=town.store, rng=SystemRandomSource(), former=FormerMarks(b"l" * 32), content=CONTENT),
        session=town.http,
        clock=town.clock,
        dependencies=Dependencies(clock=town.clock, log=log, changed=lambda name, works: seen.append((name, works))),
        refused=town.refused.append,
        name="process-1",
        rest_share=0.25,
        log=log,
    )
    return loop, seen


async def test_a_first_run_is_looked_for_as_often_as_the_directory_is_read(town: Town) -> None:
    loop, _ = loop_of(town, minutes=0.1)
    assert await loop.tick() == timedelta(seconds=6)


async def test_nothing_is_read_before_an_operator_has_started_the_first_run(town: Town) -> None:
    loop, _ = loop_of(town)
    town.graph.put(1)
    assert await loop.tick() == timedelta(seconds=30)
    assert town.graph.asked == []
    await town.run()
    town.graph.put(2)
    await loop.tick()
    assert {*await town.people()} == {"1"}
    town.clock.at += timedelta(minutes=15)
    await loop.tick()
    assert {*await town.people()} == {"1", "2"}


async def test_a_failure_is_a_dependency_that_fails_and_heals_and_waits_for_the_next_interval(town: Town) -> None:
    loop, seen = loop_of(town)
    town.graph.put(1)
    await town.run()
    town.graph.faults = [lambda _: error(403, "Authorization_RequestDenied")]
    town.clock.at += timedelta(minutes=15)
    await loop.tick()
    town.graph.asked.clear()
    await loop.tick()
    assert town.graph.asked == []
    town.clock.at += timedelta(minutes=15)
    await loop.tick()
    assert seen == [("graph/nes", False), ("graph/nes", True)]


async def test_microsofts_wait_is_longer_than_the_interval(town: Town) -> None:
    loop, _ = loop_of(town)
    await town.run()
    town.graph.faults = [lambda r: error(429, "x", Retry_After="7200") if "delta" in r.path else None]
    town.clock.at += timedelta(minutes=15)
    await loop.tick()
    town.graph.asked.clear()
    for _ in range(7):
        town.clock.at += timedelta(minutes=15)
        await loop.tick()
    assert town.graph.asked == []
    town.clock.at += timedelta(minutes=16)
    await loop.tick()
    assert town.graph.asked != []


@pytest.mark.full
async def test_a_fault_of_heias_own_ends_one_run_and_not_the_bot(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, seen = loop_of(town)
    await town.run()

    def broken(*_: object, **__: object) -> Callable[[], None]:
        raise RuntimeError("broken")

    monkeypatch.setattr("bot.graph.sync.Planner", broken)
    town.clock.at += timedelta(minutes=15)
    await loop.tick()
    assert (await town.state()).fault == "internal"
    assert seen == [("graph/nes", False)]


async def test_a_stop_ends_a_run_between_two_requests_and_is_no_failure(town: Town) -> None:
    loop, seen = loop_of(town)
    town.graph.page = 1
    for number in (1, 2, 3):
        town.graph.put(number)
    await town.run()
    for number in (4, 5, 6):
        town.graph.put(number)

    stopping = []

    def stop(request: web.Request) -> web.Response | None:
        if "skiptoken" in request.path_qs:
            loop._stop.set()
            stopping.append(request.path)
        return None

    town.graph.faults = [stop]
    town.clock.at += timedelta(minutes=15)
    await loop.tick()
    assert len(stopping) == 1
    state = await town.state()
    assert (state.fault, state.lease, seen) == ("", "", [])


async def test_a_stop_does_not_wait_as_long_as_microsoft_asks(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, seen = loop_of(town)
    await town.run()
    waits = asyncio.Event()

    async def sleep(_: float) -> None:
        waits.set()
        await asyncio.Event().wait()

    town.graph.faults = [lambda r: error(429, "x", Retry_After="200") if "delta" in r.path else None]
    town.clock.at += timedelta(minutes=15)
    monkeypatch.setattr(town.clock, "sleep", sleep)
    async with asyncio.timeout(10):
        running = asyncio.create_task(loop.tick())
        await waits.wait()
        await loop.stop()
        await running
    state = await town.state()
    assert (state.fault, state.lease, seen) == ("", "", [])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (FILE.replace(TENANT, "x"), "give the tenant's GUID"),
        (FILE.replace(f'tenant_id = "{TENANT}"', ""), "tenant_id is missing"),
        (FILE.replace(CLIENT, "x"), "give the application's GUID"),
        (FILE.replace(f'secret = "{SECRET}"', ""), "exactly one of secret"),
        (FILE + 'certificate = "x.pem"', "exactly one of secret"),
        (FILE + 'cloud = "https://evil.example"', "cloud"),
        (FILE + 'stand_in = "http://evil.example:80"', "give http://127.0.0.1"),
        (FILE + 'units = {"Renhold" = "eidsvoll-skole"}', "is no unit of nes"),
        (FILE + 'roles = {"x" = "operator"}', "comes from the registry"),
        (FILE + 'scope = {domains = ["nes"]}', "give domains"),
        (FILE + 'roles = {"Elever 10A" = "announcer"}', "is a group of pupils"),
        (FILE + 'scope = {groups = ["Trinn 10"]}\npupils = {groups = ["Trinn 10"]}', "is a group of pupils"),
        (FILE.replace('"nes"', '"atlantis"'), "there is no municipality atlantis"),
        (FILE + FILE, "two [[source]] tables"),
        ("minutes = 0\n" + FILE, "minutes"),
        ("[[source", "HEIA_GRAPH_FILE"),
    ],
)
def test_every_fault_of_the_file_is_named_without_the_secret(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "graph.toml").write_text(text, "utf-8")
    with pytest.raises(BadSettings) as bad:
        load_graph(tmp_path / "graph.toml", ORGANISATION)
    assert said in str(bad.value)
    assert SECRET not in str(bad.value)


def test_a_municipality_is_read_or_sends_and_not_both(tmp_path: Path) -> None:
    (tmp_path / "graph.toml").write_text(FILE, "utf-8")
    (tmp_path / "scim.toml").write_text('[[source]]\nmunicipality = "nes"\n', "utf-8")
    settings = Settings(graph_file=tmp_path / "graph.toml", scim_file=tmp_path / "scim.toml")
    with pytest.raises(BadSettings, match="nes is in HEIA_SCIM_FILE, too"):
        configured_graph(settings, ORGANISATION)


async def test_doctor_names_the_first_run_late_runs_faults_and_open_secrets(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "graph.toml"
    file.write_text(FILE, "utf-8")
    file.chmod(0o644)
    settings = Settings(graph_file=file)

    async def found() -> str:
        now = town.clock.now()
        shown = [*graph_findings(settings, ORGANISATION, now)]
        shown += [each async for each in graph_store_findings(town.store, settings, ORGANISATION, now=now)]
        return "\n".join(f"{each.state}: {each.found}" for each in shown if each.state is not FindingState.OK)

    assert f"fail: {file} holds a secret and others can read it" in await found()
    file.chmod(0o600)
    assert await found() == "warn: nes: not read yet"
    await town.run()
    assert await found() == ""
    town.clock.at += timedelta(hours=2)
    assert "fail: nes: last read" in await found()
    await town.run()
    town.graph.faults = [lambda r: error(403, "Authorization_RequestDenied") if "delta" in r.path else None]
    with pytest.raises(GraphFault, match="http_403"):
        await town.run()
    assert "then http_403" in await found()
    ends = (town.clock.now() + timedelta(days=3)).date()
    file.write_text(f"{FILE}secret_expires = {ends}\n", "utf-8")
    assert f"fail: nes: the credential ends {ends}" in await found()
    assert [name for name, _ in await all_credential_ends(settings, town.store, ORGANISATION)] == ["graph/nes"]
    file.write_text(FILE.replace(f'secret = "{SECRET}"', 'secret_file = "/nowhere"'), "utf-8")
    assert "fail: nes: no credential (FileNotFoundError)" in await found()
    file.write_text("damaged", "utf-8")
    assert "fail: HEIA_GRAPH_FILE" in await found()


async def test_the_loop_of_the_settings_reads_the_directories_of_its_file(town: Town, tmp_path: Path) -> None:
    file = tmp_path / "graph.toml"
    file.write_text(f'{FILE}stand_in = "{town.graph.origin}"\n', "utf-8")
    log = structlog.get_logger()
    loop = graph_loop(
        Settings(graph_file=file),
        store=town.store,
        content=lambda: CONTENT,
        former=FormerMarks(b"l" * 32),
        session=town.http,
        clock=town.clock,
        rng=SystemRandomSource(),
        dependencies=Dependencies(clock=town.clock, log=log, changed=lambda *_: None),
        refused=town.refused.append,
        rest_share=0.0,
        log=log,
    )
    await town.run(units={}, roles={}, pupils={})
    town.graph.put(1)
    town.graph.put(2, jobTitle="Elev")
    town.clock.at += timedelta(minutes=15)
    await loop.tick()
    assert {*await town.people()} == {"1"}
    assert town.refused == ["pupil"]
