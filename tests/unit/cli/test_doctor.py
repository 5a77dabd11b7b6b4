"""``heia doctor`` finds what is wrong, says what to do, and breaks nothing while looking."""

import asyncio
import errno
import json
import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfoNotFoundError

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot.app.doctor import machine
from bot.app.doctor.content import content_findings, encoder_findings
from bot.app.doctor.finding import Finding, FindingState
from bot.app.doctor.machine import clock_findings, disk_findings, settings_findings, telemetry_findings
from bot.app.doctor.running import running_findings, samples_of, server_findings
from bot.app.doctor.stored import (
    file_findings,
    leaver_findings,
    registry_findings,
    store_findings,
    work_findings,
)
from bot.app.doctor.surface import teams_findings, web_findings
from bot.app.local import local_socket
from bot.app.log import make_log
from bot.app.maintenance import completed_runs
from bot.app.ops.health import Metrics, Readiness, health_routes
from bot.channels.teams.credentials import credential_ends
from bot.content.index_builder import norwegian_holidays, published_content
from bot.content.loading import load_content
from bot.ports import Commit, DeliveryStatus, PostWrite, Settled
from bot.settings.model import Settings, load_settings
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from bot.stores.tiny.store import TinyStore
from bot.support.disk import DiskFault
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.handoff.model import Handoff
from knowledge.article.article import ArticleFault, Language
from knowledge.matching.policy import Policy
from knowledge.organisation.organisation import PrivacyFacts
from tests.learned import sample_content
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NOON, NORTH, ORGANISATION, Scene
from tests.unit.driver import CATALOGUE

GUID = "11111111-1111-4111-8111-111111111111"
CONTENT = sample_content()
WORLD = published_content(CONTENT, texts=CATALOGUE, policy=Policy())


def settings(**given: object) -> Settings:
    return load_settings(**given)


def told(findings: Iterable[Finding]) -> dict[FindingState, str]:
    """Return everything said in each state."""
    said: dict[FindingState, str] = {}
    for each in findings:
        assert each.advice or each.state is FindingState.OK
        said[each.state] = f"{said.get(each.state, '')}{each.found}\n"
    return said


@pytest.mark.full
def test_a_fresh_folder_is_fine_and_stays_empty(heia: Heia, folder: Path) -> None:
    ran = heia("doctor")
    assert ran.code == 0
    assert "it is empty" in ran.out
    assert [each for each in folder.rglob("*") if each.is_file()] == []


@pytest.mark.full
def test_it_speaks_to_programs_too(heia: Heia) -> None:
    answer = json.loads(heia("doctor", "--json").out)
    assert answer["state"] == "warn"
    assert {"settings", "clock", "disk", "teams", "web", "content", "encoder"} <= {
        each["area"] for each in answer["findings"]
    }
    assert all(
        {"area", "state", "found", "advice", "key", "values", "municipality_id"} == set(each)
        for each in answer["findings"]
    )


