"""The everyday tasks that a request for a program may be about."""

from collections.abc import Sequence

from dialogs.core.content import Content
from dialogs.core.query import Asking, match
from knowledge.language.masking import mask
from knowledge.software.everyday import TaskGuess


def guess_tasks(content: Content, words: str, municipality_id: str | None) -> Asking[Sequence[TaskGuess]]:
    """Return the likely tasks; the words are encoded as a message would be, in the matcher's thread."""
    if not content.tasks.tasks:
        return ()
    masked = mask(words)
    matched = yield from match(masked, municipality_id=municipality_id)
    return content.tasks.guess(masked, matched.vector)
