"""The result of one check."""

from dataclasses import dataclass
from enum import StrEnum


class FindingState(StrEnum):
    """State of a finding. FAIL: something does not work; WARN: it works but needs attention."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding in one area, with advice. Contains ids, counts and setting names, never a secret."""

    area: str
    state: FindingState
    found: str
    advice: str = ""


def ok(area: str, found: str) -> Finding:
    return Finding(area=area, state=FindingState.OK, found=found)


def warn(area: str, found: str, advice: str) -> Finding:
    """Return a WARN finding: works, but needs attention."""
    return Finding(area=area, state=FindingState.WARN, found=found, advice=advice)


def fail(area: str, found: str, advice: str) -> Finding:
    """Return a FAIL finding: does not work."""
    return Finding(area=area, state=FindingState.FAIL, found=found, advice=advice)