def test_wrong_settings_are_findings_with_exit_code_2(heia: Heia, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEIA_PORT", "x")
    monkeypatch.setenv("HEIA_LOG_LEVEL", "loud")
    ran = heia("doctor", "--json")
    assert ran.code == 2
    assert [each["state"] for each in json.loads(ran.out)["findings"]] == ["fail", "fail"]


@pytest.mark.full
def test_a_failure_gives_exit_code_1(heia: Heia, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEIA_PUBLIC_URL", "http://heia.example")
    assert heia("doctor").code == 1


@pytest.mark.full
async def test_it_looks_into_the_store_of_the_running_bot(heia: Heia, folder: Path) -> None:
    store = TinyStore(directory=folder / "data")
    await store.open()
    await Scene(store, folder).load(f"ana,Ansatt,eidsvoll,{NORTH},,,,,\n")
    try:
        silent = await asyncio.to_thread(heia, "doctor")
        assert silent.code == 0
        assert "does not answer" in silent.out
        assert "journal" in silent.out
        async with local_socket(Settings(data_dir=folder / "data"), store=store, log=make_log()):
            ran = await asyncio.to_thread(heia, "doctor")
        assert ran.code == 0
        assert "1 people" in ran.out
        assert await Scene(store, folder).plan(f"ana,Ansatt,eidsvoll,{NORTH},,,,,\n")
    finally:
        await store.close()


@pytest.mark.full
def test_a_damaged_store_fails_and_is_left_as_it_is(heia: Heia, folder: Path) -> None:
    heia("registry", "export", "-")
    [journal] = (folder / "data").glob("store-*.journal")
    journal.write_bytes(b"nothing of ours\n")
    ran = heia("doctor")
    assert (ran.code, "damaged" in ran.out) == (1, True)
    assert journal.read_bytes() == b"nothing of ours\n"


@pytest.mark.full
def test_a_database_that_does_not_answer_fails_without_its_password(
    heia: Heia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEIA_DATABASE_URL", "postgresql://heia:hunter2@127.0.0.1:1/heia")
    ran = heia("doctor")
    assert (ran.code, "cannot be reached" in ran.out, "hunter2" in ran.out) == (1, True, False)


def test_names_nothing_reads_are_told(folder: Path) -> None:
    assert "HEIA_PROT (perhaps HEIA_PORT)" in told(settings_findings(settings(), {"HEIA_PROT": "1"}))[FindingState.WARN]
    assert FindingState.WARN not in told(settings_findings(settings(), {"HEIA_PORT": "1"}))


def test_secrets_that_others_can_read_are_told(folder: Path) -> None:
    file = folder / "heia.toml"
    file.write_text("port = 1\n")
    file.chmod(0o644)
    assert "can read heia.toml" in told(settings_findings(settings(), {}))[FindingState.WARN]
    file.chmod(0o600)
    assert FindingState.WARN not in told(settings_findings(settings(), {}))


@pytest.mark.parametrize(
    ("seconds", "state"),
    [(0.002, FindingState.OK), (0.02, FindingState.WARN), (0.2, FindingState.FAIL)],
    ids=["fast", "slow", "very slow"],
)
def test_a_slow_disk_is_told(
    folder: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, state: FindingState
) -> None:
    monkeypatch.setattr(machine, "sync_seconds", lambda folder: seconds)
    assert state in told(disk_findings(settings(data_dir=folder)))


def test_measuring_the_disk_leaves_nothing_behind(folder: Path) -> None:
    assert 0 < machine.sync_seconds(folder) < 10
    assert list(folder.iterdir()) == []


def test_a_full_disk_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "LITTLE_SPACE_BYTES", 2**62)
    assert "are free" in told(disk_findings(settings(data_dir=folder)))[FindingState.FAIL]


@pytest.mark.parametrize("environment", [{"HOME": "home"}, {"HOME": "elsewhere", "XDG_CACHE_HOME": "home/.cache"}])
def test_an_identifier_left_by_telemetry_is_told(folder: Path, environment: Mapping[str, str]) -> None:
    environment = {name: str(folder / value) for name, value in environment.items()}
    assert list(telemetry_findings(environment)) == []
    left = folder / "home/.cache/Microsoft/DeveloperTools/.onnxruntime"
    left.mkdir(parents=True)
    assert f"rm -r {left}" in str(list(telemetry_findings(environment)))


def test_a_clock_that_went_back_is_told(folder: Path) -> None:
    (folder / "store-000001.journal").touch()
    now = datetime.now(UTC)
    nowhere = folder / "none"
    there = settings(data_dir=folder)
    assert FindingState.FAIL in told(clock_findings(there, now - timedelta(hours=1), timesync=nowhere))
    assert FindingState.FAIL in told(clock_findings(there, datetime(1970, 1, 1, tzinfo=UTC), timesync=nowhere))
    assert FindingState.FAIL not in told(clock_findings(there, now, timesync=nowhere))


def test_a_clock_that_nobody_sets_is_told(folder: Path) -> None:
    now = datetime.now(UTC)
    assert FindingState.WARN in told(clock_findings(settings(), now, timesync=folder))
    (folder / "synchronized").touch()
    assert FindingState.WARN not in told(clock_findings(settings(), now, timesync=folder))


def test_a_machine_without_time_zones_is_told(folder: Path) -> None:
    def missing(name: str) -> object:
        raise ZoneInfoNotFoundError(name)

    assert "tzdata" in str(list(clock_findings(settings(), datetime.now(UTC), timesync=folder / "x", zone=missing)))


def test_content_faults_and_overdue_articles_are_told() -> None:
    assert told(content_findings(CONTENT, today=date(2026, 1, 1))).keys() == {FindingState.OK}
    late = told(content_findings(CONTENT, today=date(2100, 1, 1)))
    assert f"{len(CONTENT.articles.ids())} articles are past" in late[FindingState.WARN]
    broken = replace(CONTENT, faults=(ArticleFault(file="articles/nb/x.md", line=3, reason="no title"),))
    assert "articles/nb/x.md:3: no title" in told(content_findings(broken, today=date(2026, 1, 1)))[FindingState.FAIL]


def test_a_notice_without_a_safeguard_or_a_term_for_backups_is_told() -> None:
    silent = replace(CONTENT, organisation=replace(CONTENT.organisation, privacy=PrivacyFacts()))
    warned = told(content_findings(silent, today=date(2026, 1, 1)))[FindingState.WARN]
    assert "safeguard for transfers" in warned
    assert "backups" in warned


def test_a_content_folder_without_articles_is_told(folder: Path) -> None:
    empty = load_content(folder, holidays=norwegian_holidays((2026,)))
    assert "no article" in told(content_findings(empty, today=date(2026, 1, 1)))[FindingState.FAIL]


def test_an_encoder_that_cannot_be_loaded_is_told() -> None:
    assert "cannot be loaded" in told(encoder_findings(settings(), lambda: None, ""))[FindingState.WARN]
    assert told(encoder_findings(settings(semantic="off"), lambda: None, "")).keys() == {FindingState.OK}


def test_an_encoder_without_room_is_told_and_not_loaded() -> None:
    def load() -> None:
        raise AssertionError("it was loaded")

    told_of = told(encoder_findings(settings(), load, "120 MB of memory are free"))
    assert "120 MB of memory are free: a server that starts now" in told_of[FindingState.WARN]
    assert told(encoder_findings(settings(semantic="off"), load, "120 MB")).keys() == {FindingState.OK}


def test_a_closed_teams_endpoint_is_ordinary() -> None:
    assert told(teams_findings(settings(), ORGANISATION, NOON)).keys() == {FindingState.OK}


def test_registrations_are_looked_through(folder: Path) -> None:
    table = '[[registration]]\napp_id = "app"\ntenant_id = "{0}"\nsecret = "s"\nmunicipalities = ["eidsvoll", "oslo"]\n'
    (folder / "heia.toml").write_text(table.format(GUID))
    found = told(teams_findings(settings(), ORGANISATION, NOON))
    assert "app is no GUID" in found[FindingState.FAIL]
    assert "names oslo" in found[FindingState.FAIL]
    assert "no registration is for dgi, gjerdrum" in found[FindingState.WARN]
    assert "HEIA_PUBLIC_URL is not set" in found[FindingState.WARN]


def certificate(ends: datetime, *, key: bool = True) -> bytes:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "heia")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(NOON - timedelta(days=900))
        .not_valid_after(ends)
        .sign(private, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    if key:
        form = serialization.PrivateFormat.PKCS8
        pem += private.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return pem


@pytest.mark.parametrize(
    ("content", "state", "words"),
    [
        (certificate(NOON + timedelta(days=200)), FindingState.OK, "open for 1 registration"),
        (certificate(NOON + timedelta(days=9)), FindingState.WARN, "ends 2026-12-03"),
        (certificate(NOON - timedelta(days=9)), FindingState.FAIL, "ended 2026-11-15"),
        (certificate(NOON + timedelta(days=200), key=False), FindingState.FAIL, "no private key"),
        (b"nothing", FindingState.FAIL, "no PEM certificate"),
        (None, FindingState.FAIL, "No such file"),
    ],
    ids=["good", "ends soon", "ended", "no key", "no PEM", "missing"],
)
def test_a_certificate_is_looked_at(folder: Path, content: bytes | None, state: FindingState, words: str) -> None:
    if content is not None:
        (folder / "heia.pem").write_bytes(content)
    chosen = settings(
        app_id=GUID, app_tenant_id=GUID, app_certificate=folder / "heia.pem", public_url="https://heia.example"
    )
    found = told(teams_findings(chosen, ORGANISATION, NOON))
    assert words in found[state]
    assert (FindingState.FAIL in found) is (state is FindingState.FAIL)


@pytest.mark.parametrize(
    ("ends", "state", "words"),
    [
        (None, FindingState.WARN, "is not known"),
        (date(2027, 6, 1), FindingState.OK, "open for 1 registration"),
        (date(2026, 12, 20), FindingState.WARN, "ends 2026-12-20"),
        (date(2026, 11, 28), FindingState.FAIL, "ends 2026-11-28"),
        (date(2026, 11, 20), FindingState.FAIL, "ended 2026-11-20"),
    ],
)
def test_the_end_of_a_client_secret_is_looked_at(ends: date | None, state: FindingState, words: str) -> None:
    given = {"app_id": GUID, "app_tenant_id": GUID, "app_secret": "s", "public_url": "https://heia.example"}
    chosen = settings(**given, app_secret_expires=ends)
    found = told(teams_findings(chosen, ORGANISATION, NOON))
    assert words in found[state]
    assert (FindingState.FAIL in found) is (state is FindingState.FAIL)
    assert [each.date() for _, each in credential_ends(chosen)] == ([] if ends is None else [ends])


def test_the_end_of_a_certificate_is_a_metric_and_a_damaged_one_none(folder: Path) -> None:
    (folder / "heia.pem").write_bytes(certificate(NOON + timedelta(days=9)))
    chosen = settings(app_id=GUID, app_tenant_id=GUID, app_certificate=folder / "heia.pem")
    assert list(credential_ends(chosen)) == [(f"teams/{GUID}", NOON + timedelta(days=9))]
    (folder / "heia.pem").write_bytes(b"damaged")
    assert list(credential_ends(chosen)) == []


async def test_metrics_show_when_credentials_end() -> None:
    app, metrics = web.Application(), Metrics()
    runs = partial(completed_runs, MemoryStore())

    async def ends() -> list[tuple[str, datetime]]:
        return [("teams/a", NOON)]

    readiness = Readiness(store=MemoryStore())
    app.add_routes(health_routes(readiness=readiness, metrics=metrics, runs=runs, credentials=ends))
    async with TestClient(TestServer(app)) as client:
        page = await (await client.get("/metrics")).text()
    line = 'heia_credential_expiry_timestamp_seconds{credential="teams/a"}'
    assert [float(each.split()[1]) for each in page.splitlines() if each.startswith(line)] == [NOON.timestamp()]


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({}, FindingState.WARN),
        ({"host": "0.0.0.0"}, FindingState.FAIL),  # noqa: S104
        ({"host": "0.0.0.0", "public_url": "https://heia.example", "web_guests": False}, FindingState.OK),  # noqa: S104
        ({"public_url": "http://heia.example"}, FindingState.FAIL),
        ({"public_url": "http://127.0.0.1:3978", "web_guests": False}, FindingState.OK),
        ({"public_url": "https://heia.example"}, FindingState.WARN),
        ({"public_url": "https://heia.example", "web_guests": False}, FindingState.WARN),
        ({"public_url": "https://heia.example", "web_guests": False, "trusted_proxies": "127.0.0.1"}, FindingState.OK),
        ({"web_frame_ancestors": "http://intranett.example"}, FindingState.WARN),
        ({"database_url": "postgresql://db/heia", "leaver_key": "l" * 32}, FindingState.WARN),
        ({"database_url": "postgresql://db/heia", "web_key": "w" * 32}, FindingState.FAIL),
    ],
)
def test_an_exposed_web_chat_is_told(given: dict[str, object], state: FindingState) -> None:
    found = told(web_findings(settings(**given)))
    assert max(found, key=list(FindingState).index) is state


