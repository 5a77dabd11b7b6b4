"""Themes of closed weeks: what at least five registered people asked about without an answer, in no words of theirs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose
from dialogs.core.month import month_term
from dialogs.insight.enough import Band
from dialogs.insight.model import period_id
from dialogs.unanswered.reason import UnansweredReason
from knowledge.article.article import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """Similar unanswered questions of one closed week.

    Attributes:
        sentence: the nearest sentence that ships with the content; ``entry_id`` is the article, action, program or task
            that it belongs to.
        terms: words that enough people used, the most used first.
        people: registered askers.
        reasons: why they count as unanswered, each for enough people, the most frequent first.
    """

    entry_id: Annotated[str, Purpose.IMPROVE]
    sentence: Annotated[str, Purpose.IMPROVE]
    language: Annotated[Language, Purpose.IMPROVE]
    terms: Annotated[tuple[str, ...], Purpose.IMPROVE] = ()
    people: Annotated[Band, Purpose.IMPROVE]
    reasons: Annotated[tuple[UnansweredReason, ...], Purpose.IMPROVE] = ()

    def is_like(self, other: "Theme") -> bool:
        """Return whether two themes of different weeks are about the same subject."""
        shared = set(self.terms) & set(other.terms)
        if self.entry_id == other.entry_id and not (self.terms and other.terms):
            return True
        return bool(shared) and 2 * len(shared) >= min(len(self.terms), len(other.terms))


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeWeek:
    """The themes of a closed week for the editors of one municipality, the largest first. They never change.

    Those of the provider are about all municipalities, and come from enough people of two of them.
    """

    KIND: ClassVar[str] = "theme_week"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: a week of a municipality has one",
        whose=Whose.NOBODY,
        months=12,
        dated="ended_at",
        terms=(),
        erasing=Erasing.KEPT,
    )

    municipality_id: Annotated[str, Purpose.PLACE]
    week: Annotated[str, Purpose.TIME]
    themes: Annotated[tuple[Theme, ...], Purpose.IMPROVE] = ()
    ended_at: Annotated[datetime, Purpose.TIME]

    @property
    def id(self) -> str:
        """Unique per municipality and week."""
        return period_id(self.municipality_id, self.week)

    def terms(self) -> Iterable[str]:
        yield f"period:{self.week}"
        yield month_term(self.ended_at)
