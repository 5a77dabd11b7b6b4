"""The verification for the officer's page finds what the command finds, and takes unreadable keys as a fault."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit.statements import BadKey
from bot.audit.verification import UNREADABLE, AuditFault, Statements, audit_verdict, trusted
from bot.content.catalogue import load_catalogue
from dialogs.core.audit import AuditVerdict
from knowledge.article.article import Language
from tests.unit.audit.scene import KEY, NOON, AuditScene


@pytest.fixture
async def scene(tmp_path: Path) -> AuditScene:
    """Five entries, the first four of them covered by a head."""
    made = AuditScene(folder=tmp_path)
    await made.fill(4)
    await made.signer().sign()
    await made.fill(1)
    return made


async def verdict(scene: AuditScene) -> AuditVerdict:
    def read() -> Statements:
        statements = trusted([KEY.public])
        statements.read(scene.file.path.read_bytes())
        return statements

    return await audit_verdict(scene.store, read)


async def test_a_sound_log_says_how_far_it_is_signed(scene: AuditScene) -> None:
    found = await verdict(scene)
    assert (found.entries, found.last_row, found.removed_up_to, found.problems) == (5, 5, 0, ())
    assert (found.signed_row, found.signed_at) == (4, NOON)


async def test_rows_come_first_and_in_order(scene: AuditScene) -> None:
    scene.entry("audit-0004", by="bo")
    scene.drop_entry("audit-0002")
    scene.put_entry("audit-9999")
    scene.file.path.write_bytes(b"{}\n" + scene.file.path.read_bytes())
    assert [(each.fault, each.number) for each in (await verdict(scene)).problems] == [
        (AuditFault.ENTRY_MISSING, 2),
        (AuditFault.CHANGED, 4),
        (AuditFault.OUTSIDE_CHAIN, 0),
        (AuditFault.BAD_LINE, 1),
    ]


async def test_its_faults_are_those_of_the_command(scene: AuditScene) -> None:
    scene.entry("audit-0003", by="bo")
    scene.drop_link(5)
    problems = [(each.fault, each.number) for each in (await verdict(scene)).problems]
    end = await scene.store.audit_head()
    assert problems == [(each.fault, each.number) for each in (await scene.check()).end(end)]
    assert len(problems) == 2


@pytest.mark.parametrize("fault", [BadKey("no key"), PermissionError(13, "denied")])
async def test_keys_that_cannot_be_read_are_a_fault_beside_those_of_the_chain(
    scene: AuditScene, fault: Exception
) -> None:
    def read() -> Statements:
        raise fault

    scene.entry("audit-0003", by="bo")
    found = await audit_verdict(scene.store, read)
    assert [(each.fault, each.number) for each in found.problems] == [(AuditFault.CHANGED, 3), (UNREADABLE, 0)]
    assert found.signed_row is None


async def test_entries_that_expire_meanwhile_are_no_fault(scene: AuditScene) -> None:
    scene.clock.at += timedelta(days=800)
    await scene.fill(1)
    reads = 0

    def read() -> Statements:
        statements = trusted([KEY.public])
        statements.read(scene.file.path.read_bytes())
        return statements

    find = scene.store.audit_head

    async def expire_once() -> object:
        nonlocal reads
        reads += 1
        head = await find()
        if reads == 1:
            await scene.retention().expire()
        return head

    scene.store.audit_head = expire_once  # type: ignore[method-assign, assignment]
    found = await audit_verdict(scene.store, read)
    assert (found.problems, reads) == ((), 2)
    assert found.removed_up_to == 5


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("fault", [*AuditFault, UNREADABLE])
def test_every_fault_has_a_sentence(language: Language, fault: str) -> None:
    assert load_catalogue()[language](f"officer.log.fault.{fault}", number=7)