def test_store_files_are_weighed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no data yet" in told(file_findings(folder))[FindingState.OK]
    (folder / "store-000001.snapshot").write_bytes(b"x" * 2_000_000)
    assert "snapshot 2.0 MB" in told(file_findings(folder))[FindingState.OK]
    monkeypatch.setattr("bot.app.doctor.stored.MANY_BYTES", 1_000_000)
    assert FindingState.WARN in told(file_findings(folder))


async def test_given_up_messages_and_a_large_store_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryStore()
    await store.open()
    post = PostWrite(recipient="ana", slot="s", message=Message(text="Hei"), due_at=NOON)
    await store.commit(Commit(at=NOON, posts=(post,)))
    [lease] = await store.claim(now=NOON, lease_for=timedelta(minutes=1), limit=1, token="t")
    dead = Settled(delivery_id=lease.id, lease_token="t", version=1, status=DeliveryStatus.DEAD, at=NOON)
    await store.settle([dead])
    found = told([each async for each in store_findings(store, database=False)])
    assert "1 messages were given up" in found[FindingState.WARN]
    assert "1 deliveries" in found[FindingState.OK]
    monkeypatch.setattr("bot.app.doctor.stored.MANY_ROWS", 0)
    assert "MB of memory" in told([each async for each in store_findings(store, database=False)])[FindingState.WARN]
    assert "MB of memory" not in told([each async for each in store_findings(store, database=True)])[FindingState.WARN]
    await store.close()


