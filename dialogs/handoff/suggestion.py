"""A helper's suggestion for the knowledge, which an editor approves or rejects."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from dialogs.core.month import month_term
from knowledge.article.article import Language


class Verdict(StrEnum):
    """Decision of the editors."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A question and its answer, both masked.

    With ``article_id``, the question is a new phrasing of that article. Without it, question and answer are a new
    article.
    """

    KIND: ClassVar[str] = "suggestion"
    SCHEMA: ClassVar[int] = 1

    id: str
    municipality_id: str
    handoff_id: str
    language: Language
    question: str
    answer: str
    article_id: str | None = None
    by: str
    verdict: Verdict = Verdict.WAITING
    decided_by: str | None = None
    created_at: datetime
    decided_at: datetime | None = None

    def terms(self) -> Iterable[str]:
        """Return the search terms of the record."""
        yield f"person:{self.by}"
        yield f"handoff:{self.handoff_id}"
        yield month_term(self.created_at)
        yield f"{self.verdict}@{self.municipality_id}"
        yield f"{self.verdict}:{self.by}"

    def decide(self, verdict: Verdict, *, by: str, at: datetime) -> Self:
        """Return the suggestion with a verdict; later verdicts have no effect."""
        if self.verdict is not Verdict.WAITING:
            return self
        return replace(self, verdict=verdict, decided_by=by, decided_at=at)
