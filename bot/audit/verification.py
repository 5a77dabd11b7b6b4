"""Verification of the audit log, whole or in part: the chain, its checkpoint and the signed statements.

``docs/audit.md`` describes the rules; ``bot/audit/standalone/verify.py`` is a second, independent implementation.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bot.audit.statements import BadKey, SignedStatement, StatementKind, key_id
from bot.ports import AuditPoint, AuditRow, Key, Store
from bot.ports.audit import AUDIT_FORMAT, audit_content, audit_hash
from bot.records.codec import decode
from dialogs.core.audit import AuditCheckpoint, AuditProblem, AuditVerdict

# Reading the audit log from the store, page by page.

_PAGE = 1000


async def rows_of(store: Store, *, after: int = 0) -> AsyncIterator[AuditRow]:
    """Yield all links with their entries after a number. Raises StoreUnavailable."""
    while page := await store.audit_rows(after=after, limit=_PAGE):
        for row in page:
            yield row
        after = page[-1].number


async def checkpoint_of(store: Store) -> str | None:
    """Return the signed checkpoint of the store as a line; None without one. Raises StoreUnavailable."""
    key = Key(kind=AuditCheckpoint.KIND, id=AuditCheckpoint.ID)
    stored = (await store.get([key])).get(key)
    return None if stored is None else decode(AuditCheckpoint, stored).statement


class AuditFault(StrEnum):
    """Fault of the log or its statements."""

    ROWS_MISSING = "rows_missing"
    END_MISSING = "end_missing"
    BEFORE_START = "before_start"
    NOT_FOLLOWING = "not_following"
    CHANGED = "changed"
    ENTRY_MISSING = "entry_missing"
    UNKNOWN_FORMAT = "unknown_format"
    OUTSIDE_CHAIN = "outside_chain"
    HEAD_DIFFERS = "head_differs"
    CHECKPOINT = "checkpoint"
    BAD_LINE = "bad_line"
    UNKNOWN_KEY = "unknown_key"
    BAD_SIGNATURE = "bad_signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """One fault. ``number``: the row, or the line of the heads file; 0 where neither applies."""

    fault: AuditFault
    number: int
    text: str


@dataclass(slots=True, kw_only=True)
class Statements:
    """The statements that can be trusted, and the faults of the others."""

    keys: dict[str, str]
    heads: list[SignedStatement] = field(default_factory=list)
    checkpoints: list[SignedStatement] = field(default_factory=list)
    findings: list[AuditFinding] = field(default_factory=list)

    def read(self, data: bytes) -> None:
        """Take in the lines of a heads file in order; a last line without its end was being written."""
        for number, line in enumerate(data.split(b"\n")[:-1], start=1):
            self._take(line, number, f"line {number} of the heads file")

    def read_checkpoint(self, line: str) -> None:
        """Take in the checkpoint of the store."""
        self._take(line.encode("utf-8", "replace"), 0, "the checkpoint")

    def _take(self, line: bytes, number: int, where: str) -> None:
        try:
            statement = SignedStatement.parse(line)
        except (ValueError, RecursionError):
            self._found(AuditFault.BAD_LINE, number, f"{where} is no signed statement")
            return
        if statement.key not in self.keys:
            self._found(AuditFault.UNKNOWN_KEY, number, f"{where} is signed by the unknown key {statement.key!r}")
        elif not statement.is_signed_by(self.keys):
            self._found(AuditFault.BAD_SIGNATURE, number, f"{where} was changed: its signature is wrong")
        elif statement.kind is StatementKind.KEY:
            public = str(statement.fields["public"])
            self.keys[key_id(public)] = public
        else:
            (self.heads if statement.kind is StatementKind.HEAD else self.checkpoints).append(statement)

    def _found(self, fault: AuditFault, number: int, text: str) -> None:
        self.findings.append(AuditFinding(fault=fault, number=number, text=text))


class ChainCheck:
    """Checks rows one by one, then the whole. Memory use: the hash of each signed place."""

    def __init__(self, statements: Statements) -> None:
        self._statements = statements
        self._heads = [head for head in statements.heads if head.point.number > 0]
        newest = max(statements.checkpoints, key=lambda checkpoint: checkpoint.point.number, default=None)
        self._start = newest.point if newest is not None else AuditPoint()
        self._last = self._start
        self._hashes = {head.point.number: "" for head in self._heads}
        if self._start.number in self._hashes:
            self._hashes[self._start.number] = self._start.hash
        self.rows = 0
        self.findings = list(statements.findings)

    @property
    def last(self) -> AuditPoint:
        """The last row seen."""
        return self._last

    @property
    def start(self) -> AuditPoint:
        """Where the log begins: the checkpoint."""
        return self._start

    def row(self, row: AuditRow) -> None:
        """Check the next row, in the order of numbers."""
        self.rows += 1
        number, last = row.number, self._last
        if number <= self._start.number:
            self._found(AuditFault.BEFORE_START, number, f"row {number} is older than the checkpoint allows")
            return
        if number > last.number + 1:
            missing = (
                f"row {number - 1} is" if number == last.number + 2 else f"rows {last.number + 1} to {number - 1} are"
            )
            self._found(AuditFault.ROWS_MISSING, last.number + 1, f"{missing} missing")
        elif row.previous != last.hash:
            reason = f"row {number} does not follow row {last.number} as it stands: one of them was replaced or moved"
            self._found(AuditFault.NOT_FOLLOWING, number, reason)
        self._entry(row)
        self._last = AuditPoint(number=number, hash=row.hash)
        if number in self._hashes:
            self._hashes[number] = row.hash

    def _entry(self, row: AuditRow) -> None:
        if row.format != AUDIT_FORMAT:
            self._found(AuditFault.UNKNOWN_FORMAT, row.number, f"row {row.number} has the unknown format {row.format}")
        elif row.body is None or row.schema is None:
            self._found(AuditFault.ENTRY_MISSING, row.number, f"row {row.number} is there, but its entry was removed")
        elif row.hash != _hash(row, row.schema, row.body):
            self._found(AuditFault.CHANGED, row.number, f"row {row.number} was changed ({row.id})")

    def strays(self, ids: Iterable[str]) -> None:
        """Note entries that are not in the chain."""
        for id_ in ids:
            reason = f"the entry {id_} is not in the chain: it was put in by hand, or written by an older version"
            self._found(AuditFault.OUTSIDE_CHAIN, 0, reason)

    def end(self, head_of_store: AuditPoint | None = None) -> Sequence[AuditFinding]:
        """Compare with the signed heads, and with what the store says is its end; return all faults."""
        last = self._last.number
        if head_of_store is not None and head_of_store.number > last:
            told = (
                f"the newest rows are missing (rows {last + 1} to {head_of_store.number}): the store has counted them"
            )
            self._found(AuditFault.END_MISSING, last + 1, told)
        elif beyond := [head for head in self._heads if head.point.number > last]:
            head = max(beyond, key=lambda head: head.point.number)
            missing = f"rows {last + 1} to {head.point.number}"
            reason = f"the newest rows are missing ({missing}): a head signed at {head.at} has them"
            self._found(AuditFault.END_MISSING, last + 1, reason)
        for head in self._heads:
            number = head.point.number
            hash_ = self._hashes[number]
            if number <= last and hash_ and hash_ != head.point.hash:
                reason = f"row {number} is not the one that was signed at {head.at}: rows up to it were rewritten"
                self._found(AuditFault.HEAD_DIFFERS, number, reason)
        for checkpoint in self._statements.checkpoints:
            if checkpoint.point.number == self._start.number and checkpoint.point.hash != self._start.hash:
                reason = f"two checkpoints state different hashes for row {self._start.number}"
                self._found(AuditFault.CHECKPOINT, self._start.number, reason)
        return self.findings

    def _found(self, fault: AuditFault, number: int, text: str) -> None:
        self.findings.append(AuditFinding(fault=fault, number=number, text=text))


def _hash(row: AuditRow, schema: int, body: Mapping[str, Any]) -> str | None:
    """Return the hash that a row must have; None for an entry that no program writes."""
    try:
        return audit_hash(row.number, row.previous, audit_content(schema, body))
    except (ValueError, TypeError, RecursionError):
        return None


def trusted(publics: Iterable[str]) -> Statements:
    """Return empty statements that trust these public keys."""
    return Statements(keys={key_id(public): public for public in publics})


def covered(statements: Statements) -> SignedStatement | None:
    """Return the head with the highest number."""
    return max(statements.heads, key=lambda head: head.point.number, default=None)


# Verification of the whole audit log in the store, for the command and for the data protection officer's page.

_YIELD_EVERY: Final = 200
# The nightly removal of old entries moves the beginning of the log, at most once during a verification.
_TRIES: Final = 3
# Fault of keys or heads that this machine cannot read.
UNREADABLE: Final = "unreadable"
# Their number is a line of the heads file.
_NO_ROW: Final = frozenset({AuditFault.BAD_LINE, AuditFault.UNKNOWN_KEY, AuditFault.BAD_SIGNATURE})


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedLog:
    """A verified log: its rows, the signed statements it was compared with, and every fault."""

    check: ChainCheck
    statements: Statements
    findings: Sequence[AuditFinding]


async def verify_log(store: Store, read_statements: Callable[[], Statements]) -> VerifiedLog:
    """Verify the log in the store against signed statements. Raises StoreUnavailable, and what reading raises.

    ``read_statements`` reads files and runs in a thread.
    """
    for _ in range(_TRIES):
        statements = await asyncio.to_thread(read_statements)
        checkpoint = await checkpoint_of(store)
        if checkpoint is not None:
            statements.read_checkpoint(checkpoint)
        head = await store.audit_head()
        check = ChainCheck(statements)
        async for row in rows_of(store):
            check.row(row)
            if check.rows % _YIELD_EVERY == 0:
                await asyncio.sleep(0)  # a log of two years takes seconds, in which others are answered
        check.strays(await store.audit_strays())
        if await checkpoint_of(store) == checkpoint:
            break
    return VerifiedLog(check=check, statements=statements, findings=check.end(head))


async def audit_verdict(store: Store, read_statements: Callable[[], Statements]) -> AuditVerdict:
    """Return the verification as a value for the dialogs. Raises StoreUnavailable.

    Unreadable keys or heads are a separate problem; the chain is verified all the same.
    """
    unread: tuple[AuditProblem, ...] = ()
    try:
        log = await verify_log(store, read_statements)
    except (OSError, BadKey):
        log = await verify_log(store, lambda: trusted(()))
        unread = (AuditProblem(fault=UNREADABLE, number=0),)
    head = covered(log.statements)
    return AuditVerdict(
        entries=log.check.rows,
        last_row=log.check.last.number,
        removed_up_to=log.check.start.number,
        signed_row=None if head is None else head.point.number,
        signed_at=None if head is None else datetime.fromisoformat(head.at),
        problems=(
            *(
                AuditProblem(fault=finding.fault, number=finding.number)
                for finding in sorted(log.findings, key=_by_row)
            ),
            *unread,
        ),
    )


def _by_row(finding: AuditFinding) -> tuple[bool, int]:
    """Order rows first, then what concerns no row."""
    return finding.fault in _NO_ROW or not finding.number, finding.number
