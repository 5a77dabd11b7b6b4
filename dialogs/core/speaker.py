"""Who an event comes from and how they are answered: the person, the language, the place of the card."""

from dataclasses import dataclass

from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, Post, Reply, do
from dialogs.core.event import Event, Pressed, Scope
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, find
from dialogs.core.texts import Texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A person and the sentences of their language."""

    person: Person
    texts: Texts


def speaker_of(event: Event, world: Content) -> Asking[Speaker]:
    """Return who the event comes from; somebody not met before is nameless, placed nowhere and reads Bokmål."""
    person = (yield from find(Person, event.person_id)) or Person(id=event.person_id, name="", created_at=event.at)
    return Speaker(person=person, texts=world.texts[person.language])


def slot_of(event: Event, flow: str) -> str:
    """Return where a flow's card goes: into the pressed card when that is the flow's own, else below what was said."""
    if isinstance(event.what, Pressed) and (event.what.slot or "").startswith(f"{flow}/"):
        return event.what.slot or ""
    return f"{flow}/{event.id}"


def answer(event: Event, flow: str, message: Message, texts: Texts) -> Decision:
    """Show a card that is the speaker's alone: here when nobody else reads along, else in their own chat."""
    if event.scope is Scope.PERSONAL:
        return do(Reply(slot=slot_of(event, flow), message=message))
    elsewhere = texts("common.sent_privately")
    own = Post(to=event.person_id, slot=f"{flow}/{event.id}", message=message)
    if isinstance(event.what, Pressed) and event.what.slot:
        return do(own, Notice(text=elsewhere))
    return do(own, Reply(slot=f"{flow}/{event.id}", message=Message(text=elsewhere)))
