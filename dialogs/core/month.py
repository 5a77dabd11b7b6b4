"""The coarse date records are found by when their time is up."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

LOOK_BACK: Final = 60
"""Months before the last expired one that are looked through too, for a bot that stood still."""


def month_term(at: datetime) -> str:
    """Return the term of the month ``at`` lies in, in UTC: ``month:2026-11``."""
    return f"month:{at.astimezone(UTC):%Y-%m}"


def latest_month_terms(at: datetime, *, months: int) -> Iterator[str]:
    """Yield the terms of the month ``at`` lies in and of those before it, ``months`` in all, newest first."""
    now = at.astimezone(UTC)
    last = now.year * 12 + now.month - 1
    for month in range(last, last - months, -1):
        yield f"month:{month // 12:04d}-{month % 12 + 1:02d}"


def expired_month_terms(at: datetime, *, months: int) -> Iterator[str]:
    """Yield the terms of months that began at least ``months`` months ago, oldest first.

    What is removed by them is never kept longer than ``months``, and at least one month less.
    """
    now = at.astimezone(UTC)
    last = now.year * 12 + now.month - 1 - months
    for month in range(last - LOOK_BACK, last + 1):
        yield f"month:{month // 12:04d}-{month % 12 + 1:02d}"
