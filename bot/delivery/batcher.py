"""Waiting a moment for more to come, so that one write serves many."""

import asyncio
from contextlib import suppress


class Batcher:
    """Tells when what was gathered shall be written: ``seconds`` after the first came, or once there are ``enough``."""

    def __init__(self, *, seconds: float, enough: int) -> None:
        self._seconds = seconds
        self._most = enough
        self._there = asyncio.Event()
        self._enough = asyncio.Event()

    def came(self, number: int) -> None:
        """Note that there is ``number`` now, one or more."""
        self._there.set()
        if number >= self._most:
            self._enough.set()

    async def wait(self) -> None:
        """Return when it is time; what comes later is for the next time."""
        await self._there.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._enough.wait()
        self._there.clear()
        self._enough.clear()
