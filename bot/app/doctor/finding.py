"""The result of one check."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

SOON: Final = timedelta(days=30)
URGENT: Final = timedelta(days=7)


class FindingState(StrEnum):
    """State of a finding. FAIL: something does not work; WARN: it works but needs attention."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding in one area, with advice. Contains ids, counts and setting names, never a secret.

    Attributes:
        key: of the sentence about it on the page of operation, ``desk.operation.finding.<key>``; empty without one.
        values: filled into the sentence; numbers and days.
        municipality_id: the municipality that it concerns, which may read the sentence; empty for the service.
    """

    area: str
    state: FindingState
    found: str
    advice: str = ""
    key: str = ""
    values: Mapping[str, int | str] = field(default_factory=dict)
    municipality_id: str = ""

    def explained(self, key: str, *, at: str = "", **values: int | str) -> Self:
        """Return the finding with its sentence; ``at`` is the municipality that it concerns."""
        return replace(self, key=key, municipality_id=at, values=values)


def ok(area: str, found: str) -> Finding:
    return Finding(area=area, state=FindingState.OK, found=found)


def warn(area: str, found: str, advice: str) -> Finding:
    """Return a WARN finding: works, but needs attention."""
    return Finding(area=area, state=FindingState.WARN, found=found, advice=advice)


def fail(area: str, found: str, advice: str) -> Finding:
    """Return a FAIL finding: does not work."""
    return Finding(area=area, state=FindingState.FAIL, found=found, advice=advice)


def expiry_findings(area: str, name: str, ends: datetime | None, advice: str, now: datetime) -> Iterator[Finding]:
    """Yield a finding for a credential that ended or ends soon; none for one without a known end."""
    if ends is None:
        return
    if ends <= now:
        yield fail(area, f"{name} ended {ends:%Y-%m-%d}", advice).explained("key_ended", day=f"{ends:%Y-%m-%d}")
    elif ends - now < SOON:
        level = fail if ends - now < URGENT else warn
        yield level(area, f"{name} ends {ends:%Y-%m-%d}", advice).explained("key_ends", day=f"{ends:%Y-%m-%d}")
