"""Conversation state of a person between turns."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from dialogs.core.month import month_term
from dialogs.core.query import Asking, find


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """State of one person's conversation.

    ``article_id`` is the last answer and ``announcement_id`` the last announcement read: the context for short
    follow-ups. ``talking_in`` is the handoff that receives the person's messages, if any. ``suggestions`` is the slot
    of an editor's list of waiting suggestions, which is kept up to date. ``asked`` counts the stored questions; see
    ``ask.kept``. ``sent`` counts the questions sent to colleagues within a day from ``sent_since``.
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
        """Return the month term for retention; the session is read by person id."""
        yield month_term(self.changed_at)


def session_of(person_id: str, at: datetime) -> Asking[Session]:
    """Return the person's session, or a new one."""
    return (yield from find(Session, person_id)) or Session(id=person_id, changed_at=at)