@pytest.mark.parametrize(
    ("key", "other", "state", "words"),
    [
        ("l", False, FindingState.OK, "2 marks"),
        ("l", True, FindingState.FAIL, "1 marks of people who left were made with another key"),
        ("x", False, FindingState.FAIL, "refuses to start"),
        ("", False, FindingState.FAIL, "refuses to start"),
    ],
)
async def test_the_key_of_leavers_is_looked_at_and_none_is_made(
    folder: Path, key: str, other: bool, state: FindingState, words: str
) -> None:
    store, marks = MemoryStore(), FormerMarks(b"l" * 32)
    given = settings(data_dir=folder / "data", **({"leaver_key": key * 32} if key else {}))
    assert [each async for each in leaver_findings(store, given)] == [], "nothing was ever marked"
    await marks.check(store, at=NOON)
    foreign = FormerMarks(b"x" * 32).puts(["c"], at=NOON) if other else []
    await store.commit(Commit(at=NOON, records=(*marks.puts(["a", "b"], at=NOON), *foreign)))
    found = told([each async for each in leaver_findings(store, given)])
    assert words in found[state]
    assert not (folder / "data" / "leaver.key").exists()


class StaffedStore(MemoryStore):
    """A store that several processes share."""

    def __init__(self, *alive: str) -> None:
        super().__init__()
        self._alive = alive

    async def workers(self) -> Sequence[str]:
        return self._alive


