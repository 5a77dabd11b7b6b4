"""Old audit entries leave from the start of the chain, whatever the clock says meanwhile."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.app.maintenance import Maintenance
from bot.audit import retention
from bot.audit.statements import SignedStatement
from bot.audit.verification import checkpoint_of
from bot.ports import AuditPoint, Commit, Conflict, Timer
from dialogs.core.nightly_run import AUDIT
from tests.timers import due_timers
from tests.unit.audit.scene import KEY, NOON, AuditScene

LONG_AGO = NOON - timedelta(days=800)
RECENT = NOON - timedelta(days=600)
RETAINED = "privacy.retained"


@pytest.fixture
def scene(tmp_path: Path) -> AuditScene:
    return AuditScene(folder=tmp_path)


async def expire(scene: AuditScene) -> None:
    await scene.retention().expire()


async def test_expired_entries_leave_and_younger_ones_stay(scene: AuditScene) -> None:
    for act, at in (("old.1", LONG_AGO), ("old.2", LONG_AGO + timedelta(days=1)), ("young", RECENT)):
        await scene.add(act, at=at)
    await expire(scene)
    assert await scene.acts() == ["young", RETAINED]
    rows = await scene.store.audit_rows()
    assert (rows[1].body or {})["details"] == [["records", "2"], ["up_to", "2"]]
    assert rows[0].number == 3


async def test_a_run_without_expired_entries_changes_nothing(scene: AuditScene) -> None:
    await scene.add("young", at=RECENT)
    before = await scene.store.audit_head()
    await expire(scene)
    assert await scene.store.audit_head() == before


async def test_what_was_missed_while_the_bot_was_down_is_made_up_at_its_start(scene: AuditScene) -> None:
    await scene.add("old", at=NOON)
    scene.clock.at = NOON + timedelta(days=900)
    upkeep = Maintenance(
        store=scene.store,
        clock=scene.clock,
        audit=scene.retention(),
    )
    await scene.add("new")
    await upkeep.schedule()
    due = await due_timers(scene.store, now=scene.clock.now(), limit=9)
    [timer] = [timer for timer in due if timer.verb == AUDIT.verb]
    await upkeep.jobs[AUDIT.verb](timer)
    assert await scene.acts() == ["new", RETAINED]
    [later] = [each for each in await _timers(scene) if each.verb == AUDIT.verb]
    assert scene.clock.now() < later.at <= scene.clock.now() + timedelta(days=1)


async def _timers(scene: AuditScene) -> list[Timer]:
    return list(await due_timers(scene.store, now=scene.clock.now() + timedelta(days=2), limit=9))


async def test_many_leave_in_portions_and_all_leave(scene: AuditScene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PORTION", 10)
    for number in range(40):
        await scene.add(f"old.{number}", at=LONG_AGO)
    await scene.add("young", at=RECENT)
    await expire(scene)
    assert await scene.acts() == ["young", *[RETAINED] * 4]


async def test_an_entry_of_a_clock_that_was_ahead_keeps_nothing_for_years(scene: AuditScene) -> None:
    for act, at in (("old.1", LONG_AGO), ("ahead", NOON + timedelta(days=3000)), ("old.2", LONG_AGO)):
        await scene.add(act, at=at)
    await scene.add("young", at=RECENT)
    await expire(scene)
    assert await scene.acts() == ["young", RETAINED]


async def test_an_entry_of_a_clock_that_was_behind_takes_nothing_with_it(scene: AuditScene) -> None:
    """Otherwise a clock that is set back for a moment would destroy evidence."""
    for act, at in (("young.1", RECENT), ("behind", LONG_AGO), ("young.2", RECENT)):
        await scene.add(act, at=at)
    await expire(scene)
    assert await scene.acts() == ["young.1", "behind", "young.2"]


async def test_a_clock_that_is_behind_removes_nothing(scene: AuditScene) -> None:
    await scene.add("old", at=LONG_AGO)
    await scene.add("young", at=RECENT)
    scene.clock.at = NOON - timedelta(days=4000)
    await expire(scene)
    assert await scene.acts() == ["old", "young"]


async def test_a_log_that_has_expired_whole_goes_on_where_it_ended(scene: AuditScene) -> None:
    await scene.add("old.1", at=LONG_AGO)
    await scene.add("old.2", at=LONG_AGO)
    last = await scene.store.audit_head()
    await expire(scene)
    [row] = await scene.store.audit_rows()
    assert (row.number, row.previous) == (3, last.hash)
    assert await scene.acts() == [RETAINED]


async def test_what_was_removed_is_stated_in_a_signed_checkpoint(scene: AuditScene) -> None:
    for act, at in (("old.1", LONG_AGO), ("old.2", LONG_AGO + timedelta(days=1)), ("young", RECENT)):
        await scene.add(act, at=at)
    removed = (await scene.store.audit_rows())[1]
    await expire(scene)
    check = await scene.check()
    assert (check.start.number, check.start.hash) == (2, removed.hash)
    assert check.end() == []
    [statement] = scene.statements()
    assert statement.fields["newest"] == "2024-09-16T12:00:00Z"
    assert statement.fields["months"] == 24
    assert await checkpoint_of(scene.store) == statement.line()


async def test_heads_that_no_entry_can_be_compared_with_leave_the_file(scene: AuditScene) -> None:
    for at in (LONG_AGO, LONG_AGO, LONG_AGO, RECENT):
        await scene.add(at=at)
        await scene.signer().sign()
    assert scene.heads() == [1, 2, 3, 4]
    await expire(scene)
    assert scene.heads() == [3, 4]
    assert await scene.faults() == []


async def test_the_checkpoint_holds_when_the_heads_file_cannot_be_written(scene: AuditScene) -> None:
    scene.file.path.mkdir()
    await scene.add("old", at=LONG_AGO)
    await scene.add("young", at=RECENT)
    with pytest.raises(OSError):  # noqa: PT011 - whatever the disk says; the job is tried again
        await expire(scene)
    scene.file.path.rmdir()
    await expire(scene)
    assert await scene.acts() == ["young", RETAINED]
    assert await scene.faults() == []


async def test_two_processes_do_not_expire_the_same_entries_twice(scene: AuditScene) -> None:
    """Otherwise the second would state a checkpoint over entries that are gone."""
    await scene.add("old", at=LONG_AGO)
    await scene.add("young", at=RECENT)
    first, second = scene.retention(), scene.retention()
    last = await first._last_expired()
    assert last is not None
    write = await second._checkpoint(SignedStatement.checkpoint(AuditPoint(), newest="", months=24, at=NOON, key=KEY))
    await first.expire()
    with pytest.raises(Conflict):
        await scene.store.commit(Commit(at=NOON, records=(write,), cut_audit=last.number))
