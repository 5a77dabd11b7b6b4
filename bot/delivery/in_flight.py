"""Write-ahead record of messages in flight: after a crash, only these may have arrived."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Final, NamedTuple

from structlog.typing import FilteringBoundLogger

from bot.delivery.limiter import Limiter
from bot.delivery.outcome_writer import Batcher
from bot.ports import Clock, LeaseLost, RandomSource, Share, Store, StoreUnavailable
from bot.stores.slot import worker_of
from bot.support.supervision import Supervisor, wait_or_stop

BEAT_SECONDS: Final = 2.5
# Name prefix of workers that deliver. The channels follow that not every process reaches, separated by dots.
COURIER: Final = "courier"
# Heartbeat of a worker with active lanes, so that it leaves them soon after they fall idle.
_BUSY_BEAT_SECONDS: Final = 0.5
_BATCH_SECONDS: Final = 0.01
# Recording one send costs the store nearly as much as this many.
_BATCH_SIZE: Final = 32
# A lane without sends for this long is left to the other workers.
_IDLE_SECONDS: Final = 2.0


class _Waiting(NamedTuple):
    """A delivery waiting to be recorded, with the worker name it was claimed under."""

    delivery_id: str
    worker: str
    recorded: asyncio.Future[bool]


class InFlight:
    """Records the start of sends in batches and learns how many workers share each lane's rate.

    It also sends the courier's heartbeat at least every few seconds, even when nothing is sent.
    """

    def __init__(
        self,
        *,
        store: Store,
        limiter: Limiter,
        clock: Clock,
        rng: RandomSource,
        log: FilteringBoundLogger,
        beat_seconds: float = BEAT_SECONDS,
        name: str = COURIER,
    ) -> None:
        self._store = store
        self._name = name
        self._limiter = limiter
        self._clock = clock
        self._rng = rng
        self._log = log
        self._beat_seconds = beat_seconds
        self._worker: str | None = None
        self._claims = 0
        self._waiting: list[_Waiting] = []
        self._in_flight: set[str] = set()
        self._lanes: dict[str, float] = {}
        self._shares: Mapping[str, Share] = {}
        self._replies: Mapping[str, int] = {}
        self._batcher = Batcher(seconds=_BATCH_SECONDS, size=_BATCH_SIZE)

    async def ensure_registered(self) -> str:
        """Return the worker's name, registering it first if needed. Raises StoreUnavailable."""
        if self._worker is None:
            worker = self._rng.new_id(self._name)
            await self._store.register_worker(worker)
            self._worker = worker
        return self._worker

    async def new_token(self) -> str:
        """Return a token to claim with. Raises StoreUnavailable."""
        worker = await self.ensure_registered()
        self._claims += 1
        return f"{worker}/{self._claims}"

    async def record_start(self, delivery_id: str, lane: str, *, token: str) -> bool:
        """Return whether the delivery claimed with ``token`` may be sent now.

        False means it must not be sent, since another worker may hold its lease. That applies to every delivery claimed
        under a worker name that was given up.
        """
        recorded: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if lane:
            self._lanes[lane] = time.monotonic()
        self._waiting.append(_Waiting(delivery_id, worker_of(token), recorded))
        self._batcher.notify(len(self._waiting))
        return await recorded

    def record_end(self, delivery_id: str) -> None:
        """Mark a delivery as no longer in flight: its outcome is durable, or it was not sent."""
        self._in_flight.discard(delivery_id)

    async def run(self) -> None:
        """Record started sends and send heartbeats until cancelled."""
        while True:
            busy = self._lanes or self._replies or self._limiter.replies(now=self._clock.now())
            beat = min(self._beat_seconds, _BUSY_BEAT_SECONDS) if busy else self._beat_seconds
            with suppress(TimeoutError):
                async with asyncio.timeout(beat):
                    await self._batcher.wait()
            worker, batch, self._waiting = self._worker, self._waiting, []
            ours = [send for send in batch if send.worker == worker]
            # Claimed under a name that the store gave up: another worker may hold these leases by now.
            _resolve([send for send in batch if send.worker != worker], False)
            try:
                recorded = worker is not None and await self._write_ahead(worker, {send.delivery_id for send in ours})
            except BaseException:
                _resolve(ours, False)
                raise
            _resolve(ours, recorded)

    async def unregister(self) -> None:
        """Unregister this worker from the store. Raises StoreUnavailable."""
        worker, self._worker = self._worker, None
        if worker is not None:
            await self._store.unregister_worker(worker)

    async def _write_ahead(self, worker: str, ids: set[str]) -> bool:
        self._in_flight |= ids
        idle = time.monotonic() - _IDLE_SECONDS
        self._lanes = {lane: at for lane, at in self._lanes.items() if at > idle}
        # Replies of a lane with sends are within its share already; only those of other lanes need room elsewhere.
        replies = self._limiter.replies(now=self._clock.now())
        self._replies = {lane: number for lane, number in replies.items() if lane not in self._lanes}
        try:
            shares = await self._store.heartbeat(
                worker, in_flight=self._in_flight, lanes=self._lanes, replies=self._replies
            )
        except LeaseLost:
            self._log.error("courier_given_up", unsent=len(ids))
            # The next claim registers under a new name; nothing claimed under the old one may be sent.
            self._worker = None
            self._in_flight.clear()
            self._shares = {}
            return False
        except StoreUnavailable:
            # Not recorded, so they must not be sent; the courier defers them.
            self._in_flight -= ids
            return False
        now = self._clock.now()
        for lane, share in shares.items():
            self._limiter.share(lane, share, joining=lane not in self._shares, now=now)
        self._shares = shares
        return True


def _resolve(batch: list[_Waiting], recorded: bool) -> None:
    for send in batch:
        if not send.recorded.done():
            send.recorded.set_result(recorded)


# Registration of a process that replies to users but delivers nothing from the outbox.

# Name prefix of workers that deliver nothing.
ANSWERING: Final = "answering"


class Presence:
    """Publishes this process's reply rate in each lane, so that couriers leave room for replies.

    A reply goes out at once. Beside an announcement at the full rate, the service would refuse it.
    """

    def __init__(
        self,
        *,
        in_flight: InFlight,
        clock: Clock,
        log: FilteringBoundLogger,
        supervisor: Supervisor | None = None,
    ) -> None:
        self._supervisor = supervisor or Supervisor(clock=clock, log=log)
        self._in_flight = in_flight
        self._clock = clock
        self._log = log
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Stay registered until ``stop``."""
        async with asyncio.TaskGroup() as helpers:
            recorder = helpers.create_task(self._supervisor.keep_running("in_flight", self._in_flight.run))
            while not self._stop.is_set():
                try:
                    await self._in_flight.ensure_registered()  # registers again if the store gave this worker up
                except StoreUnavailable:
                    self._log.debug("store_unavailable")
                await wait_or_stop(self._clock.sleep(BEAT_SECONDS), self._stop)
            recorder.cancel()
        try:
            await self._in_flight.unregister()
        except StoreUnavailable:  # the store gives it up after some silence
            self._log.debug("store_unavailable")

    async def stop(self) -> None:
        """Ask ``run`` to end."""
        self._stop.set()
