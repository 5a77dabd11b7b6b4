"""Write outcomes to the store in batches."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.delivery.recipients import Recipients
from bot.ports import Clock, LeaseLost, Settled, Store, StoreUnavailable

# Batch items and flush after a delay or a count.


class Batcher:
    """Signals when to flush a batch.

    That is ``seconds`` after the first item, or as soon as there are ``size`` items.
    """

    def __init__(self, *, seconds: float, size: int) -> None:
        self._seconds = seconds
        self._size = size
        self._nonempty = asyncio.Event()
        self._full = asyncio.Event()

    def notify(self, number: int) -> None:
        """Report the current number of waiting items, at least one."""
        self._nonempty.set()
        if number >= self._size:
            self._full.set()

    async def wait(self) -> None:
        """Wait until the batch is due. Items reported later belong to the next batch."""
        await self._nonempty.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._full.wait()
        # Cleared at the end of the wait: items reported during it are flushed with this batch.
        self._nonempty.clear()
        self._full.clear()


_PAUSE_SECONDS: Final = 0.5
_LAST_TRIES: Final = 20
_BATCH_SECONDS: Final = 0.02
# Writing one outcome costs the store nearly as much as this many.
_BATCH_SIZE: Final = 32


class OutcomeWriter:
    """Collects outcomes while an earlier batch is being written.

    This way disk speed does not limit the send rate.
    """

    def __init__(
        self,
        *,
        store: Store,
        recipients: Recipients,
        clock: Clock,
        log: FilteringBoundLogger,
        on_settled: Callable[[Settled], None],
    ) -> None:
        self._store = store
        self._recipients = recipients
        self._clock = clock
        self._log = log
        self._on_settled = on_settled
        self._outcomes: list[tuple[Settled, asyncio.Future[None]]] = []
        self._batcher = Batcher(seconds=_BATCH_SECONDS, size=_BATCH_SIZE)
        self._writable = asyncio.Event()
        self._writable.set()
        self._tries_left: int | None = None

    async def wait_until_writable(self) -> None:
        """Wait until the store accepts outcomes; an earlier claim could include sent but unsettled deliveries."""
        await self._writable.wait()

    def limit_tries(self) -> None:
        """Limit the number of tries from now on, because the process is ending.

        Leases then mark the unknown outcomes.
        """
        self._tries_left = _LAST_TRIES

    async def settle(self, outcome: Settled) -> None:
        """Return when the outcome is durable or its lease was lost."""
        durable = asyncio.get_running_loop().create_future()
        self._outcomes.append((outcome, durable))
        self._batcher.notify(len(self._outcomes))
        await durable

    async def run(self) -> None:
        """Write outcomes until cancelled."""
        while True:
            await self._batcher.wait()
            batch, self._outcomes = self._outcomes, []
            if not batch:
                continue
            try:
                await self._make_durable([outcome for outcome, _ in batch])
            except BaseException:
                self._outcomes = batch + self._outcomes  # kept for the next run, if the supervisor restarts this
                self._batcher.notify(len(self._outcomes))
                raise
            for _, durable in batch:
                if not durable.done():
                    durable.set_result(None)
            for outcome, _ in batch:
                self._on_settled(outcome)
            await self._store_addresses()

    async def _make_durable(self, outcomes: list[Settled]) -> None:
        """Retry until written: a sent message without a recorded outcome would be sent again."""
        while self._tries_left is None or self._tries_left > 0:
            try:
                await self._store.settle(outcomes)
            except LeaseLost as lost:
                self._log.warning("lease_lost", delivery_ids=lost.delivery_ids)
            except StoreUnavailable:
                self._writable.clear()
                self._tries_left = None if self._tries_left is None else self._tries_left - 1
                self._log.debug("store_unavailable", unsettled=len(outcomes))
                await self._clock.sleep(_PAUSE_SECONDS)
                continue
            break
        self._writable.set()

    async def _store_addresses(self) -> None:
        try:
            await self._recipients.flush(self._clock.now())
        except StoreUnavailable:
            self._log.debug("store_unavailable", unsettled=0)
