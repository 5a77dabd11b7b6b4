"""Month terms: the coarse date by which expired records are found."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

# Additional months before the last expired one that are searched, in case the bot was not running.
LOOK_BACK: Final = 60


def month_term(at: datetime) -> str:
    """Return the term of the month of ``at``, in UTC: ``month:2026-11``."""
    return f"month:{at.astimezone(UTC):%Y-%m}"


def latest_month_terms(at: datetime, *, months: int) -> Iterator[str]:
    """Yield the terms of the month of ``at`` and the months before it, ``months`` in total, newest first."""
    now = at.astimezone(UTC)
    last = now.year * 12 + now.month - 1
    for month in range(last, last - months, -1):
        yield f"month:{month // 12:04d}-{month % 12 + 1:02d}"


def expired_month_terms(at: datetime, *, months: int) -> Iterator[str]:
    """Yield the terms of months that began at least ``months`` months ago, oldest first.

    Records removed by these terms are kept at most ``months`` months, and at least one month less.
    """
    now = at.astimezone(UTC)
    last = now.year * 12 + now.month - 1 - months
    for month in range(last - LOOK_BACK, last + 1):
        yield f"month:{month // 12:04d}-{month % 12 + 1:02d}"


def is_expired(at: datetime, *, now: datetime, months: int) -> bool:
    """Return whether the month of ``at`` is one of ``expired_month_terms``, or earlier."""
    born, today = at.astimezone(UTC), now.astimezone(UTC)
    return (today.year - born.year) * 12 + today.month - born.month >= months
