"""Doctor looks at the directories: their file, tokens, removals that wait, and people without a unit."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from bot.app.doctor.directory import directory_findings, directory_store_findings
from bot.app.doctor.finding import FindingState
from bot.app.maintenance import completed_runs
from bot.app.ops.health import Metrics, Readiness, health_routes
from bot.ports import Commit, RecordWrite
from bot.records.codec import write_of
from bot.scim.jobs import pending_people
from bot.settings.model import Settings
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Put
from dialogs.provisioning.model import ScimToken, ScimUser
from tests.unit.cli.test_doctor import NOON, settings, told
from tests.unit.scim.conftest import ORGANISATION


def with_file(folder: Path, text: str) -> Settings:
    file = folder / "scim.toml"
    file.write_text(text, "utf-8")
    return settings(scim_file=file, public_url="https://heia.example")


SOUND = '[[source]]\nmunicipality = "nes"\n'


def test_without_a_file_there_is_nothing_to_say() -> None:
    assert list(directory_findings(settings(), ORGANISATION)) == []


@pytest.mark.parametrize(
    ("text", "state", "words"),
    [
        (SOUND, FindingState.OK, "1 directory"),
        ("", FindingState.WARN, "no [[source]]"),
        ("[[", FindingState.FAIL, "HEIA_SCIM_FILE"),
        ('[[source]]\nmunicipality = "oslo"', FindingState.FAIL, "there is no municipality oslo"),
        (f'{SOUND}units = {{Helse = "borte"}}', FindingState.FAIL, "Helse: borte is no unit of nes"),
        (f'{SOUND}roles = {{A = "king"}}', FindingState.FAIL, "roles"),
    ],
)
def test_the_file_is_looked_at(tmp_path: Path, text: str, state: FindingState, words: str) -> None:
    found = told(directory_findings(with_file(tmp_path, text), ORGANISATION))
    assert words in found[state]
    assert (FindingState.FAIL in found) is (state is FindingState.FAIL)


async def findings(given: Settings, *records: ScimUser | ScimToken) -> dict[FindingState, str]:
    store = MemoryStore()
    writes = tuple(write_of(Put(record=each), {}) for each in records)
    await store.commit(Commit(at=NOON, records=writes))
    found = directory_store_findings(store, given, ORGANISATION, now=NOON)
    return dict(told([each async for each in found]))


def token(days: float) -> ScimToken:
    ends = NOON + timedelta(days=days)
    return ScimToken(id=f"t{days}", municipality_id="nes", created_at=NOON, expires_at=ends)


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [
        ((), FindingState.FAIL, "there is no token"),
        ((-1,), FindingState.FAIL, "the token ended"),
        ((0,), FindingState.FAIL, "the token ended"),
        ((7,), FindingState.FAIL, "the token ends"),
        ((8, -3), FindingState.WARN, "the token ends"),
        ((30,), FindingState.WARN, "the token ends"),
        ((31,), None, ""),
        ((2, 300), None, ""),
    ],
)
async def test_the_end_of_the_last_token_is_looked_at(
    tmp_path: Path, days: tuple[float, ...], state: FindingState | None, words: str
) -> None:
    found = await findings(with_file(tmp_path, SOUND), *map(token, days))
    assert set(found) == ({state} if state else set())
    assert words in (found[state] if state else "")


PEOPLE = [
    ScimUser(
        id=f"u{number}", person_id=f"p{number}", municipality_id="nes", user_name="u", resource={},
        active=number < 3, unplaced=number < 3, waiting=number >= 3, created_at=NOON, changed_at=NOON,
    )
    for number in range(5)
]  # fmt: skip


async def test_people_to_see_to_are_counted_by_municipality(tmp_path: Path) -> None:
    found = await findings(with_file(tmp_path, SOUND), token(300), *PEOPLE)
    assert "nes: 3 people have no unit" in found[FindingState.WARN]
    assert "nes: 2 removals wait" in found[FindingState.FAIL]


async def test_the_commands_it_names_are_there_for_a_directory_that_is_read_too(tmp_path: Path) -> None:
    store = MemoryStore()
    await store.open()
    writes = tuple(write_of(Put(record=each), {}) for each in PEOPLE)
    await store.commit(Commit(at=NOON, records=writes))
    found = [each async for each in directory_store_findings(store, settings(), ORGANISATION, now=NOON)]
    advice = " ".join(each.advice for each in found)
    assert all(f"heia directory {word} nes" in advice for word in ("waiting", "approve", "unplaced"))
    await store.close()


async def test_metrics_count_them_and_go_back_to_nothing() -> None:
    store, app = MemoryStore(), web.Application()
    routes = health_routes(
        readiness=Readiness(store=store),
        metrics=Metrics(),
        runs=partial(completed_runs, store),
        pending=lambda: pending_people(store, ORGANISATION.municipalities),
    )
    app.add_routes(routes)
    await store.commit(Commit(at=NOON, records=tuple(write_of(Put(record=each), {}) for each in PEOPLE)))
    async with TestClient(TestServer(app)) as client:
        lines = (await (await client.get("/metrics")).text()).splitlines()
        assert 'heia_waiting_removals{municipality="nes"} 2.0' in lines
        assert 'heia_waiting_removals{municipality="eidsvoll"} 0.0' in lines
        assert 'heia_unplaced_people{municipality="nes"} 3.0' in lines
        found = await store.find(ScimUser.KIND, "waiting:nes")
        await store.commit(Commit(at=NOON, records=tuple(RecordWrite(key=each.key, body=None) for each in found)))
        assert 'heia_waiting_removals{municipality="nes"} 0.0' in (await (await client.get("/metrics")).text())
