"""The note on masked numbers below an answer that has none of its own."""

from dialogs.ask.cards import masking
from dialogs.core.decision import NOTHING, Decision, Reply, do
from dialogs.core.event import Event
from dialogs.core.texts import Texts


def told_what_was_masked(event: Event, texts: Texts) -> Decision:
    """Return the message about the masked numbers of a typed message, if it had any."""
    found = event.said.utterance.found
    return do(Reply(slot=f"ask/{event.id}/masked", message=masking(texts, found))) if found else NOTHING
