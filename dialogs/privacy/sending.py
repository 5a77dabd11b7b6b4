"""An export as messages to the actor's own chat."""

from collections.abc import Sequence

from dialogs.core.decision import Decision, Post, Reply, do
from dialogs.core.event import ChannelName, Event, Scope
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from dialogs.privacy import cards
from dialogs.privacy.export import MOST_CHARACTERS, besides_of, exported, parts
from dialogs.privacy.found import held_of


def export_messages(event: Event, texts: Texts, person: Person) -> Asking[tuple[tuple[Message, ...], int]]:
    """Return all data of a person as messages, and the number of records.

    On the web it is one message, otherwise as many as needed.
    """
    held = yield from held_of(person.id)
    most = None if event.channel is ChannelName.WEB else MOST_CHARACTERS
    text = exported(held, of=person.id, at=event.at, besides=besides_of(person, texts))
    chunks = list(parts(text, most=most))
    messages = tuple(
        cards.export_part(texts, chunk, number=number, of=len(chunks)) for number, chunk in enumerate(chunks, start=1)
    )
    return messages, sum(len(found.records) for found in held)


def sent_to_own_chat(event: Event, flow: str, messages: Sequence[Message]) -> Decision:
    """Send messages in order, always to the actor's own chat."""
    slots = [f"{flow}/{event.id}/{number}" for number in range(1, len(messages) + 1)]
    if event.scope is Scope.PERSONAL:
        return do(*(Reply(slot=slot, message=message) for slot, message in zip(slots, messages, strict=True)))
    return do(
        *(Post(to=event.person_id, slot=slot, message=message) for slot, message in zip(slots, messages, strict=True))
    )
