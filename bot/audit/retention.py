"""Retention of the audit log: remove the oldest links, so that the rest stays a chain."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.audit.statement_log import StatementLog
from bot.audit.statements import SignedStatement, SigningKey
from bot.audit.verification import rows_of
from bot.ports import AuditPoint, AuditRow, Clock, Commit, Key, RandomSource, RecordWrite, Store
from bot.records.codec import write_of
from dialogs.core.audit import AuditCheckpoint, AuditEntry
from dialogs.core.data_rules import is_expired
from dialogs.core.decision import Audit, Put
from dialogs.privacy.inventory import INVENTORY

MONTHS: Final = next(holding.months for holding in INVENTORY if holding.record is AuditEntry) or 0
PORTION: Final = 2000
BY: Final = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRetention:
    """Removes expired entries from the start of the chain, up to the first one that must stay.

    A signed checkpoint states the removal, in the same commit and in the file of signed heads.
    """

    store: Store
    file: StatementLog
    key: Callable[[], SigningKey]
    clock: Clock
    rng: RandomSource

    async def expire(self) -> None:
        """Remove all expired entries, in portions. Raises StoreUnavailable, Conflict, OSError."""
        while (last := await self._last_expired()) is not None:
            await self._remove(last)

    async def _remove(self, last: AuditRow) -> None:
        now, key = self.clock.now(), await asyncio.to_thread(self.key)
        first = (await self.store.audit_rows(limit=1))[0].number
        place = AuditPoint(number=last.number, hash=last.hash)
        newest = str((last.body or {})["at"])
        statement = SignedStatement.checkpoint(place, newest=newest, months=MONTHS, at=now, key=key)
        details = (("records", str(last.number - first + 1)), ("up_to", str(last.number)))
        act = Audit(act="privacy.retained", subject=AuditEntry.KIND, by=BY, details=details)
        writes = (
            write_of(Put(record=AuditEntry.from_act(act, id=self.rng.new_id("audit"), at=now)), {}),
            await self._checkpoint(statement),
        )
        await self.store.commit(Commit(at=now, records=writes, cut_audit=last.number))
        await asyncio.to_thread(self._note, statement)

    async def _checkpoint(self, statement: SignedStatement) -> RecordWrite:
        """Return the write of the checkpoint over the one that is there, so that two runs are a conflict."""
        key = Key(kind=AuditCheckpoint.KIND, id=AuditCheckpoint.ID)
        versions = {stored.key: stored.version for stored in (await self.store.get([key])).values()}
        return write_of(Put(record=AuditCheckpoint(statement=statement.line())), versions)

    def _note(self, statement: SignedStatement) -> None:
        self.file.append(statement)
        self.file.drop_heads(statement.point)

    async def _last_expired(self) -> AuditRow | None:
        """Return the last link to remove in one portion of about 2,000; None when none is expired."""
        # An entry dated in the future was written while the clock was wrong. It goes with the expired ones after it, so
        # that it does not keep the rest for years; it never goes last, because its true age is unknown.
        last: AuditRow | None = None
        passed, now = 0, self.clock.now()
        async for row in rows_of(self.store):
            at = _time(row)
            if at is None or (last is not None and passed >= PORTION):
                break
            passed += 1
            if is_expired(at, now=now, months=MONTHS):
                last = row
            elif at <= now:
                break
        return last


def _time(row: AuditRow) -> datetime | None:
    """Return when an entry was written; None for a damaged one, which stays as evidence."""
    try:
        return datetime.fromisoformat((row.body or {})["at"])
    except (KeyError, TypeError, ValueError):
        return None
