"""The published statistics of a closed week or month."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Annotated, ClassVar, Self

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose
from dialogs.core.month import month_term
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Transition


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffFigures:
    """Hand-offs of a period, as work items; nothing of them is hidden.

    Attributes:
        created: asked in the period.
        resolved: resolved in the period; ``own_unit`` of them by a helper in the asker's unit.
        accept_minutes, resolve_minutes: from asking to the first acceptance and to the resolution, of those accepted
            or resolved in the period, sorted.
    """

    created: Annotated[int, Purpose.IMPROVE] = 0
    resolved: Annotated[int, Purpose.IMPROVE] = 0
    own_unit: Annotated[int, Purpose.IMPROVE] = 0
    accept_minutes: Annotated[tuple[int, ...], Purpose.IMPROVE] = ()
    resolve_minutes: Annotated[tuple[int, ...], Purpose.IMPROVE] = ()

    @classmethod
    def total(cls, figures: Iterable[Self]) -> Self:
        """Return the figures of several periods together."""
        parts = list(figures)
        return cls(
            created=sum(part.created for part in parts),
            resolved=sum(part.resolved for part in parts),
            own_unit=sum(part.own_unit for part in parts),
            accept_minutes=tuple(sorted(minutes for part in parts for minutes in part.accept_minutes)),
            resolve_minutes=tuple(sorted(minutes for part in parts for minutes in part.resolve_minutes)),
        )

    @classmethod
    def accepted_one(cls, handoff: Handoff, at: datetime) -> Self:
        return cls(accept_minutes=(_minutes(handoff.created_at, at),))

    @classmethod
    def resolved_one(cls, handoff: Handoff, at: datetime, *, own_unit: bool) -> Self:
        return cls(resolved=1, own_unit=int(own_unit), resolve_minutes=(_minutes(handoff.created_at, at),))


def first_accepted_at(handoff: Handoff) -> datetime | None:
    """Return when a helper first took the question."""
    return next((entry.at for entry in handoff.history if entry.what is Transition.ACCEPTED), None)


def _minutes(start: datetime, end: datetime) -> int:
    return max(0, round((end - start).total_seconds() / 60))


def percentile(values: tuple[int, ...], share: float) -> int | None:
    """Return the smallest of the sorted values that ``share`` of them do not exceed; None without values."""
    return values[max(0, ceil(share * len(values)) - 1)] if values else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedPeriod:
    """Published numbers of one municipality and closed week or month. They never change, and refer to no person.

    Attributes:
        cells: numbers by cell (``dialogs/insight/cells.py``); None is hidden, a missing cell is zero.
        people: distinct registered people that asked; None for fewer than five, or with hidden questions.
        weeks_sum: of a month, for each hidden cell the sum of its weeks that are published.
        weekly: the questions of each week of a month, in order; None is hidden.
    """

    KIND: ClassVar[str] = "closed_period"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: a week or month of a municipality has one",
        whose=Whose.NOBODY,
        months=36,
        dated="ended_at",
        terms=(),
        erasing=Erasing.KEPT,
    )

    municipality_id: Annotated[str, Purpose.PLACE]
    period: Annotated[str, Purpose.TIME]
    cells: Annotated[Mapping[str, int | None], Purpose.IMPROVE] = field(default_factory=dict)
    people: Annotated[int | None, Purpose.IMPROVE] = None
    weeks_sum: Annotated[Mapping[str, int], Purpose.IMPROVE] = field(default_factory=dict)
    weekly: Annotated[Mapping[str, int | None], Purpose.IMPROVE] = field(default_factory=dict)
    handoffs: HandoffFigures = field(default_factory=HandoffFigures)
    ended_at: Annotated[datetime, Purpose.TIME]

    @property
    def id(self) -> str:
        """Unique per municipality and period."""
        return period_id(self.municipality_id, self.period)

    def terms(self) -> Iterable[str]:
        yield f"period:{self.period}"
        yield month_term(self.ended_at)


def period_id(municipality_id: str, period: str) -> str:
    return f"{municipality_id}:{period}"
