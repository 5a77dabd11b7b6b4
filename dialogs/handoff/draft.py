"""Text that its author has not sent yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.core.month import month_term


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A question before sending. Its id becomes the id of the handoff."""

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
        """Return the search terms of the record."""
        yield f"person:{self.asker_id}"
        yield month_term(self.created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """A message held until its author chooses the recipient.

    ``id`` is the person id.
    """

    KIND: ClassVar[str] = "unsent"
    SCHEMA: ClassVar[int] = 1

    id: str
    text: str
    images: tuple[str, ...] = ()
    at: datetime

    def terms(self) -> Iterable[str]:
        """Return the search terms of the record."""
        yield f"person:{self.id}"
        yield month_term(self.at)
