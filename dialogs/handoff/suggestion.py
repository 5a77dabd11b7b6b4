"""A helper's suggestion for the knowledge, which an editor approves or rejects."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Purpose, Whose, month_term
from dialogs.core.word_runs import words_terms
from knowledge.article.article import Language
from knowledge.organisation.unit import PersonId

_GAP: Final = "gap-"


def gap_id(question_id: str) -> str:
    """Return the id of the suggestion that shows a question to the editors."""
    return f"{_GAP}{question_id}"


class Verdict(StrEnum):
    """Decision of the editors."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    ANSWERED = "answered"  # Heia answers the question by now


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A question and its answer, both masked.

    With ``article_id``, the question is a new phrasing of that article. Without it, question and answer are a new
    article.

    Attributes:
        doubted: the asker said that this answer did not help, or opened the question again.
        missed_article_id: of a gap: the article that did not help, if there was one.
        words_of: the asker, and the answering helper; empty in records of earlier versions.
        proposed_in: of a phrasing that editors propose to those of the provider: the editors' municipality.
    """

    KIND: ClassVar[str] = "suggestion"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each handoff, 5 waiting questions that a person shows to the editors, 10 for each proposed theme",
        whose=Whose.HELPER,
        months=12,
        dated="created_at",
    )

    id: Annotated[str, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    handoff_id: Annotated[str, Purpose.ORDER]
    language: Annotated[Language, Purpose.IMPROVE]
    question: Annotated[str, Purpose.IMPROVE]
    answer: Annotated[str, Purpose.IMPROVE]
    article_id: Annotated[str | None, Purpose.IMPROVE] = None
    missed_article_id: Annotated[str | None, Purpose.IMPROVE] = None
    doubted: Annotated[bool, Purpose.IMPROVE] = False
    proposed_in: Annotated[str | None, Purpose.PLACE] = None
    words_of: Annotated[tuple[PersonId, ...], Purpose.EVIDENCE] = ()
    by: Annotated[PersonId, Purpose.EVIDENCE]
    verdict: Annotated[Verdict, Purpose.IMPROVE] = Verdict.WAITING
    decided_by: Annotated[PersonId | None, Purpose.EVIDENCE] = None
    created_at: Annotated[datetime, Purpose.TIME]
    decided_at: Annotated[datetime | None, Purpose.TIME] = None

    @property
    def is_gap(self) -> bool:
        """Whether it is a question that an asker showed to the editors: without a handoff, and ``by`` is the asker."""
        return not self.handoff_id and self.proposed_in is None

    @property
    def question_id(self) -> str:
        """The question that a gap shows; see ``gap_id``."""
        return self.id.removeprefix(_GAP)

    def terms(self) -> Iterable[str]:
        yield f"person:{self.by}"
        if self.handoff_id:
            yield f"handoff:{self.handoff_id}"
        if self.is_gap:
            yield f"gap:{self.by}"
        yield from words_terms(self.words_of)
        yield month_term(self.created_at)
        yield f"{self.verdict}@{self.municipality_id}"
        yield f"{self.verdict}:{self.by}"

    def decide(self, verdict: Verdict, *, by: str, at: datetime) -> Self:
        """Return the suggestion with a verdict; later verdicts have no effect."""
        if self.verdict is not Verdict.WAITING:
            return self
        return replace(self, verdict=verdict, decided_by=by, decided_at=at)
