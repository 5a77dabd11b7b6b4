"""A question with those that it continues: "og på mobil?" says little alone."""

from typing import Final

from dialogs.core.query import Asking, find
from dialogs.core.question import Question

# The newest, and those before it that it continues.
MAX_QUESTIONS: Final = 5


def words_of_thread(question: Question) -> Asking[str]:
    """Return the words of the questions that a question continues, then its own, a line each."""
    said, earlier = [question.utterance], question
    while earlier.follows_id is not None and len(said) < MAX_QUESTIONS:
        found = yield from find(Question, earlier.follows_id)
        if found is None or found.person_id != question.person_id:
            break
        earlier = found
        said.insert(0, earlier.utterance)
    return "\n".join(said)
