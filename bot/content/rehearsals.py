"""Rehearsals of drafts that editors began on the desk: run in this process, with progress and result in the store."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Protocol

from structlog.typing import FilteringBoundLogger

from bot.ports import Clock, Commit, Conflict, Key, Store, StoreUnavailable
from bot.records.codec import decode, write_of
from dialogs.core.decision import Put
from dialogs.rehearsal.asked import AskedAgain, RehearsalTask
from dialogs.rehearsal.model import Rehearsal, RehearsalState
from dialogs.rehearsal.result import RehearsalResult, finished_rehearsal
from knowledge.article.change import ArticleChange

# Seconds between two writes of the progress.
BEAT_SECONDS: Final = 1.0
# Times the result is written while the store is away, a beat apart; the page then says that the rehearsal failed.
ATTEMPTS: Final = 20


class Rehearse(Protocol):
    """Asks questions without and with one article changed."""

    def __call__(
        self, change: ArticleChange, asked: Sequence[AskedAgain], *, progress: Callable[[int, int], None]
    ) -> Awaitable[RehearsalResult]: ...


@dataclass(slots=True)
class Rehearsals:
    """Runs rehearsals one at a time. Every process reads how far they are in the store."""

    rehearse: Rehearse
    store: Store
    clock: Clock
    log: FilteringBoundLogger
    _running: dict[tuple[str, datetime], asyncio.Task[None]] = field(default_factory=dict)
    _one: asyncio.Lock = field(default_factory=asyncio.Lock)

    def begin_rehearsal(self, task: RehearsalTask) -> None:
        """Run a rehearsal that was recorded as begun, unless it is running here."""
        key = (task.id, task.begun_at)
        if key not in self._running:
            self._running[key] = asyncio.create_task(self._run_task(task))
            self._running[key].add_done_callback(lambda _: self._running.pop(key))

    async def _run_task(self, task: RehearsalTask) -> None:
        done, total = 0, 0

        def progress(now_done: int, of: int) -> None:
            nonlocal done, total
            done, total = now_done, of

        work = asyncio.create_task(self._rehearse_alone(task, progress))
        try:
            while not (await asyncio.wait({work}, timeout=BEAT_SECONDS))[0]:
                # Also while another one runs before it, so that it does not count as stalled.
                await self._rewrite(task, lambda begun: replace(begun, done=done, total=total, at=self.clock.now()))
        finally:
            work.cancel()
        fault = work.exception()
        if fault is not None:
            self.log.error("rehearsal_failed", rehearsal=task.id, reason=type(fault).__name__)

        def ended(begun: Rehearsal) -> Rehearsal:
            now = self.clock.now()
            if fault is not None:
                return replace(begun, state=RehearsalState.FAILED, at=now)
            return finished_rehearsal(begun, work.result(), now, task.rule)

        for _ in range(ATTEMPTS):
            if await self._rewrite(task, ended):
                break
            await asyncio.sleep(BEAT_SECONDS)

    async def _rehearse_alone(self, task: RehearsalTask, progress: Callable[[int, int], None]) -> RehearsalResult:
        async with self._one:
            return await self.rehearse(task.change, task.asked, progress=progress)

    async def _rewrite(self, task: RehearsalTask, change: Callable[[Rehearsal], Rehearsal]) -> bool:
        """Write the changed record, unless it is of a later rehearsal; return whether nothing is left to do."""
        key = Key(kind=Rehearsal.KIND, id=task.id)
        try:
            stored = (await self.store.get([key])).get(key)
            begun = decode(Rehearsal, stored) if stored is not None else None
            if stored is None or begun is None or begun.begun_at != task.begun_at:
                return True
            write = write_of(Put(record=change(begun)), {key: stored.version})
            await self.store.commit(Commit(at=self.clock.now(), records=(write,)))
        except (Conflict, StoreUnavailable):
            return False
        return True
