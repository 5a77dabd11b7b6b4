"""Commits refused because a record was written meanwhile: decide again, or let the other write stand."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from bot.ports import Commit, Conflict, Key, Store, StoreUnavailable

# A record that is written as often as this within one decision is written in a loop somewhere.
MAX_TRIES: Final = 8

T = TypeVar("T")


class WrittenTooOften(StoreUnavailable):
    """A decision conflicted ``MAX_TRIES`` times."""


async def retry_on_conflict(
    store: Store, attempt: Callable[[], Awaitable[T]], *, reason: str = "", only: Key | None = None
) -> T:
    """Read, decide and commit in ``attempt``, again after each conflict.

    Args:
        reason: of ``WrittenTooOften``; empty: names the kind of the last record.
        only: record whose conflicts are retried; None: all.

    Raises:
        WrittenTooOften: the last of ``MAX_TRIES`` conflicted, too.
        Conflict: on another record than ``only``.
    """
    for tried in range(1, MAX_TRIES + 1):
        try:
            return await attempt()
        except Conflict as conflict:
            if only is not None and conflict.key != only:
                raise
            if tried == MAX_TRIES:
                raise WrittenTooOften(reason or f"{conflict.key.kind} is written too often") from conflict
            store.decided_again(conflict.key.kind)
    raise AssertionError("unreachable: the last try returns or raises")


async def commit_if_unchanged(store: Store, commit: Commit) -> bool:
    """Commit; return False if a record was written meanwhile, whose write then stands. Raises StoreUnavailable."""
    try:
        await store.commit(commit)
    except Conflict:
        return False
    return True
