"""Counts of removals, and the guard that lets mass removals wait for an administrator."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.directory.plan import FEW
from dialogs.provisioning.model import ScimCounts

SHARE: Final = 0.25
WINDOW: Final = timedelta(hours=24)
_HOUR: Final = "%Y-%m-%dT%H"


def may_remove(counts: ScimCounts, active: int, at: datetime) -> bool:
    """Return whether one more account may leave at once.

    Args:
        active: accounts active now, the one to remove included.
    """
    gone = sum(_within(counts.removed, at).values())
    return gone + 1 <= max(FEW, SHARE * (active + gone))


def with_removal(counts: ScimCounts, at: datetime) -> ScimCounts:
    """Return the counts with one more removal."""
    return replace(counts, removed=_one_more(counts.removed, at))


def with_refusal(counts: ScimCounts, at: datetime) -> tuple[ScimCounts, bool]:
    """Return the counts with one more refused pupil, and whether it is the first of its hour."""
    first = f"{at.astimezone(UTC):{_HOUR}}" not in counts.refused
    return replace(counts, refused=_one_more(counts.refused, at)), first


def _one_more(hours: Mapping[str, int], at: datetime) -> dict[str, int]:
    now = f"{at.astimezone(UTC):{_HOUR}}"
    kept = _within(hours, at)
    return {**kept, now: kept.get(now, 0) + 1}


def _within(hours: Mapping[str, int], at: datetime) -> dict[str, int]:
    # The hour in which the window begins counts whole.
    begins = f"{(at - WINDOW).astimezone(UTC):{_HOUR}}"
    return {hour: number for hour, number in hours.items() if hour >= begins}
