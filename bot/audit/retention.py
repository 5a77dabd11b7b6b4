"""Retention of the audit log: remove the oldest links, so that the rest stays a chain."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.audit.reading import rows_of
from bot.ports import AuditRow, Clock, Commit, RandomSource, Store
from bot.records.codec import write_of
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put
from dialogs.core.month import is_expired
from dialogs.privacy.inventory import INVENTORY

MONTHS: Final = next(holding.months for holding in INVENTORY if holding.record is AuditEntry) or 0
PORTION: Final = 2000
BY: Final = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRetention:
    """Removes expired entries from the start of the chain, up to the first one that must stay."""

    store: Store
    clock: Clock
    rng: RandomSource

    async def expire(self) -> None:
        """Remove all expired entries, in portions. Raises StoreUnavailable."""
        while (number := await self._last_expired()) is not None:
            first = (await self.store.audit_rows(limit=1))[0].number
            now = self.clock.now()
            details = (("records", str(number - first + 1)), ("up_to", str(number)))
            act = Audit(act="privacy.retained", subject=AuditEntry.KIND, by=BY, details=details)
            entry = AuditEntry.of(act, id=self.rng.new_id("audit"), at=now)
            writes = (write_of(Put(record=entry), {}),)
            await self.store.commit(Commit(at=now, records=writes, cut_audit=number))

    async def _last_expired(self) -> int | None:
        """Return the last link to remove in one portion of about 2,000; None when none is expired.

        An entry dated in the future was written while the clock was wrong. It goes with the expired ones after it, so
        that it does not keep the rest for years; it never goes last, because its true age is unknown.
        """
        last, passed, now = None, 0, self.clock.now()
        async for row in rows_of(self.store):
            at = _time(row)
            if at is None or (last is not None and passed >= PORTION):
                break
            passed += 1
            if is_expired(at, now=now, months=MONTHS):
                last = row.number
            elif at <= now:
                break
        return last


def _time(row: AuditRow) -> datetime | None:
    """Return when an entry was written; None for a damaged one, which stays as evidence."""
    try:
        return datetime.fromisoformat((row.body or {})["at"])
    except (KeyError, TypeError, ValueError):
        return None
