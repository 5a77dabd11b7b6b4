"""Look at the timers of a store."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.ports import Store, Timer


async def due_timers(store: Store, *, now: datetime, limit: int) -> Sequence[Timer]:
    """Return the timers due at ``now``, earliest first, and reserve none."""
    return await store.take_timers(now=now, hold_for=timedelta(0), limit=limit)
