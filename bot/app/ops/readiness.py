"""Whether the store answers, found out within a set time however the store hangs."""

import asyncio
from typing import Final

from bot.ports import Store, StoreUnavailable

MOST_SECONDS: Final = 0.8
"""Load balancers and probes are answered within a second."""


class Readiness:
    """Asks the store, and does not wait for it longer than ``most_seconds``.

    A question that got no answer goes on alone, since cutting off a call to a machine that vanished takes seconds of
    its own; until it ends, everybody waits for that one and no further one is asked.
    """

    def __init__(self, *, store: Store, most_seconds: float = MOST_SECONDS) -> None:
        self._store = store
        self._most_seconds = most_seconds
        self._asking: asyncio.Task[None] | None = None

    async def cause(self) -> str:
        """Return why the store cannot be used now, in one word; empty when it can."""
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
        """End a question that is under way."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