@pytest.mark.parametrize(
    ("alive", "state"),
    [(("answering-1",), FindingState.FAIL), (("answering-1", "courier-1"), FindingState.OK), ((), FindingState.WARN)],
)
async def test_it_tells_when_no_process_delivers(alive: tuple[str, ...], state: FindingState) -> None:
    assert set(told([each async for each in work_findings(StaffedStore(*alive))])) == {state}


@pytest.mark.parametrize(
    ("alive", "state"),
    [
        (("answering.teams-1", "courier-1"), FindingState.FAIL),
        (("courier.teams-1", "courier-2"), FindingState.FAIL),
        (("answering.teams-1", "courier.teams-1"), FindingState.OK),
    ],
)
async def test_it_tells_when_processes_do_not_reach_the_same_channels(
    alive: tuple[str, ...], state: FindingState
) -> None:
    found = told([each async for each in work_findings(StaffedStore(*alive))])
    assert ("messages go astray" in found.get(FindingState.FAIL, "")) is (state is FindingState.FAIL)


async def test_gaps_in_the_registry_are_told(tmp_path: Path) -> None:
    store = MemoryStore()
    await store.open()
    scene = Scene(store, tmp_path)
    assert "it is empty" in told([each async for each in registry_findings(store, WORLD, now=NOON)])[FindingState.WARN]
    await scene.load(f"bo,Ambassadør,eidsvoll,{NORTH},ambassador;contact,,,,\n")
    adrift = Handoff(
        id="h1",
        asker_id="x",
        municipality_id="nes",
        unit_id="nes",
        language=Language.NB,
        question="?",
        created_at=NOON,
        changed_at=NOON,
    ).escalate((), NOON, until=NOON)
    await scene.put(adrift)
    found = told([each async for each in registry_findings(store, WORLD, now=NOON)])
    assert "nes: 1 questions reach no one" in found[FindingState.FAIL]
    assert "eidsvoll: 37 of 40 units have no ambassador" in found[FindingState.WARN]
    assert "nes: there is no ambassador" in found[FindingState.WARN]
    assert "nes: there is no contact" in found[FindingState.WARN]
    assert "eidsvoll: there is no contact" not in found[FindingState.WARN]
    await store.close()


async def test_people_whose_unit_is_gone_are_told(tmp_path: Path) -> None:
    store = MemoryStore()
    await store.open()
    scene = Scene(store, tmp_path)
    await scene.load(f"bo,Ambassadør,eidsvoll,{NORTH},ambassador,,,,\n")
    await scene.put(replace(await scene.get(Person, "bo"), unit_id="gone"))
    found = told([each async for each in registry_findings(store, WORLD, now=NOON)])
    assert "1 people work in a unit that is gone" in found[FindingState.WARN]
    assert "have no unit" not in found[FindingState.WARN]
    await store.close()


