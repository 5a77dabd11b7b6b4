"""Readiness of the store, checked within a fixed time even if the store hangs."""

import asyncio
from typing import Final

from bot.ports import Store, StoreUnavailable

# Load balancers and probes expect an answer within a second.
MAX_SECONDS: Final = 0.8


class Readiness:
    """Pings the store, and waits at most ``most_seconds``.

    A ping without an answer continues in the background, since cancelling a call to an unreachable machine itself takes
    seconds. Until it ends, all callers wait for it and no other ping is sent.
    """

    def __init__(self, *, store: Store, most_seconds: float = MAX_SECONDS) -> None:
        self._store = store
        self._most_seconds = most_seconds
        self._asking: asyncio.Task[None] | None = None

    async def cause(self) -> str:
        """Return why the store is unavailable, as one word; empty when it works."""
        if self._asking is None:
            self._asking = asyncio.create_task(self._store.ping(), name="readiness")
        asking = self._asking
        await asyncio.wait({asking}, timeout=self._most_seconds)
        if not asking.done():
            return "no_answer"
        self._asking = None if self._asking is asking else self._asking
        if asking.cancelled():
            return "closed"
        fault = asking.exception()
        if isinstance(fault, StoreUnavailable):
            return fault.cause
        return "" if fault is None else "internal"

    async def close(self) -> None:
        """Cancel a running ping."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
