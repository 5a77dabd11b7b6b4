"""Verification of the whole audit log in the store, for the command and for the data protection officer's page."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.audit.keys import BadKey
from bot.audit.reading import checkpoint_of, rows_of
from bot.audit.verification import AuditFault, AuditFinding, ChainCheck, Statements, covered, trusted
from bot.ports import Store
from dialogs.core.audit_verdict import AuditProblem, AuditVerdict

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