async def test_people_without_a_unit_are_not_taken_for_people_of_a_unit_that_is_gone(tmp_path: Path) -> None:
    store = MemoryStore()
    await store.open()
    scene = Scene(store, tmp_path)
    await scene.load(f"bo,Ambassadør,eidsvoll,{NORTH},ambassador,,,,\nida,Ansatt,eidsvoll,{NORTH},,,,,\n")
    await scene.put(replace(await scene.get(Person, "ida"), unit_id=None))
    found = told([each async for each in registry_findings(store, WORLD, now=NOON)])
    assert "1 people have no unit" in found[FindingState.WARN]
    assert "unit that is gone" not in found[FindingState.WARN]
    await store.close()


@pytest.mark.parametrize(
    ("number", "what", "advice"),
    [
        (errno.ENOSPC, "the disk is full", "Make room"),
        (errno.EROFS, "read-only", "dmesg"),
        (errno.EACCES, "may not be written", "Give the service's user the folder"),
        (errno.EIO, "writing fails", "dmesg"),
    ],
)
def test_why_the_folder_cannot_be_written_is_told_with_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, what: str, advice: str
) -> None:
    def refuse(_: Path) -> float:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(machine, "sync_seconds", refuse)
    [found] = disk_findings(settings(data_dir=folder))
    assert found.state is FindingState.FAIL
    assert what in found.found
    assert advice in found.advice


def test_what_a_running_server_suffers_from_is_told_in_words() -> None:
    metrics = Metrics()
    assert set(told(server_findings("", samples_of(metrics.page().decode())))) == {FindingState.OK}
    metrics.dependency("teams/tenant-1", False)
    metrics.dependency("encoder", False)
    metrics.dependency("disk", False)
    metrics.dependency("store", True)
    metrics.turn_failed("store_disk_full")
    metrics.turn_failed("internal")
    metrics.loop_failed("courier")
    metrics.question("words_pressed", 0.3)
    found = told(server_findings("disk_full", samples_of(metrics.page().decode())))
    assert "the disk is full" in found[FindingState.FAIL]
    assert "messages to Teams fail, tenant tenant-1" in found[FindingState.FAIL]
    assert "courier 1 times" in found[FindingState.FAIL]
    assert "turns that failed since its start: 2 (1 for internal, 1 for store_disk_full)" in found[FindingState.WARN]
    assert "1 questions were answered by words alone" in found[FindingState.WARN]
    assert "encoder" not in found[FindingState.FAIL]
    assert FindingState.OK not in found


@pytest.mark.parametrize("cause", [*DiskFault, "database_away", "no_connection", "no_answer"])
def test_every_cause_has_words_of_its_own(cause: str) -> None:
    [found] = server_findings(cause, {})
    assert cause not in found.found
    assert found.advice


def test_help_has_an_example(heia: Heia) -> None:
    assert "Example: heia doctor" in heia("doctor", "--help").out


async def test_a_server_behind_a_proxy_that_hides_addresses_is_found() -> None:
    metrics = Metrics()

    app = web.Application()
    runs = partial(completed_runs, MemoryStore())
    app.add_routes(health_routes(readiness=Readiness(store=MemoryStore()), metrics=metrics, runs=runs))
    async with TestServer(app) as server:
        chosen = settings(host="0.0.0.0", port=server.port)  # noqa: S104
        assert set(told([each async for each in running_findings(chosen)])) == {FindingState.OK}
        metrics.hidden()
        metrics.hidden()
        assert (
            "2 requests came through a proxy"
            in told([each async for each in running_findings(chosen)])[FindingState.WARN]
        )


@pytest.mark.parametrize("answer", ["", "garbage {", "<html>", "[]", "{}"])
async def test_another_program_at_the_port_is_no_finding(answer: str) -> None:
    async def page(request: web.Request) -> web.Response:
        return web.Response(text=answer, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{any}", page)
    async with TestServer(app) as server:
        assert not [each async for each in running_findings(settings(port=server.port))]


async def test_no_server_is_no_finding() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert not [each async for each in running_findings(settings(port=port))]
