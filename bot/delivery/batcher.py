"""Batch items and flush after a delay or a count."""

import asyncio
from contextlib import suppress


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
