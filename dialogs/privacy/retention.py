"""Retention: remove expired data automatically, in pages."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import dropwhile
from typing import Final, Self

from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.data_rules import Erasing, expired_month_terms
from dialogs.core.decision import (
    NOTHING,
    Audit,
    Decision,
    Forget,
    MarkFormer,
    Schedule,
    do,
    later,
    put,
    remove,
)
from dialogs.core.event import Event
from dialogs.core.holding import Holding
from dialogs.core.nightly_run import RETENTION, NightlyRun
from dialogs.core.person import GUESTS, Person
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.record import Record
from dialogs.core.session import CONTEXT, Session
from dialogs.core.texts import OSLO
from dialogs.handoff.model import Handoff
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.own_data import held_of
from dialogs.signin.model import SignInAccount
from knowledge.software.program import ProgramUse

VERB: Final = RETENTION.verb
KEY: Final = RETENTION.key
PORTION: Final = 200
HOUR: Final = 3
# Time after a guest's last question. A guest with a longer web session starts again as a new person.
GUESTS_KEPT: Final = timedelta(days=7)
# Follow-ups refer back for an hour; written at three in the morning, they last until the next night.
CONTEXT_KEPT: Final = timedelta(hours=1)
# Small, because each guest is searched in every kind of record.
GUESTS_AT_ONCE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cursor:
    """Progress of a nightly run: kind, month term, last processed record, and the number of removed records.

    An unknown kind starts again.
    """

    kind: str = ""
    term: str = ""
    after: str = ""
    removed: int = 0

    @classmethod
    def from_event(cls, event: Event) -> Self:
        data = event.rang.data
        if data.get("kind") not in {GUESTS, CONTEXT, *(holding.kind for holding in INVENTORY)}:
            return cls()
        removed = int(number) if (number := data.get("removed", "")).isdecimal() else 0
        return cls(kind=data["kind"], term=data.get("term", ""), after=data.get("after", ""), removed=removed)

    def holdings(self) -> tuple[Holding, ...]:
        """Return the kinds still to process, beginning with the current one."""
        if self.kind in {GUESTS, CONTEXT}:
            return ()
        return tuple(dropwhile(lambda holding: self.kind not in {"", holding.kind}, INVENTORY))


def first(at: datetime) -> Schedule:
    """Return the timer of the first run, next night.

    Each run schedules its successor.
    """
    return later(KEY, next_night(at), VERB)


def due(last: datetime | None, now: datetime) -> datetime:
    """Return the time of the next run: now if a night has passed since the last completed run, or if there is none."""
    return now if last is None or next_night(last) <= now else next_night(now)


def next_night(at: datetime) -> datetime:
    """Return the next three o'clock in Norway after ``at``."""
    local = at.astimezone(OSLO)
    tonight = local.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    # The day is added to the wall clock, so that it is three o'clock after a day of 23 or 25 hours, too.
    return tonight if tonight > local else (tonight.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=OSLO)


def retain(event: Event, content: Content) -> Flow:
    """Remove one page of expired records and schedule the next page, or the next night."""
    place = _Cursor.from_event(event)
    for holding in place.holdings():
        if holding.record in {None, AuditEntry} or holding.months is None:
            continue  # audit entries leave from the start of their chain only: ``bot/audit/retention.py``
        current = holding.kind == place.kind
        for term in expired_month_terms(event.at, months=holding.months):
            if current and term < place.term:
                continue
            after = place.after if current and term == place.term else ""
            records = yield from find_all(holding.record, term, after=after, limit=PORTION)
            if records:
                decision, number = yield from _removed(holding.record, records)
                return decision + _next_page(
                    event, place.removed + number, kind=holding.kind, term=term, after=records[-1].id
                )
    return (yield from _forget_contexts(event, place))


