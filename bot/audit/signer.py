"""Loop that signs the end of the audit log once a minute, and hands the heads to an address outside."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import aiohttp
from structlog.typing import FilteringBoundLogger

from bot.audit.statement_log import StatementLog
from bot.audit.statements import SignedStatement, SigningKey
from bot.ports import AuditPoint, Clock, Store, StoreUnavailable
from bot.settings.model import BadSettings
from bot.support.dependencies import AUDIT_HEADS, AUDIT_LOG, AUDIT_OUTSIDE, Dependencies
from bot.support.disk import disk_fault
from bot.support.supervision import wait_or_stop

# Signed heads to an address outside, so that a shortened log is noticed by someone else.

TOTAL_SECONDS: Final = 10.0


class NotAccepted(Exception):
    """The address outside did not take a head. ``cause`` is one word for metrics and logs."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Posts statements as JSON to ``url``; any answer of class 2xx means accepted. Redirects are not followed."""

    url: str
    session: aiohttp.ClientSession

    async def post(self, statement: SignedStatement) -> None:
        """Hand over one statement. Raises NotAccepted."""
        timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS)
        try:
            async with self.session.post(
                self.url, json=statement.to_dict(), timeout=timeout, allow_redirects=False
            ) as answer:
                if not 200 <= answer.status < 300:
                    raise NotAccepted(f"status_{answer.status}")
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            raise NotAccepted("timeout" if isinstance(fault, TimeoutError) else "unreachable") from fault


EVERY_SECONDS: Final = 60.0


class HeadSigner:
    """Signs a head in every minute in which entries were added, and when it stops.

    ``key`` is read again each time, so that a new key counts at once. ``seen`` is called with a place (``log``,
    ``file``, ``outside``) and the number of the last entry known there. A failed write or post is tried again in the
    next minute, with the head that is the newest then; turns never wait for it.
    """

    def __init__(
        self,
        *,
        store: Store,
        file: StatementLog,
        key: Callable[[], SigningKey],
        outside: Outside | None,
        clock: Clock,
        dependencies: Dependencies,
        seen: Callable[[str, int], None],
        log: FilteringBoundLogger,
    ) -> None:
        self._store = store
        self._file = file
        self._key = key
        self._outside = outside
        self._clock = clock
        self._dependencies = dependencies
        self._seen = seen
        self._log = log
        self._compared = False
        self._in_file: AuditPoint | None = None
        self._accepted: AuditPoint | None = None
        self._pending: SignedStatement | None = None
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Sign once a minute until ``stop``."""
        while not self._stop.is_set():
            await self.sign()
            await wait_or_stop(self._clock.sleep(EVERY_SECONDS), self._stop)
        await self.sign()

    async def stop(self) -> None:
        """Make ``run`` return."""
        self._stop.set()

    async def sign(self) -> None:
        """Sign the end of the log, unless that was done."""
        try:
            head = await self._store.audit_head()
            if not self._compared:
                await self._compare()
        except StoreUnavailable:
            return  # the store reports its own failure
        self._seen("log", head.number)
        if head.number and head != self._in_file:
            await self._sign(head)
        if self._outside is not None and self._pending is not None:
            await self._post(self._outside, self._pending)

    async def _sign(self, head: AuditPoint) -> None:
        try:
            statement = SignedStatement.head(head, at=self._clock.now(), key=await asyncio.to_thread(self._key))
        except (OSError, BadSettings) as fault:
            cause = str(disk_fault(fault)) if isinstance(fault, OSError) else "bad_key"
            self._dependencies.failed(AUDIT_HEADS, cause)
            return
        mine = head != self._accepted
        try:
            added = await asyncio.to_thread(self._file.append_head, statement)
        except OSError as fault:
            self._dependencies.failed(AUDIT_HEADS, str(disk_fault(fault)))
        else:
            # A head that another process of this machine wrote is posted by that process; unknown after a start.
            mine = mine and (added or self._in_file is None)
            self._in_file = head
            self._seen("file", head.number)
            self._dependencies.healed(AUDIT_HEADS)
        if mine or self._pending is not None:
            self._pending = statement

    async def _post(self, outside: Outside, statement: SignedStatement) -> None:
        try:
            await outside.post(statement)
        except NotAccepted as fault:
            self._dependencies.failed(AUDIT_OUTSIDE, fault.cause)
            return
        self._accepted, self._pending = statement.point, None
        self._seen("outside", statement.point.number)
        self._dependencies.healed(AUDIT_OUTSIDE)

    async def _compare(self) -> None:
        """Compare the log with the newest head in the file, once after each start."""
        # They differ after a backup was restored, or when someone shortened or rewrote the log. Heads are signed all
        # the same; the operator is alerted.
        try:
            last = await asyncio.to_thread(self._file.last_head)
        except OSError:
            return  # the next write reports it
        if last is not None and not await is_in_chain(self._store, last.point):
            self._log.error("audit_log_differs", number=last.point.number, signed_at=last.at)
            self._dependencies.failed(AUDIT_LOG, "differs")
        self._compared = True


async def is_in_chain(store: Store, point: AuditPoint) -> bool:
    """Return whether a place is still in the log as it was signed; also when it was before the log's beginning."""
    rows = await store.audit_rows(after=point.number - 1, limit=1)
    return any(row.number > point.number or AuditPoint(number=row.number, hash=row.hash) == point for row in rows)
