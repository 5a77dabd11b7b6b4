"""The author of an event or the reader of a view, and where the answer goes."""

from dataclasses import dataclass
from datetime import datetime

from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, Post, Reply, do
from dialogs.core.event import Event, Pressed, Scope
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find
from dialogs.core.refusal import EventRefused
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


# The reader of a view: what a card in the chat and a page of the desk show is read for one person.


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """A person with the texts in their language, the published content, and the time of reading."""

    person: Person
    texts: Texts
    content: Content
    at: datetime

    @property
    def is_provider(self) -> bool:
        """Whether the person works at the municipality that runs the service, and administers it."""
        own = self.person.municipality_id or ""
        return self.content.organisation.provides(own) and self.person.has(Role.ADMIN)

    @property
    def municipality_ids(self) -> tuple[str, ...]:
        """The municipalities that the person may read about: all for the provider, else their own."""
        if self.is_provider:
            return tuple(self.content.organisation.municipalities)
        own = self.person.municipality_id or ""
        return (own,) if own in self.content.organisation.municipalities else ()

    def workplace_of(self, person: Person) -> str:
        """Return the name of a person's unit; empty if it is unknown."""
        unit = self.content.organisation.find_unit(person.unit_id or "")
        return unit.names.text(self.texts.language) if unit is not None else ""

    def require(self, *roles: Role) -> None:
        """Refuse a person that has none of ``roles``, or has left. Raises EventRefused."""
        if self.person.is_outsider or not self.person.has(*roles):
            raise self.refusal("desk.refused.role")

    def require_municipality(self, municipality_id: str | None) -> str:
        """Return the municipality to read about, by default the person's own. Raises EventRefused."""
        chosen = municipality_id or self.person.municipality_id
        if chosen is None:
            raise self.refusal("desk.refused.unplaced")
        if chosen not in self.municipality_ids:
            raise self.refusal("desk.refused.municipality")
        return chosen

    def refusal(self, key: str) -> EventRefused:
        """Return the refusal with the reason ``key``, to be raised."""
        return EventRefused(do(Notice(text=self.texts(key))))

    def not_found(self, key: str) -> EventRefused:
        """Return the refusal of something that is not there for this reader, to be raised."""
        return EventRefused(do(Notice(text=self.texts(key))), missing=True)


def viewer_of(person_id: str, content: Content, at: datetime) -> Asking[Viewer]:
    """Return the reader with this id. An unknown person has no role."""
    person = (yield from find(Person, person_id)) or Person(id=person_id, name="", roles=frozenset(), created_at=at)
    return Viewer(person=person, texts=content.texts[person.language], content=content, at=at)


def viewer_of_event(event: Event, content: Content) -> Asking[Viewer]:
    """Return the author of an event as the reader, so that a card shows what a page shows."""
    return (yield from viewer_of(event.person_id, content, event.at))
