"""One thing looked at."""

from dataclasses import dataclass
from enum import StrEnum


class FindingState(StrEnum):
    """How it stands. FAIL: something does not work; WARN: it works, and somebody should see to it."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found in one area, and what to do about it; ids, counts and names of settings, never a secret."""

    area: str
    state: FindingState
    found: str
    advice: str = ""


def ok(area: str, found: str) -> Finding:
    """Return that all is well."""
    return Finding(area=area, state=FindingState.OK, found=found)


def warn(area: str, found: str, advice: str) -> Finding:
    """Return that somebody should see to it."""
    return Finding(area=area, state=FindingState.WARN, found=found, advice=advice)


def fail(area: str, found: str, advice: str) -> Finding:
    """Return that it does not work."""
    return Finding(area=area, state=FindingState.FAIL, found=found, advice=advice)
