"""What a person has written and not sent yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.core.month import month_term


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A question the asker has not sent yet. Its id becomes the handoff's."""

    KIND: ClassVar[str] = "handoff_draft"
    SCHEMA: ClassVar[int] = 1

    id: str
    asker_id: str
    question: str
    question_id: str | None = None
    article_id: str | None = None
    topics: frozenset[str] = frozenset()
    images: tuple[str, ...] = ()
    created_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"person:{self.asker_id}"
        yield month_term(self.created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Words a person wrote while it was unclear to whom; kept until they choose. ``id`` is the person's."""

    KIND: ClassVar[str] = "unsent"
    SCHEMA: ClassVar[int] = 1

    id: str
    text: str
    images: tuple[str, ...] = ()
    at: datetime

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"person:{self.id}"
        yield month_term(self.at)
