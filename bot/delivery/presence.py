"""A process that answers people and delivers nothing, made known to those who deliver."""

import asyncio
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.delivery.in_flight import BEAT_SECONDS, InFlight
from bot.ports import Clock, StoreUnavailable
from bot.support.supervision import Supervisor
from bot.support.wait import wait_or_stop

ANSWERING: Final = "answering"
"""What the names of workers that deliver nothing begin with."""


class Presence:
    """Tells how much this process answers in each lane, so that who delivers there leaves it room.

    A reply goes out at once. Beside an announcement at the full rate, the service would refuse it.
    """

    def __init__(
        self,
        *,
        departures: InFlight,
        clock: Clock,
        log: FilteringBoundLogger,
        supervisor: Supervisor | None = None,
    ) -> None:
        self._supervisor = supervisor or Supervisor(clock=clock, log=log)
        self._departures = departures
        self._clock = clock
        self._log = log
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Be known until ``stop``."""
        async with asyncio.TaskGroup() as helpers:
            telling = helpers.create_task(self._supervisor.keep("departures", self._departures.run))
            while not self._stop.is_set():
                try:
                    await self._departures.join()  # again when it was taken for dead
                except StoreUnavailable:
                    self._log.debug("store_unavailable")
                await wait_or_stop(self._clock.sleep(BEAT_SECONDS), self._stop)
            telling.cancel()
        try:
            await self._departures.leave()
        except StoreUnavailable:  # it is forgotten when it stays silent
            self._log.debug("store_unavailable")

    async def stop(self) -> None:
        """Make ``run`` come to its end."""
        self._stop.set()
