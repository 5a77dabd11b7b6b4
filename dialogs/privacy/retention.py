"""Retention: removes by itself, in portions, what has been kept as long as the inventory allows."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Self

from dialogs.decision import Audit, Decision, Forget, MarkFormer, Remove, Schedule, do, later
from dialogs.event import Event
from dialogs.inventory import INVENTORY
from dialogs.month import expired_month_terms
from dialogs.person import Person
from dialogs.query import Asking, Flow, find, find_all
from dialogs.record import Record
from dialogs.session import Session
from dialogs.texts import OSLO
from dialogs.world import World

VERB: Final = "privacy.retain"
KEY: Final = "privacy/retain"
PORTION: Final = 200
HOUR: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """How far a night's work has come: the kind, the month within it, the last record looked at."""

    kind: int = 0
    term: str = ""
    after: str = ""

    @classmethod
    def of(cls, event: Event) -> Self:
        data = event.rang.data
        kind = data.get("kind", "0")
        return cls(kind=int(kind) if kind.isdecimal() else 0, term=data.get("term", ""), after=data.get("after", ""))


def first(at: datetime) -> Schedule:
    """Return the timer that begins it, the coming night; afterwards it keeps itself going."""
    return later(KEY, next_night(at), VERB)


def next_night(at: datetime) -> datetime:
    """Return the next three o'clock in Norway after ``at``."""
    local = at.astimezone(OSLO)
    tonight = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    return tonight if tonight > local else (tonight.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=OSLO)


def retain(event: Event, world: World) -> Flow:
    """Remove one portion of what is too old, then come back for the next; when all is done, tomorrow night."""
    place = _Place.of(event)
    for number, holding in enumerate(INVENTORY[place.kind :], start=place.kind):
        if holding.record is None or holding.months is None:
            continue
        for term in expired_month_terms(event.at, months=holding.months):
            if number == place.kind and term < place.term:
                continue
            after = place.after if number == place.kind and term == place.term else ""
            records = yield from find_all(holding.record, term, after=after, limit=PORTION)
            if records:
                again = later(
                    KEY, event.at + timedelta(seconds=1), VERB, kind=str(number), term=term, after=records[-1].id
                )
                return (yield from _removed(holding.record, records)) + do(again)
    return do(first(event.at))


def _removed(kind: type[Record], records: tuple[Record, ...]) -> Asking[Decision]:
    decision, number = Decision(), 0
    for record in records:
        if isinstance(record, Person) and (yield from _spared(record)):
            continue
        decision += Decision(writes=(Remove(kind=kind, id=record.id),))
        decision += _forgotten(record) if isinstance(record, Person) else Decision()
        number += 1
    if number:
        details = (("records", str(number)),)
        decision += do(Audit(act="privacy.retained", subject=kind.KIND, by="clock", details=details))
    return decision


def _forgotten(person: Person) -> Decision:
    """Drop the person's chat; one who has left stays out of every municipality all the same."""
    gone = do(Forget(person_id=person.id))
    return gone + do(MarkFormer(person=person)) if person.left else gone


def _spared(person: Person) -> Asking[bool]:
    """Tell whether a person stays: the registry knows them, or they have written within the session's time."""
    return person.registered or (yield from find(Session, person.id)) is not None
