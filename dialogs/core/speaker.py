"""The author of an event, and where the answer goes."""

from dataclasses import dataclass

from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, Post, Reply, do
from dialogs.core.event import Event, Pressed, Scope
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, find
from dialogs.core.texts import Texts
from knowledge.article.article import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A person and the texts in the person's language."""

    person: Person
    texts: Texts


def speaker_of(event: Event, content: Content) -> Asking[Speaker]:
    """Return the author of the event.

    An unknown person has no name and unit, and reads Bokmål.
    """
    person = (yield from find(Person, event.person_id)) or Person(id=event.person_id, name="", created_at=event.at)
    return Speaker(person=person, texts=content.texts[person.language])


def find_texts(content: Content, person_id: str) -> Asking[Texts]:
    """Return the texts in a person's language; Bokmål for an unknown person."""
    person = yield from find(Person, person_id)
    return content.texts[person.language if person else Language.NB]


def slot_of(event: Event, flow: str) -> str:
    """Return the slot of a flow's card: the pressed card if it belongs to the flow, else a new one."""
    # The slot comes from the client: a card of another flow must not be overwritten.
    if isinstance(event.what, Pressed) and (event.what.slot or "").startswith(f"{flow}/"):
        return event.what.slot or ""
    return f"{flow}/{event.id}"


def answer(event: Event, flow: str, message: Message, texts: Texts) -> Decision:
    """Show a private card: here in a personal conversation, otherwise in the person's own chat."""
    if event.scope is Scope.PERSONAL:
        return do(Reply(slot=slot_of(event, flow), message=message))
    elsewhere = texts("common.sent_privately")
    # In a shared chat, all members would read the answer.
    own = Post(to=event.person_id, slot=f"{flow}/{event.id}", message=message)
    if isinstance(event.what, Pressed) and event.what.slot:
        return do(own, Notice(text=elsewhere))
    return do(own, Reply(slot=f"{flow}/{event.id}", message=Message(text=elsewhere)))
