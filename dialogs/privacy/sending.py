"""An export as messages to the actor's own chat."""

from collections.abc import Sequence

from dialogs.core.content import Content
from dialogs.core.decision import Decision, Post, Reply, do
from dialogs.core.event import Event, Scope
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from dialogs.privacy import cards
from dialogs.privacy.export import besides_of, exported, parts
from dialogs.privacy.found import held_of


def export_messages(
    event: Event, content: Content, texts: Texts, person: Person
) -> Asking[tuple[tuple[Message, ...], int]]:
    """Return all data of a person as messages, as many as the channel needs, and the number of records."""
    held = yield from held_of(person.id)
    text = exported(held, of=person.id, at=event.at, besides=besides_of(person, texts))
    chunks = list(parts(text, most=content.channels.of(event.channel).longest_text))
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
