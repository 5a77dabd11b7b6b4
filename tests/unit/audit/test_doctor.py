"""``heia doctor`` tells what is wrong with the audit log's key, its heads and the log itself."""

from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest

from bot.app.doctor.finding import Finding, FindingState
from bot.app.doctor.running import server_findings
from bot.app.doctor.stored import audit_findings, audit_store_findings
from bot.app.ops.health import Metrics
from bot.app.wiring import audit_key
from bot.audit.statement_log import HEADS_FILE
from bot.audit.statements import KEY_FILE, PUBLIC_FILE, SignedStatement
from bot.settings.model import Settings, load_settings
from bot.support.dependencies import AUDIT_HEADS, AUDIT_LOG, AUDIT_OUTSIDE
from tests.unit.audit.scene import NOON, OTHER, AuditScene

OUTSIDE = "https://archive.example/heads?token=hemmelig"


@pytest.fixture
async def scene(tmp_path: Path) -> AuditScene:
    """Three entries under a head, signed with the key of the folder."""
    made = AuditScene(folder=tmp_path, key=audit_key(settings_of(tmp_path)))
    await made.fill(3)
    await made.signer().sign()
    return made


def settings_of(folder: Path, **given: object) -> Settings:
    return load_settings(**{"data_dir": folder, "audit_heads_url": OUTSIDE, **given})


def states(findings: Iterable[Finding]) -> list[tuple[FindingState, str]]:
    found = list(findings)
    assert all(each.advice or each.state is FindingState.OK for each in found)
    assert all("hemmelig" not in each.found + each.advice for each in found)
    return [(each.state, each.found) for each in found]


async def stored(findings: AsyncIterator[Finding]) -> list[tuple[FindingState, str]]:
    return states([each async for each in findings])


async def test_a_sound_log_is_fine(scene: AuditScene) -> None:
    [(state, found)] = states(audit_findings(settings_of(scene.folder)))
    assert state is FindingState.OK
    assert "covers row 3" in found
    assert await stored(audit_store_findings(scene.store, settings_of(scene.folder))) == []


def test_a_folder_without_heads_is_fine_and_stays_empty(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert [state for state, _ in states(audit_findings(settings_of(folder)))] == [FindingState.OK]
    assert not folder.exists()


async def test_heads_that_stay_on_the_machine_are_told(scene: AuditScene) -> None:
    [_, (state, found)] = states(audit_findings(settings_of(scene.folder, audit_heads_url=None)))
    assert state is FindingState.WARN
    assert "stay on this machine" in found


async def test_a_head_by_an_unknown_key_is_told(scene: AuditScene) -> None:
    scene.file.append(SignedStatement.head(await scene.store.audit_head(), at=NOON, key=OTHER))
    [(state, found)] = states(audit_findings(settings_of(scene.folder)))
    assert (state, "not signed by a known key" in found) == (FindingState.FAIL, True)


@pytest.mark.parametrize("name", [KEY_FILE, PUBLIC_FILE])
async def test_a_damaged_key_is_told(scene: AuditScene, name: str) -> None:
    (scene.folder / name).write_text("cut off")
    [(state, found)] = states(audit_findings(settings_of(scene.folder)))
    assert (state, name in found) == (FindingState.FAIL, True)


async def test_a_lost_file_of_public_keys_is_no_fault_while_the_key_is_there(scene: AuditScene) -> None:
    (scene.folder / PUBLIC_FILE).unlink()
    assert [state for state, _ in states(audit_findings(settings_of(scene.folder)))] == [FindingState.OK]


async def test_machines_with_keys_of_their_own_are_told(scene: AuditScene) -> None:
    settings = settings_of(scene.folder, database_url="postgresql://heia@db.example/heia")
    assert FindingState.WARN in [state for state, _ in states(audit_findings(settings))]
    shared = settings_of(scene.folder, database_url="postgresql://heia@db.example/heia", audit_key=scene.key.seed)
    assert [state for state, _ in states(audit_findings(shared))] == [FindingState.OK]


async def test_a_file_that_cannot_be_read_is_told(scene: AuditScene) -> None:
    (scene.folder / HEADS_FILE).unlink()
    (scene.folder / HEADS_FILE).mkdir()
    [(state, _)] = states(audit_findings(settings_of(scene.folder)))
    assert state is FindingState.FAIL


async def test_a_shortened_log_is_told(scene: AuditScene) -> None:
    scene.drop_link(3)
    scene.drop_entry("audit-0003")
    [(state, found)] = await stored(audit_store_findings(scene.store, settings_of(scene.folder)))
    assert (state, "shortened or rewritten" in found) == (FindingState.FAIL, True)


async def test_a_rewritten_log_is_told(scene: AuditScene) -> None:
    scene.set_link(3, hash="ab" * 32)
    [(state, _)] = await stored(audit_store_findings(scene.store, settings_of(scene.folder)))
    assert state is FindingState.FAIL


@pytest.mark.parametrize(("number", "told"), [(1, "1 entries"), (120, "100 or more")])
async def test_entries_outside_the_chain_are_counted(scene: AuditScene, number: int, told: str) -> None:
    for each in range(number):
        scene.put_entry(f"forged-{each}")
    [(state, found)] = await stored(audit_store_findings(scene.store, settings_of(scene.folder)))
    assert (state, found.startswith(told)) == (FindingState.FAIL, True)


@pytest.mark.parametrize(
    ("name", "words"), [(AUDIT_LOG, "not as it was signed"), (AUDIT_HEADS, "written"), (AUDIT_OUTSIDE, "outside")]
)
def test_what_a_running_server_suffers_from_is_told(name: str, words: str) -> None:
    metrics = Metrics()
    metrics.dependency(name, False)
    findings = list(server_findings("", {("heia_dependency_up", name): 0.0}))
    assert any(each.area == "audit" and words in each.found for each in findings)
