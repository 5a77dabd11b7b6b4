"""Retry of a decision that a concurrent write made stale."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bot.ports import Conflict, Key, StoreUnavailable

# A record that is written as often as this within one decision is written in a loop somewhere.
MAX_TRIES: Final = 8

T = TypeVar("T")


async def retry_on_conflict(attempt: Callable[[], Awaitable[T]], *, reason: str, only: Key | None = None) -> T:
    """Read, decide and commit in ``attempt``, again after each conflict.

    Args:
        only: record whose conflicts are retried; None: all.

    Raises:
        StoreUnavailable: with ``reason``; the last of ``MAX_TRIES`` conflicted, too.
        Conflict: on another record than ``only``.
    """
    for tried in range(1, MAX_TRIES + 1):
        try:
            return await attempt()
        except Conflict as conflict:
            if only is not None and conflict.key != only:
                raise
            if tried == MAX_TRIES:
                raise StoreUnavailable(reason) from conflict
    raise AssertionError("unreachable: the last try returns or raises")
