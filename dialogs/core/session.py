"""What the bot remembers of a person's conversation from one turn to the next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.core.month import month_term
from dialogs.core.query import Asking, find


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The thread of one person's conversation.

    ``article_id`` is what was answered last, ``announcement_id`` what was last read: the context of short follow-ups.
    ``talking_in`` is the handoff whose other end reads what the person writes, when there is one.
    ``suggestions`` is where an editor last asked for what waits; it is kept current there.
    ``asked`` counts the questions kept; see ``ask.kept``.
    ``sent`` counts the questions sent to colleagues from ``sent_since``, for a day.
    """

    KIND: ClassVar[str] = "session"
    SCHEMA: ClassVar[int] = 1

    id: str
    article_id: str | None = None
    announcement_id: str | None = None
    talking_in: str | None = None
    suggestions: str | None = None
    asked: int = 0
    sent: int = 0
    sent_since: datetime | None = None
    changed_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the month it was last used in; the session itself is looked up by its person."""
        yield month_term(self.changed_at)


def session_of(person_id: str, at: datetime) -> Asking[Session]:
    """Return the person's session, a new one when there is none."""
    return (yield from find(Session, person_id)) or Session(id=person_id, changed_at=at)
