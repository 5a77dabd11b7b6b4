"""What is about to be sent, noted durably before it is: only that may have arrived when the process dies."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from structlog.typing import FilteringBoundLogger

from bot.delivery.batcher import Batcher
from bot.delivery.limiter import Limiter
from bot.ports import Clock, IdGenerator, LeaseLost, Share, Store, StoreUnavailable
from bot.stores.slot import worker_of

BEAT_SECONDS: Final = 2.5
COURIER: Final = "courier"
"""What the names of workers that deliver begin with. Channels they reach besides the web page follow, after dots."""
_BUSY_BEAT_SECONDS: Final = 0.5
"""Of a worker that has lanes: it leaves them soon when they fall idle."""
_GATHER_SECONDS: Final = 0.01
_ENOUGH: Final = 32
"""One departure alone costs the store nearly as much as so many."""
_IDLE_SECONDS: Final = 2.0
"""A lane nothing was sent in for so long is left to the others."""


class _Waiting(NamedTuple):
    """A delivery that is to depart, and the name it was claimed under."""

    delivery_id: str
    worker: str
    noted: asyncio.Future[bool]


class InFlight:
    """Notes departures while the store is busy with earlier ones, and hears with each how many share a lane's rate.

    It also is the courier's sign of life: it is given at least every few seconds, whether anything is sent or not.
    """

    def __init__(
        self,
        *,
        store: Store,
        limiter: Limiter,
        clock: Clock,
        chance: IdGenerator,
        log: FilteringBoundLogger,
        beat_seconds: float = BEAT_SECONDS,
        name: str = COURIER,
    ) -> None:
        self._store = store
        self._name = name
        self._limiter = limiter
        self._clock = clock
        self._chance = chance
        self._log = log
        self._beat_seconds = beat_seconds
        self._worker: str | None = None
        self._claims = 0
        self._waiting: list[_Waiting] = []
        self._under_way: set[str] = set()
        self._lanes: dict[str, float] = {}
        self._shares: Mapping[str, Share] = {}
        self._replies: Mapping[str, int] = {}
        self._gathering = Batcher(seconds=_GATHER_SECONDS, enough=_ENOUGH)

    async def join(self) -> str:
        """Return the worker's name; it becomes known first, if it is not. Raises StoreUnavailable."""
        if self._worker is None:
            worker = self._chance.id(self._name)
            await self._store.join(worker)
            self._worker = worker
        return self._worker

    async def new_token(self) -> str:
        """Return a token to claim with. Raises StoreUnavailable."""
        worker = await self.join()
        self._claims += 1
        return f"{worker}/{self._claims}"

    async def depart(self, delivery_id: str, lane: str, *, token: str) -> bool:
        """Return whether the delivery claimed with ``token`` may be sent now.

        Otherwise it must not be: its lease may be another's. It is for all that was claimed under a name given up.
        """
        noted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if lane:
            self._lanes[lane] = time.monotonic()
        self._waiting.append(_Waiting(delivery_id, worker_of(token), noted))
        self._gathering.came(len(self._waiting))
        return await noted

    def arrived(self, delivery_id: str) -> None:
        """Note that the outcome of a delivery is durable, or that it was not sent after all."""
        self._under_way.discard(delivery_id)

    async def run(self) -> None:
        """Note what comes, until cancelled."""
        while True:
            busy = self._lanes or self._replies or self._limiter.replies(now=self._clock.now())
            beat = min(self._beat_seconds, _BUSY_BEAT_SECONDS) if busy else self._beat_seconds
            with suppress(TimeoutError):
                async with asyncio.timeout(beat):
                    await self._gathering.wait()
            worker, batch, self._waiting = self._worker, self._waiting, []
            ours = [each for each in batch if each.worker == worker]
            _answer([each for each in batch if each.worker != worker], False)
            try:
                noted = worker is not None and await self._note(worker, {each.delivery_id for each in ours})
            except BaseException:
                _answer(ours, False)
                raise
            _answer(ours, noted)

    async def leave(self) -> None:
        """Say that this courier has ended. Raises StoreUnavailable."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await self._store.leave(worker)

    async def _note(self, worker: str, ids: set[str]) -> bool:
        self._under_way |= ids
        idle = time.monotonic() - _IDLE_SECONDS
        self._lanes = {lane: at for lane, at in self._lanes.items() if at > idle}
        replies = self._limiter.replies(now=self._clock.now())
        self._replies = {lane: number for lane, number in replies.items() if lane not in self._lanes}
        try:
            shares = await self._store.begin(
                worker, under_way=self._under_way, lanes=self._lanes, replies=self._replies
            )
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


def _answer(batch: list[_Waiting], noted: bool) -> None:
    for each in batch:
        if not each.noted.done():
            each.noted.set_result(noted)
