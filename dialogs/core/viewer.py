"""The reader of a view: what a card in the chat and a page of the desk show is read for one person."""

from dataclasses import dataclass
from datetime import datetime

from dialogs.core.content import Content
from dialogs.core.decision import Notice, do
from dialogs.core.event import Event
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find
from dialogs.core.refusal import EventRefused
from dialogs.core.texts import Texts


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
