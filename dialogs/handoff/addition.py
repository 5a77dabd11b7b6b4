"""What an approved suggestion has added to the knowledge, until somebody takes it back."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Self

from dialogs.core.month import month_term
from knowledge.article.article import Language

EVERY = "all"
LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """A new way to ask for an article, or the draft of a new article; both masked. ``id`` is the suggestion's.

    ``article_id`` set: ``question`` is understood as asking for it. None: question and answer are a draft, which
    answers nobody until an editor has made an article of it. What the bot does not understand by is kept no longer than
    the suggestion it came from, which is dated ``suggested_at``; where that was not written down, it is as old as the
    approval.
    """

    KIND: ClassVar[str] = "addition"
    SCHEMA: ClassVar[int] = 1

    id: str
    municipality_id: str
    handoff_id: str
    language: Language
    article_id: str | None = None
    question: str
    answer: str
    added_by: str
    added_at: datetime
    suggested_at: datetime | None = None
    undone_by: str | None = None
    undone_at: datetime | None = None

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield EVERY
        yield f"handoff:{self.handoff_id}"
        yield f"editor:{self.added_by}"
        yield LIVE if self.live else month_term(self.suggested_at or self.added_at)

    @property
    def live(self) -> bool:
        """Whether the bot understands by it now."""
        return self.article_id is not None and self.undone_at is None

    def undo(self, *, by: str, at: datetime) -> Self:
        """Return it taken back, its words gone; the first time counts."""
        return self if self.undone_at is not None else replace(self, question="", answer="", undone_by=by, undone_at=at)
