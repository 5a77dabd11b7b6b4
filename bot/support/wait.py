"""Waiting that ends early when work is to stop."""

import asyncio
from collections.abc import Coroutine
from typing import Any


async def wait_or_stop(until: Coroutine[Any, Any, Any], stop: asyncio.Event) -> None:
    """Return when ``until`` has, or when ``stop`` is set. Raises what ``until`` raises."""
    waiting = asyncio.ensure_future(until)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({waiting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        if not waiting.done():
            waiting.cancel()
        await asyncio.gather(waiting, stopping, return_exceptions=True)
    if not waiting.cancelled():
        waiting.result()
