"""An export as messages to the actor's own chat."""

from collections.abc import Iterator, Sequence

from dialogs.core.content import Content
from dialogs.core.decision import Decision, Post, Reply, do
from dialogs.core.event import Event, Scope
from dialogs.core.image import Image
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from dialogs.privacy import cards
from dialogs.privacy.export import besides_of, exported, parts
from dialogs.privacy.own_data import OwnData, own_data_of


def export_messages(
    event: Event, content: Content, texts: Texts, person: Person
) -> Asking[tuple[tuple[Message, ...], int]]:
    """Return all data of a person as messages, as many as the channel needs, and the number of rows. Images follow."""
    data = yield from own_data_of(person)
    text = exported(data, at=event.at, besides=besides_of(person, texts))
    chunks = list(parts(text, most=content.channels.of(event.channel).longest_text))
    messages = tuple(
        cards.export_part(texts, chunk, number=number, of=len(chunks)) for number, chunk in enumerate(chunks, start=1)
    )
    return (*messages, *_images(texts, data)), data.number


def _images(texts: Texts, data: OwnData) -> Iterator[Message]:
    images = [record for held_data in data.held for record in held_data.records if isinstance(record, Image)]
    for number, image in enumerate(images, start=1):
        yield Message(text=texts("privacy.export_image", number=number, of=len(images)), image_id=image.id)


def sent_to_own_chat(event: Event, flow: str, messages: Sequence[Message]) -> Decision:
    """Send messages in order, always to the actor's own chat; images later, at the pace of the channel."""

    def sent(number: int, message: Message) -> Reply | Post:
        slot = f"{flow}/{event.id}/{number}"
        if event.scope is Scope.PERSONAL and message.image_id is None:
            return Reply(slot=slot, message=message)
        return Post(to=event.person_id, slot=slot, message=message)

    return do(*(sent(number, message) for number, message in enumerate(messages, start=1)))
