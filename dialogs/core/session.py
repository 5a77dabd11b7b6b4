"""Conversation state of a person between turns, and a number that is split over two messages."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Purpose, month_term
from dialogs.core.decision import Decision, Put, put
from dialogs.core.event import Event
from dialogs.core.query import Asking, Flow, find
from dialogs.core.web_utterance import WebUtterance
from knowledge.article.article import Language
from knowledge.language.masking import continues, last_digits, mask_rest
from knowledge.software.program import ProgramUse

# Search term of the sessions that have turns or a list to refer back to.
CONTEXT: Final = "context"


class TopicKind(StrEnum):
    """What a card is about that a short reply may refer to."""

    PROGRAM = "program"
    AMBASSADORS = "ambassadors"
    COURSES = "courses"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What the last card was about.

    ``offered`` is the program to apply for, the unit of the ambassadors, or the ids of the listed course sessions with
    blanks between them; ``use`` the user group of the program.
    """

    kind: Annotated[TopicKind, Purpose.ANSWER]
    offered: Annotated[str, Purpose.ANSWER] = ""
    use: Annotated[ProgramUse, Purpose.ANSWER] = ProgramUse.STAFF


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """State of one person's conversation.

    ``question_id`` is the last question, which "yes" or "the second one" refers to. ``article_id`` is the last answer,
    ``turns`` the answers of at most five turns about the same subject (empty for a turn without), latest last, and
    ``announcement_id`` the last announcement read: the context for short follow-ups. ``heard`` is the language of the
    last clear message: a person's language changes when a second one follows. ``talking_in`` is the handoff
    that receives the person's messages, if any. ``suggestions`` is the slot of an editor's list of waiting suggestions,
    and ``own_questions`` that of the person's own questions to colleagues; both are kept current. ``asked`` counts the
    stored questions; see ``ask.kept``. ``sent`` counts the questions sent to colleagues within a day from
    ``sent_since``. ``programs`` is the last list of programs, if no answer came after it, and ``program_use`` the user
    group it is for; ``topic`` is that of the last card, by the same rule.
    ``digits`` are the last groups of digits, six at most, said at ``digits_at``: the next message may hold the rest of
    an identity, account or card number.
    """

    KIND: ClassVar[str] = "session"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one; the answers, the programs, the last card and the digits it refers back to go the next night",
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
    topic: Annotated[Topic | None, Purpose.ANSWER] = None
    talking_in: Annotated[str | None, Purpose.HELP] = None
    suggestions: Annotated[str | None, Purpose.HELP] = None
    own_questions: Annotated[str | None, Purpose.HELP] = None
    asked: Annotated[int, Purpose.ORDER] = 0
    sent: Annotated[int, Purpose.ORDER] = 0
    sent_since: Annotated[datetime | None, Purpose.TIME] = None
    digits: Annotated[str, Purpose.ORDER] = ""
    digits_at: Annotated[datetime | None, Purpose.TIME] = None
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        """Return the terms for retention; the session is read by person id."""
        yield month_term(self.changed_at)
        if self.turns or self.programs or self.topic or self.digits:
            yield CONTEXT


def session_of(person_id: str, at: datetime) -> Asking[Session]:
    """Return the person's session, or a new one."""
    return (yield from find(Session, person_id)) or Session(id=person_id, changed_at=at)


def keep_topic(event: Event, topic: Topic) -> Asking[Decision]:
    """Return the decision that keeps what a card is about, in place of an earlier list."""
    session = yield from session_of(event.person_id, event.at)
    return put(replace(session, topic=topic, programs=(), changed_at=event.at))


# Masking of a number that is split over two messages of one conversation.

REMEMBERED_FOR: Final = timedelta(minutes=10)


def with_split_numbers(event: Event, flow: Callable[[Event], Flow]) -> Flow:
    """Return the decision of a flow on a message without the rest of a number that the message before began."""
    session = yield from session_of(event.person_id, event.at)
    recent = session.digits_at is not None and event.at - session.digits_at <= REMEMBERED_FOR
    before = session.digits if recent else ""
    said = replace(event.said, utterance=mask_rest(event.said.utterance, before))
    decision = yield from flow(replace(event, what=said))
    if said.utterance != event.said.utterance and said.stored_as is not None:
        stored = yield from find(WebUtterance, said.stored_as)
        if stored is not None and stored.person_id == event.person_id:
            decision = with_fields(decision, stored, text=said.utterance)
    kept = before if said.utterance == event.said.utterance and continues(said.utterance) else ""
    digits = last_digits(f"{kept}; {said.utterance}" if kept else said.utterance)
    if digits == session.digits and digits == before:
        return decision
    at = session.digits_at if kept else event.at
    return with_fields(decision, session, digits=digits, digits_at=at if digits else None)


def with_fields(decision: Decision, record: Session | WebUtterance, **changes: object) -> Decision:
    """Return a decision that changes fields of a record as well, which it may write itself."""
    written = [
        write.record
        for write in decision.writes
        if isinstance(write, Put) and (write.record.KIND, write.record.id) == (record.KIND, record.id)
    ]
    latest = written[-1] if written else record
    others = tuple(write for write in decision.writes if not (isinstance(write, Put) and write.record is latest))
    return replace(decision, writes=(*others, Put(record=replace(latest, **changes))))  # type: ignore[type-var]
