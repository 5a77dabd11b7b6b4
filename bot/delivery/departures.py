"""What is about to be sent, noted durably before it is: only that may have arrived when the process dies."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.delivery.limiter import Limiter
from bot.ports import Chance, Clock, LeaseLost, Share, Store, StoreUnavailable

_BEAT_SECONDS: Final = 2.5
_BUSY_BEAT_SECONDS: Final = 0.5
"""Of a worker that has lanes: it leaves them soon when they fall idle."""
_IDLE_SECONDS: Final = 2.0
"""A lane nothing was sent in for so long is left to the others."""


class Departures:
    """Notes departures while the store is busy with earlier ones, and hears with each how many share a lane's rate.

    It also is the courier's sign of life: it is given at least every few seconds, whether anything is sent or not.
    """

    def __init__(
        self, *, store: Store, limiter: Limiter, clock: Clock, chance: Chance, log: FilteringBoundLogger
    ) -> None:
        self._store = store
        self._limiter = limiter
        self._clock = clock
        self._chance = chance
        self._log = log
        self._worker: str | None = None
        self._claims = 0
        self._waiting: list[tuple[str, asyncio.Future[bool]]] = []
        self._under_way: set[str] = set()
        self._lanes: dict[str, float] = {}
        self._shares: Mapping[str, Share] = {}
        self._there = asyncio.Event()

    async def new_token(self) -> str:
        """Return a token to claim with; the worker becomes known first, if it is not. Raises StoreUnavailable."""
        if self._worker is None:
            worker = self._chance.id("courier")
            await self._store.join(worker)
            self._worker = worker
        self._claims += 1
        return f"{self._worker}/{self._claims}"

    async def depart(self, delivery_id: str, lane: str) -> bool:
        """Return whether the delivery may be sent now. Otherwise it must not be: its lease may be another's."""
        noted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if lane:
            self._lanes[lane] = time.monotonic()
        self._waiting.append((delivery_id, noted))
        self._there.set()
        return await noted

    def arrived(self, delivery_id: str) -> None:
        """Note that the outcome of a delivery is durable, or that it was not sent after all."""
        self._under_way.discard(delivery_id)

    async def run(self) -> None:
        """Note what comes, until cancelled."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_BUSY_BEAT_SECONDS if self._lanes else _BEAT_SECONDS):
                    await self._there.wait()
            await asyncio.sleep(0)  # whoever got a slot in the same moment comes along
            self._there.clear()
            batch, self._waiting = self._waiting, []
            try:
                noted = await self._note({id_ for id_, _ in batch})
            except BaseException:
                _answer(batch, False)
                raise
            _answer(batch, noted)

    async def leave(self) -> None:
        """Say that this courier has ended. Raises StoreUnavailable."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await self._store.leave(worker)

    async def _note(self, ids: set[str]) -> bool:
        worker = self._worker
        if worker is None:
            return False
        self._under_way |= ids
        idle = time.monotonic() - _IDLE_SECONDS
        self._lanes = {lane: at for lane, at in self._lanes.items() if at > idle}
        try:
            shares = await self._store.begin(worker, under_way=self._under_way, lanes=self._lanes)
        except LeaseLost:
            self._log.error("courier_given_up", unsent=len(ids))
            self._worker = None
            self._under_way.clear()
            self._shares = {}
            return False
        except StoreUnavailable:
            self._under_way -= ids
            return False
        now = self._clock.now()
        for lane, share in shares.items():
            self._limiter.share(lane, share, joining=lane not in self._shares, now=now)
        self._shares = shares
        return True


def _answer(batch: list[tuple[str, asyncio.Future[bool]]], noted: bool) -> None:
    for _, future in batch:
        if not future.done():
            future.set_result(noted)