def _forget_contexts(event: Event, place: _Cursor) -> Flow:
    """Clear what yesterday's follow-up questions could refer back to."""
    if place.kind == GUESTS:
        return (yield from _forget_guests(event, place))
    after = place.after if place.kind == CONTEXT else ""
    sessions = yield from find_all(Session, CONTEXT, after=after, limit=PORTION)
    if not sessions:
        return (yield from _forget_guests(event, place))
    over = [session for session in sessions if event.at - session.changed_at > CONTEXT_KEPT]
    cleared = put(
        *(
            replace(
                session,
                turns=(),
                article_id=None,
                programs=(),
                program_use=ProgramUse.STAFF,
                topic=None,
                digits="",
                digits_at=None,
            )
            for session in over
        )
    )
    return cleared + _next_page(event, place.removed, kind=CONTEXT, after=sessions[-1].id)


def _forget_guests(event: Event, place: _Cursor) -> Flow:
    """Delete guests after their visit."""
    # The same guest cannot return, and a visitor can always become a new guest. Guests with a question to a colleague
    # stay as long as that question.
    after = place.after if place.kind == GUESTS else ""
    guests = yield from find_all(Person, GUESTS, after=after, limit=GUESTS_AT_ONCE)
    if not guests:
        return (yield from _completed(event, place.removed))
    decision, number = NOTHING, 0
    for guest in guests:
        if (yield from _may_return(guest, event.at)):
            continue
        for held in (yield from held_of(guest.id)):
            kind = held.holding.record
            if kind is not None and held.holding.erasing is not Erasing.KEPT:
                decision += remove(kind, *(record.id for record in held.records))
        decision += do(Forget(person_id=guest.id))
        number += 1
    if number:
        details = (("records", str(number)),)
        decision += do(Audit(act="privacy.retained", subject="guest", by="clock", details=details))
    return decision + _next_page(event, place.removed + number, kind=GUESTS, after=guests[-1].id)


def _next_page(event: Event, removed: int, **cursor: str) -> Decision:
    # A page per turn, with a pause in between: questions are answered while a long run goes on.
    return do(later(KEY, event.at + timedelta(seconds=1), VERB, removed=str(removed), **cursor))


def _completed(event: Event, removed: int) -> Flow:
    """Record the run, as evidence that retention works, and schedule the next one."""
    yield from find(NightlyRun, RETENTION.name)  # the store accepts the new record only after the old one was read
    run = NightlyRun(id=RETENTION.name, done_at=event.at, removed=removed)
    audit = Audit(act="privacy.retention_ran", subject=RETENTION.name, by="clock", details=(("records", str(removed)),))
    return put(run) + do(audit, first(event.at))


def _may_return(guest: Person, at: datetime) -> Asking[bool]:
    session = yield from find(Session, guest.id)
    seen_at = session.changed_at if session is not None else guest.created_at
    if at - seen_at < GUESTS_KEPT:
        return True
    return bool((yield from find_all(Handoff, f"person:{guest.id}", limit=1)))


def _removed(kind: type[Record], records: tuple[Record, ...]) -> Asking[tuple[Decision, int]]:
    decision, number = NOTHING, 0
    for record in records:
        # People are found by the month of their first visit, so those that still come are among them.
        if isinstance(record, Person) and (yield from _spared(record)):
            continue
        decision += remove(kind, record.id)
        decision += (yield from _forgotten(record)) if isinstance(record, Person) else NOTHING
        number += 1
    if number:
        details = (("records", str(number)),)
        decision += do(Audit(act="privacy.retained", subject=kind.KIND, by="clock", details=details))
    return decision, number


def _forgotten(person: Person) -> Asking[Decision]:
    """Delete the person's chat and the links to accounts at providers."""
    accounts = yield from find_all(SignInAccount, f"person:{person.id}")
    gone = remove(SignInAccount, *(account.id for account in accounts))
    gone += do(Forget(person_id=person.id))
    if not person.left:
        return gone
    # A former employee stays blocked from all municipalities by a keyed hash.
    return gone + do(MarkFormer(person=person, accounts=tuple(account.id for account in accounts)))


def _spared(person: Person) -> Asking[bool]:
    """Return whether a person stays: registered, or with a session that has not expired."""
    return person.registered or (yield from find(Session, person.id)) is not None
