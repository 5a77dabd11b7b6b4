"""How many of a person's questions are kept: the newest, so that no one can fill the store by asking."""

from dataclasses import replace
from typing import Final

from dialogs.ask.model import Question
from dialogs.decision import Decision, Remove, put
from dialogs.query import Asking, find_all
from dialogs.session import Session

MOST_KEPT: Final = 1_000
DROPPED_AT_ONCE: Final = 100
"""Looking for the oldest reads them all, so it is done once for so many new ones."""


def kept(question: Question, thread: Session) -> Asking[Decision]:
    """Return the decision that keeps a new question, counts it in the session, and drops the oldest beyond the cap."""
    if thread.asked < MOST_KEPT:
        return put(question, replace(thread, asked=thread.asked + 1))
    # The session only ever counts up; retention may have removed some meanwhile.
    held = yield from find_all(Question, f"person:{question.person_id}")
    oldest = sorted(held, key=lambda each: (each.asked_at, each.id))[: max(0, len(held) - MOST_KEPT + DROPPED_AT_ONCE)]
    removed = Decision(writes=tuple(Remove(kind=Question, id=each.id) for each in oldest))
    return removed + put(question, replace(thread, asked=len(held) - len(oldest) + 1))
