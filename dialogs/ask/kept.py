"""Cap on stored questions per person, so that asking cannot fill the store."""

from dataclasses import replace
from typing import Final

from dialogs.core.decision import Decision, Remove, put
from dialogs.core.query import Asking, find_all
from dialogs.core.question import Question
from dialogs.core.session import Session

# Questions stored per person; the oldest beyond it are deleted.
MAX_KEPT: Final = 1_000
# Finding the oldest reads all questions of the person, so it must not happen on every new one.
# Questions deleted at once.
DROPPED_AT_ONCE: Final = 100


def kept(question: Question, thread: Session) -> Asking[Decision]:
    """Return the decision that stores the question and enforces the cap.

    The session counts the stored questions.
    """
    if thread.asked < MAX_KEPT:
        return put(question, replace(thread, asked=thread.asked + 1))
    # The session only counts up, but retention may have deleted some questions, so count them.
    held = yield from find_all(Question, f"person:{question.person_id}")
    oldest = sorted(held, key=lambda each: (each.asked_at, each.id))[: max(0, len(held) - MAX_KEPT + DROPPED_AT_ONCE)]
    removed = Decision(writes=tuple(Remove(kind=Question, id=each.id) for each in oldest))
    return removed + put(question, replace(thread, asked=len(held) - len(oldest) + 1))
