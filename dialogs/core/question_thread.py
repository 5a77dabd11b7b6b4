"""A question with those that it continues: "og på mobil?" says little alone."""

from typing import Final

from dialogs.core.query import Asking, find
from dialogs.core.question import Question

# The first of a thread, which names the subject, and the newest.
MAX_QUESTIONS: Final = 5
# Questions that are read back to the first of a thread.
MAX_READ: Final = 20


def words_of_thread(question: Question, *, all_told: bool = False) -> Asking[str]:
    """Return the words of the questions that a question continues, then its own, a line each.

    Args:
        all_told: of each question all that the asker wrote about it.
    """

    def words(question: Question) -> str:
        return (all_told and question.told) or question.utterance

    said, earlier = [words(question)], question
    while earlier.follows_id is not None and len(said) < MAX_READ:
        followed = yield from find(Question, earlier.follows_id)
        if followed is None or followed.person_id != question.person_id:
            break
        earlier = followed
        said.insert(0, words(earlier))
    return "\n".join((*said[:1], *said[1:][1 - MAX_QUESTIONS :]))
