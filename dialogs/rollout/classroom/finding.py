"""Sessions a person may sign up for, and the order in which they are listed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Notice, do
from dialogs.core.person import Person
from dialogs.core.query import Asking, find_all
from dialogs.core.refusal import EventRefused
from dialogs.rollout.classroom.model import ClassSession
from knowledge.language.text import words

# Shorter words, such as "i" and "for", name no course.
_SHORTEST_NAME: Final = 4


def class_refusal(text: str) -> EventRefused:
    """Return the refusal with this reason, to be raised."""
    return EventRefused(do(Notice(text=text)))


def is_for(person: Person, session: ClassSession, content: Content) -> bool:
    """Return whether a session is meant for the person: the municipality, and the unit's branch if it has one."""
    if person.is_outsider or person.municipality_id != session.municipality_id:
        return False
    if session.unit_id is None:
        return True
    unit = content.organisation.find_unit(person.unit_id or "")
    return unit is not None and any(ancestor.id == session.unit_id for ancestor in content.organisation.path(unit.id))


def upcoming_for(person: Person, content: Content, at: datetime) -> Asking[tuple[ClassSession, ...]]:
    """Return the sessions that the person may sign up for, the next one first."""
    planned = yield from find_all(ClassSession, f"planned@{person.municipality_id}")
    meant = [session for session in planned if session.open_at(at) and is_for(person, session, content)]
    return tuple(sorted(meant, key=lambda session: (session.starts_at, session.id)))


def named_first(sessions: Sequence[ClassSession], utterance: str) -> tuple[ClassSession, ...]:
    """Return the sessions with those first that have words of the message in a title; otherwise in the same order."""
    asked = {word for word in words(utterance.casefold()) if len(word) >= _SHORTEST_NAME}

    def words_named(session: ClassSession) -> int:
        names = set(words(" ".join(session.names.values()).casefold()))
        return sum(any(name.startswith(word) or word.startswith(name) for name in names) for word in asked)

    return tuple(sorted(sessions, key=lambda session: -words_named(session)))


def read_words(utterance: str, content: Content, municipality_id: str | None) -> Mapping[str, str]:
    """Return the message itself, by which the list of sessions is ordered."""
    return {"words": utterance}
