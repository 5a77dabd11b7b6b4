"""Parameters of an action, found in the words of a message; the chat and ``heia ask`` read them here."""

from collections.abc import Mapping
from typing import Final

from dialogs.ambassadors import finding
from dialogs.core.content import Content
from dialogs.core.event import Pressed
from dialogs.core.feature import Readers
from dialogs.profile import flow as profile
from dialogs.rollout.classroom import feature as classroom
from dialogs.rollout.learn import flow as learn
from dialogs.rollout.software.apply.flow import APPLY
from dialogs.rollout.software.lookup.naming import asks_to_apply, named_as_written, read_program, request_data
from dialogs.rollout.software.lookup.offering import LOOK_UP, is_in_articles
from dialogs.rollout.timeline import answer as timeline
from knowledge.language.excerpt import excerpt

# Each reader is declared beside its verb.
READERS: Final[Readers] = {
    **finding.READERS,
    **learn.READERS,
    **classroom.READERS,
    **timeline.READERS,
    **profile.READERS,
}


def parameters(
    verb: str, utterance: str, content: Content, municipality_id: str | None, *, vector: bytes = b""
) -> Mapping[str, str]:
    """Return the data for the verb of an action that a message asks for.

    Args:
        municipality_id: of the writer; its units are preferred.
        vector: of the message, as ``Match.vector`` has it.
    """
    if verb in {LOOK_UP, APPLY}:
        # A look-up shows possible meanings. An application names one program, and no description.
        guesses = content.tasks.guess(excerpt(utterance), vector) if verb == LOOK_UP else ()
        return read_program(utterance, content, municipality_id, guesses)
    reader = READERS.get(verb)
    return reader(utterance, content, municipality_id) if reader is not None else {}


def named_request(utterance: str, content: Content, municipality_id: str | None) -> Pressed | None:
    """Return the press of an action clear from its words: "er Miro godkjent", "søk om nytt program"."""
    if asks_to_apply(utterance, content):
        return Pressed(verb=APPLY)
    program = named_as_written(utterance, content, municipality_id)
    # An article about it, such as that on ChatGPT, may answer better.
    if not program or is_in_articles(program, content, municipality_id):
        return None
    return Pressed(verb=LOOK_UP, data=request_data(program, utterance, content, municipality_id))
