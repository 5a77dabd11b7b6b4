"""Waiting that ends early on a stop event."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def wait_or_stop(until: Coroutine[Any, Any, Any], stop: asyncio.Event) -> None:
    """Wait for ``until`` or ``stop``, the first of the two.

    Raises the exceptions of ``until``.
    """
    waiting = asyncio.ensure_future(until)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not waiting.done():
            waiting.cancel()
        # Wait for the cancellations, so that no task outlives this call.
        await asyncio.gather(waiting, stopping, return_exceptions=True)
    if not waiting.cancelled():
        waiting.result()
