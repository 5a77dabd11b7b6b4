"""A process that answers people and delivers nothing, made known to those who deliver."""

import asyncio
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.delivery.departures import BEAT_SECONDS, Departures
from bot.delivery.rest import rest
from bot.ports import Clock, StoreUnavailable

ANSWERING: Final = "answering"
"""What the names of workers that deliver nothing begin with."""


class Presence:
    """Tells how much this process answers in each lane, so that who delivers there leaves it room.

    A reply goes out at once. Beside an announcement at the full rate, the service would refuse it.
    """

    def __init__(self, *, departures: Departures, clock: Clock, log: FilteringBoundLogger) -> None:
        self._departures = departures
        self._clock = clock
        self._log = log
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Be known until ``stop``."""
        telling = asyncio.create_task(self._departures.run())
        try:
            while not self._stop.is_set():
                try:
                    await self._departures.join()  # anew when it was taken for dead
                except StoreUnavailable:
                    self._log.error("store_unavailable")
                await rest(self._clock.sleep(BEAT_SECONDS), self._stop)
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
        try:
            await self._departures.leave()
        except StoreUnavailable:  # it is forgotten when it stays silent
            self._log.warning("store_unavailable")

    async def stop(self) -> None:
        """Make ``run`` come to its end."""
        self._stop.set()
