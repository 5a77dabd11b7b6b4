"""The state of the installation, as ``heia doctor`` finds it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthFinding:
    """One finding.

    ``state`` is ok, warn or fail; ``found`` and ``advice`` are for the operator, in English. ``key`` and ``values``
    make the sentence on the page, which ``municipality_id`` may read, too; they are empty without one.
    """

    area: str
    state: str
    found: str
    advice: str = ""
    key: str = ""
    values: Mapping[str, int | str] = field(default_factory=dict)
    municipality_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthReport:
    """The findings of one examination.

    ``complete``: it came to its end. ``under_way``: a newer one is being made.
    """

    at: datetime
    findings: tuple[HealthFinding, ...]
    complete: bool = True
    under_way: bool = False


# Returns a report; with True a new one, unless the last is only a moment old.
Examination = Callable[[bool], Awaitable[HealthReport]]
