"""The coarse date records are found by when their time is up."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta


def month_term(at: datetime) -> str:
    """Return the term of the month ``at`` lies in: ``month:2026-11``, in UTC."""
    return f"month:{at.astimezone(UTC):%Y-%m}"


def month_terms_before(at: datetime, *, earliest: date) -> Iterator[str]:
    """Yield the terms of every month from ``earliest`` to the one ``at`` lies in, oldest first."""
    last = at.astimezone(UTC).date().replace(day=1)
    month = earliest.replace(day=1)
    while month <= last:
        yield f"month:{month:%Y-%m}"
        month = (month + timedelta(days=32)).replace(day=1)
