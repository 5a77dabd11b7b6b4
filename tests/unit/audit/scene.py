"""An audit log in a memory store with its key and files, and a clock that the test moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import structlog

from bot.audit.retention import AuditRetention
from bot.audit.signer import HeadSigner, Outside
from bot.audit.statement_log import HEADS_FILE, StatementLog
from bot.audit.statements import SignedStatement, SigningKey
from bot.audit.verification import AuditFault, ChainCheck, checkpoint_of, rows_of, trusted
from bot.ports import Commit, Key
from bot.records.codec import write_of
from bot.stores.document import from_json, to_json
from bot.stores.memory.store import MemoryStore
from bot.support.dependencies import Dependencies
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
KEY = SigningKey("11" * 32)
OTHER = SigningKey("22" * 32)
Faults = list[tuple[AuditFault, int]]


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

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-{next(self.numbers):04d}"

    def uniform(self) -> float:
        return 0.5


class WatchedDependencies(Dependencies):
    """Shows what fails now, with its cause."""

    @property
    def failing(self) -> dict[str, str]:
        return {name: cause for name, (cause, _) in self._failing.items()}


@dataclass(slots=True, kw_only=True)
class AuditScene:
    """Adds, tampers with and verifies entries."""

    folder: Path
    store: MemoryStore = field(default_factory=MemoryStore)
    clock: MovedClock = field(default_factory=MovedClock)
    rng: Counted = field(default_factory=Counted)
    key: SigningKey = KEY
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def file(self) -> StatementLog:
        return StatementLog(self.folder / HEADS_FILE)

    async def add(self, act: str = "a.b", *, at: datetime | None = None, by: str = "ana", subject: str = "s") -> str:
        """Add an entry; return its id."""
        when = at or self.clock.now()
        entry = AuditEntry.from_act(Audit(act=act, subject=subject, by=by), id=self.rng.new_id("audit"), at=when)
        await self.store.commit(Commit(at=when, records=(write_of(Put(record=entry), {}),)))
        return entry.id

    async def fill(self, number: int) -> None:
        """Add entries."""
        for _ in range(number):
            await self.add()

    async def acts(self) -> list[str]:
        """Return the acts in the order of the chain."""
        return [str((row.body or {}).get("act")) async for row in rows_of(self.store)]

    def retention(self) -> AuditRetention:
        return AuditRetention(store=self.store, file=self.file, key=lambda: self.key, clock=self.clock, rng=self.rng)

    def dependencies(self) -> WatchedDependencies:
        return WatchedDependencies(clock=self.clock, log=structlog.get_logger())

    def signer(self, *, outside: Outside | None = None, dependencies: Dependencies | None = None) -> HeadSigner:
        return HeadSigner(
            store=self.store,
            file=self.file,
            key=lambda: self.key,
            outside=outside,
            clock=self.clock,
            dependencies=dependencies or self.dependencies(),
            seen=self.seen.__setitem__,
            log=structlog.get_logger(),
        )

    def heads(self) -> list[int]:
        """Return the numbers of the heads in the file."""
        return [each.point.number for each in self.statements() if each.kind == "head"]

    def statements(self) -> list[SignedStatement]:
        lines = self.file.path.read_bytes().splitlines() if self.file.path.exists() else []
        return [SignedStatement.parse(line) for line in lines]

    async def check(self, *heads: bytes, keys: Sequence[SigningKey] = (KEY,)) -> ChainCheck:
        """Verify the log as the command does; without ``heads``, with the heads file."""
        statements = trusted(each.public for each in keys)
        for data in heads or ([self.file.path.read_bytes()] if self.file.path.exists() else []):
            statements.read(data)
        if checkpoint := await checkpoint_of(self.store):
            statements.read_checkpoint(checkpoint)
        check = ChainCheck(statements)
        async for row in rows_of(self.store):
            check.row(row)
        check.strays(await self.store.audit_strays())
        return check

    async def faults(self, *heads: bytes, keys: Sequence[SigningKey] = (KEY,)) -> Faults:
        return [(each.fault, each.number) for each in (await self.check(*heads, keys=keys)).end()]

    # Tampering, as someone with access to the stored data can do it

    def set_link(self, row: int, **fields: Any) -> None:
        """Change fields of a link."""
        link = from_json(self.store._state.audit.document(row) or b"")
        self.store._state.audit.put(row, to_json(link | fields))

    def drop_link(self, number: int) -> None:
        self.store._state.audit.put(number, None)

    def link(self, number: int) -> dict[str, Any]:
        link: dict[str, Any] = from_json(self.store._state.audit.document(number) or b"")
        return link

    def entry(self, id_: str, **fields: Any) -> None:
        """Change fields of an entry."""
        key = Key(kind="audit", id=id_)
        document = from_json(self.store._state.records.document(key) or b"")
        self.store._state.records.restore(key, to_json(document | {"body": document["body"] | fields}))

    def drop_entry(self, id_: str) -> None:
        self.store._state.records.restore(Key(kind="audit", id=id_), None)

    def put_entry(self, id_: str) -> None:
        """Put an entry beside the chain."""
        entry = AuditEntry.from_act(Audit(act="forged", subject="s", by="ana"), id=id_, at=NOON)
        self.store._state.rewrite(replace(write_of(Put(record=entry), {}), expected=None))
