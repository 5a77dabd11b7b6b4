"""Registration of a process that replies to users but delivers nothing from the outbox."""

import asyncio
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.delivery.in_flight import BEAT_SECONDS, InFlight
from bot.ports import Clock, StoreUnavailable
from bot.support.supervision import Supervisor
from bot.support.wait import wait_or_stop

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
