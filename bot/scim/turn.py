"""Turns of a municipality's changes within a process, so that they seldom conflict in the store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class CommitTurn:
    """One request's use of the lock that each commit of a municipality takes.

    A change of a large group takes it for each portion, so that a deactivation comes between two of them.
    """

    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock = lock
        self._held = False

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Hold the lock for the block, unless this request holds it already."""
        if self._held:
            yield
            return
        async with self._lock:
            self._held = True
            try:
                yield
            finally:
                self._held = False
