"""Batch items and flush after a delay or a count."""

import asyncio
from contextlib import suppress


class Batcher:
    """Signals when to flush a batch.

    That is ``seconds`` after the first item, or as soon as there are ``enough`` items.
    """

    def __init__(self, *, seconds: float, enough: int) -> None:
        self._seconds = seconds
        self._most = enough
        self._there = asyncio.Event()
        self._enough = asyncio.Event()

    def came(self, number: int) -> None:
        """Report the current number of waiting items, at least one."""
        self._there.set()
        if number >= self._most:
            self._enough.set()

    async def wait(self) -> None:
        """Wait until the batch is due. Items reported later belong to the next batch."""
        await self._there.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._enough.wait()
        self._there.clear()
        self._enough.clear()
