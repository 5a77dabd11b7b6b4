"""An audit log in a memory store, with a clock that the test moves."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

from bot.audit.reading import rows_of
from bot.ports import Commit
from bot.records.codec import write_of
from bot.stores.memory.store import MemoryStore
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@dataclass(slots=True)
class MovedClock:
    """A clock that stands until it is moved."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@dataclass(slots=True)
class Counted:
    """Ids in order."""

    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def id(self, prefix: str) -> str:
        return f"{prefix}-{next(self.numbers):04d}"

    def token(self) -> str:
        return self.id("token")


@dataclass(slots=True)
class AuditScene:
    """Adds entries and reads the chain."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: MovedClock = field(default_factory=MovedClock)
    rng: Counted = field(default_factory=Counted)

    async def add(self, act: str = "a.b", *, at: datetime | None = None, by: str = "ana", subject: str = "s") -> str:
        """Add an entry; return its id."""
        when = at or self.clock.now()
        entry = AuditEntry.of(Audit(act=act, subject=subject, by=by), id=self.rng.id("audit"), at=when)
        await self.store.commit(Commit(at=when, records=(write_of(Put(record=entry), {}),)))
        return entry.id

    async def acts(self) -> list[str]:
        """Return the acts in the order of the chain."""
        return [str((row.body or {}).get("act")) async for row in rows_of(self.store)]
