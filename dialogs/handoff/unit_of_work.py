"""Unit of work: the records one decision has read and changed, before commit."""

from dataclasses import replace
from typing import TypeVar

from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.registry import Registry, registry_of, today
from dialogs.availability.worklist import Worklist
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Effect, Put, Remove, Write
from dialogs.core.event import CLOCK, Event, Pressed
from dialogs.core.person import Person, is_guest_id
from dialogs.core.query import Asking, find, find_all
from dialogs.core.record import Record
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.handoff.deadlines import Deadlines
from dialogs.handoff.model import Handoff
from dialogs.handoff.refusal import refusal
from dialogs.handoff.transitions import Status
from knowledge.article.article import Language

R = TypeVar("R", bound=Record)


class UnitOfWork:
    """Records of one decision.

    Each is read once, and later reads return pending changes.

    ``change`` also moves the handoff between worklists, so that worklists and handoffs always agree.
    """

    def __init__(self, event: Event, content: Content) -> None:
        self.event = event
        self.content = content
        self.at = event.at
        self._records: dict[tuple[str, str], Record | None] = {}
        self._writes: dict[tuple[str, str], Write] = {}
        self._before: dict[str, Handoff | None] = {}
        self._registries: dict[str, Registry] = {}
        self._effects: list[Effect] = []

    def get(self, kind: type[R], id: str) -> Asking[R | None]:
        """Return a record, including this decision's pending changes."""
        key = (kind.KIND, id)
        if key not in self._records:
            self._records[key] = yield from find(kind, id)
        record = self._records[key]
        return record if isinstance(record, kind) else None

    def find(self, kind: type[R], term: str) -> Asking[tuple[R, ...]]:
        """Return the records with ``term``, including pending changes, ordered by id."""
        for record in (yield from find_all(kind, term)):
            self._records.setdefault((kind.KIND, record.id), record)
        known = (record for record in self._records.values() if isinstance(record, kind))
        return tuple(sorted((record for record in known if term in record.terms()), key=lambda record: record.id))

    def put(self, record: Record) -> None:
        key = (record.KIND, record.id)
        self._records[key] = record
        self._writes[key] = Put(record=record)

    def require_unchanged(self, record: Record) -> None:
        """Write a record unchanged, so that the commit fails if the record changes meanwhile."""
        # Without this, a card could be older than the card it replaces.
        self.put(record)

    def remove(self, kind: type[Record], id: str) -> None:
        self._records[(kind.KIND, id)] = None
        self._writes[(kind.KIND, id)] = Remove(kind=kind, id=id)

    def do(self, *effects: Effect) -> None:
        """Add effects to the decision."""
        self._effects.extend(effects)

    def change(self, handoff: Handoff) -> Asking[Handoff]:
        """Write a handoff's new state and update the worklists of its helpers."""
        before = yield from self.get(Handoff, handoff.id)
        self._before.setdefault(handoff.id, before)
        concerned = {before.helper_id if before else None, handoff.helper_id}
        for id_ in sorted(id_ for id_ in concerned if id_):
            yield from self._update_worklist(id_, handoff)
        self.put(handoff)
        return handoff

    def _update_worklist(self, person_id: str, handoff: Handoff) -> Asking[None]:
        worklist = yield from self.worklist(person_id, handoff.municipality_id)
        of_guest = is_guest_id(handoff.asker_id)
        match handoff.status:
            case Status.OFFERED if handoff.assignment.offered_to == person_id:
                offered = handoff.id in worklist.offered
                changed = worklist if offered else worklist.with_offer(handoff.id, self.at, of_guest=of_guest)
            case Status.ACCEPTED if handoff.assignment.owner_id == person_id:
                on = today(self.content, worklist.municipality_id, self.at)
                changed = worklist.with_open(handoff.id, on, of_guest=of_guest)
            case Status.RESOLVED if handoff.assignment.owner_id == person_id:
                changed = worklist.with_done(handoff.id)
            case _:
                changed = worklist.without(handoff.id)
        if changed != worklist:
            self.put(changed)
        if changed.used_capacity > worklist.used_capacity:
            # Conflict with a concurrent change of the profile: after leaving, absence or lower capacity, no new handoff
            # is allowed.
            profile = yield from self.get(AmbassadorProfile, person_id)
            if profile is not None:
                self.require_unchanged(profile)

    def worklist(self, person_id: str, municipality_id: str) -> Asking[Worklist]:
        """Return a helper's worklist; if missing, an empty one in the helper's municipality."""
        worklist = yield from self.get(Worklist, person_id)
        if worklist is not None:
            return worklist
        profile = yield from self.get(AmbassadorProfile, person_id)
        home = profile.ambassador.municipality_id if profile else municipality_id
        return Worklist(id=person_id, municipality_id=home)

    def registry(self, municipality_id: str) -> Asking[Registry]:
        """Return the ambassadors in reach, including pending worklist and profile changes."""
        if municipality_id not in self._registries:
            read = yield from registry_of(municipality_id, self.content)
            self._registries[municipality_id] = read
            for records in (read.worklists, read.profiles, read.people):
                for stored in records.values():
                    # Changes of this decision, made before the registry was read, stay in force.
                    self._records.setdefault((stored.KIND, stored.id), stored)
        known = self._registries[municipality_id]
        worklists, profiles = dict(known.worklists), dict(known.profiles)
        for record in self._records.values():
            if isinstance(record, Worklist):
                worklists[record.id] = record
            if isinstance(record, AmbassadorProfile) and record.id in profiles:
                profiles[record.id] = record
        return replace(known, worklists=worklists, profiles=profiles)

    def person(self, id: str) -> Asking[Person | None]:
        """Return a person, including pending changes."""
        return (yield from self.get(Person, id))

    def texts(self, person_id: str) -> Asking[Texts]:
        """Return the texts in the person's language."""
        person = yield from self.person(person_id)
        return self.content.texts[person.language if person else Language.NB]

    def actor_texts(self) -> Asking[Texts]:
        """Return the texts in the actor's language."""
        return (yield from self.texts(self.event.person_id))

    def deadlines(self, municipality_id: str) -> Deadlines:
        return Deadlines.for_municipality(self.content, municipality_id)

    @property
    def actor_id(self) -> str | None:
        """The acting person; None for timers."""
        return self.event.person_id or None

    def changes(self) -> tuple[tuple[Handoff | None, Handoff], ...]:
        """Return (before, after) of every changed handoff."""
        pairs = ((before, self._records[(Handoff.KIND, id_)]) for id_, before in self._before.items())
        return tuple((before, after) for before, after in pairs if isinstance(after, Handoff))

    def changed_worklists(self) -> tuple[Worklist, ...]:
        """Return the worklists this decision writes."""
        puts = (write.record for write in self._writes.values() if isinstance(write, Put))
        return tuple(record for record in puts if isinstance(record, Worklist))

    def decision(self) -> Decision:
        """Return the decision with all writes and effects so far."""
        return Decision(writes=tuple(self._writes.values()), effects=tuple(self._effects))

    def refuse(self, reason: str, subject: str, *, audit: bool = True, **values: object) -> Asking[Decision]:
        """Return the ``refusal`` in the actor's language."""
        texts = yield from self.actor_texts()
        return refusal(self.event, texts, reason, subject, audit=audit, **values)


def work_for(viewer: Viewer) -> UnitOfWork:
    """Return the unit of work of a view, which only reads."""
    event = Event(
        id="view",
        at=viewer.at,
        channel=CLOCK,
        person_id=viewer.person.id,
        conversation_id="",
        what=Pressed(verb="view"),
    )
    return UnitOfWork(event, viewer.content)
