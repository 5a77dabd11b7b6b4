"""The stored question, for its buttons and for editors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.core.month import month_term
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One utterance treated as a question.

    ``utterance`` is masked.

    Args:
        helped: the asker's feedback on the answer; None without feedback.
        images: ids of images sent with it, kept for a handoff.
    """

    KIND: ClassVar[str] = "question"
    SCHEMA: ClassVar[int] = 1

    id: str
    person_id: str
    municipality_id: str | None
    utterance: str
    language: Language
    outcome: OutcomeKind
    article_id: str | None = None
    confidence: float = 0.0
    candidates: tuple[str, ...] = ()
    announcement_id: str | None = None
    helped: bool | None = None
    images: tuple[str, ...] = ()
    asked_at: datetime

    def terms(self) -> Iterable[str]:
        """Return index terms."""
        yield f"person:{self.person_id}"
        yield f"outcome:{self.outcome}"
        yield month_term(self.asked_at)
        if self.article_id:
            yield f"article:{self.article_id}"
        if self.announcement_id:
            yield f"announcement:{self.announcement_id}"
        if self.outcome is not OutcomeKind.ANSWER or self.helped is False:
            yield "unanswered"
