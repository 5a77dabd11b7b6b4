"""Conversation state of a person between turns."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Purpose
from dialogs.core.month import month_term
from dialogs.core.query import Asking, find
from knowledge.article.article import Language
from knowledge.software.program import ProgramUse

# Search term of the sessions that have turns or a list to refer back to.
CONTEXT: Final = "context"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """State of one person's conversation.

    ``question_id`` is the last question, which "yes" or "the second one" refers to. ``article_id`` is the last answer,
    ``turns`` the answers of at most five turns about the same subject (empty for a turn without), latest last, and
    ``announcement_id`` the last announcement read: the context for short follow-ups. ``heard`` is the language of the
    last clear message: a person's language changes when a second one follows. ``talking_in`` is the handoff
    that receives the person's messages, if any. ``suggestions`` is the slot of an editor's list of waiting suggestions,
    which is kept up to date. ``asked`` counts the stored questions; see ``ask.kept``. ``sent`` counts the questions
    sent to colleagues within a day from ``sent_since``. ``programs`` is the last list of programs, if no answer came
    after it, and ``program_use`` the user group it is for. ``digits`` are the last groups of digits, six at
    most, said at ``digits_at``: the next message may hold the rest of an identity, account or card number.
    """

    KIND: ClassVar[str] = "session"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one; the answers, the list of programs and the digits it refers back to go the next night",
        months=12,
        dated="changed_at",
        terms=(),
        by_id=True,
    )

    id: Annotated[str, Purpose.ORDER]
    question_id: Annotated[str | None, Purpose.ANSWER] = None
    article_id: Annotated[str | None, Purpose.ANSWER] = None
    turns: Annotated[tuple[str, ...], Purpose.ANSWER] = ()
    heard: Annotated[Language | None, Purpose.ANSWER] = None
    announcement_id: Annotated[str | None, Purpose.ANSWER] = None
    programs: Annotated[tuple[str, ...], Purpose.ANSWER] = ()
    program_use: Annotated[ProgramUse, Purpose.ANSWER] = ProgramUse.STAFF
    talking_in: Annotated[str | None, Purpose.HELP] = None
    suggestions: Annotated[str | None, Purpose.HELP] = None
    asked: Annotated[int, Purpose.ORDER] = 0
    sent: Annotated[int, Purpose.ORDER] = 0
    sent_since: Annotated[datetime | None, Purpose.TIME] = None
    digits: Annotated[str, Purpose.ORDER] = ""
    digits_at: Annotated[datetime | None, Purpose.TIME] = None
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        """Return the terms for retention; the session is read by person id."""
        yield month_term(self.changed_at)
        if self.turns or self.programs or self.digits:
            yield CONTEXT


def session_of(person_id: str, at: datetime) -> Asking[Session]:
    """Return the person's session, or a new one."""
    return (yield from find(Session, person_id)) or Session(id=person_id, changed_at=at)
