"""Askers about a program without a decision, for notice of one."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Post, Schedule, do, later, put, remove
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, find_all, find_each
from dialogs.rollout.software.lookup import cards
from dialogs.rollout.software.model import (
    EVERY_INTEREST,
    LONGEST_PROGRAM,
    Application,
    ProgramInterest,
    interest_id,
    wanted_key,
)
from dialogs.rollout.software.place import AskedPlace, asked_place
from dialogs.rollout.software.register.changes import current_program
from knowledge.software.program import Program, ProgramStatus, ProgramUse
from knowledge.software.register import ProgramStanding

TELL_VERB: Final = "software.tell"
# Programs of one person; the oldest goes when another one comes.
MAX_INTERESTS: Final = 20
# People notified in one turn.
PORTION: Final = 100
# A timer of the instant that it rang at would not ring again.
TICK: Final = timedelta(milliseconds=10)
# An unlisted name has at most so many words; more are a purpose, or a sentence.
MOST_WORDS: Final = 4
OPEN: Final = frozenset({None, ProgramStatus.REVIEW, ProgramStatus.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundInterest:
    """The interest of a person in a decision, and the decision that stores it. ``id`` is empty if there is none."""

    id: str = ""
    decision: Decision = NOTHING


NO_INTEREST: Final = FoundInterest()


def interest_in(event: Event, person: Person, place: AskedPlace, name: str) -> Asking[FoundInterest]:
    """Return an asker's interest in a program without a decision."""
    municipality_id = person.municipality_id
    if municipality_id is None or not person.vouched_for or len(name) > LONGEST_PROGRAM:
        return NO_INTEREST
    wanted = wanted_key(municipality_id, name, place.place.use)
    id_ = interest_id(person.id, wanted)
    if (yield from find(ProgramInterest, id_)) is not None:
        return FoundInterest(id=id_)
    before = yield from find_all(ProgramInterest, f"person:{person.id}")
    surplus = max(0, len(before) + 1 - MAX_INTERESTS)
    oldest = sorted(before, key=lambda interest: (interest.asked_at, interest.id))[:surplus]
    asked = ProgramInterest(
        id=id_, person_id=person.id, wanted=wanted, use=place.place.use, program=name, asked_at=event.at
    )
    removed = remove(ProgramInterest, *(interest.id for interest in oldest))
    return FoundInterest(id=id_, decision=removed + put(asked))


def askers_timer(program_id: str, owner: str | None, at: datetime) -> Schedule:
    """Return the timer that notifies all askers about a program."""
    data = {"program_id": program_id, "municipality_id": owner or "", "decided_at": at.isoformat()}
    return later(tell_key(program_id), at, TELL_VERB, **data)


def timers_of_askers(
    content: Content, programs: Sequence[Program], owner: str | None, at: datetime
) -> Asking[tuple[Schedule, ...]]:
    """Return the timers of those programs that anyone asked about."""
    interests = yield from find_all(ProgramInterest, EVERY_INTEREST)
    asked = wanted_programs(content, programs, owner, {interest.wanted for interest in interests})
    return tuple(askers_timer(program_id, owner, at) for program_id in asked)


def wanted_programs(
    content: Content, programs: Iterable[Program], owner: str | None, wanted: Container[str]
) -> Sequence[str]:
    """Return the ids of the programs that anyone asked about."""
    return [program.id for program in programs if any(key in wanted for key in _wanted_keys(content, program, owner))]


def tell_key(program_id: str) -> str:
    """Return the key of the timer that notifies a program's askers."""
    return f"software/{program_id}/tell"


def tell(event: Event, content: Content) -> Flow:
    """Notify a portion of the askers about a program; the rest follows."""
    data = event.rang.data
    program_id, owner = data.get("program_id", ""), data.get("municipality_id", "")
    told: list[Decision] = []
    last = ""
    program = yield from current_program(content, program_id, owner or None)
    for term in _terms(content, owner, program):
        if term < data.get("term", ""):
            continue
        after = data.get("after", "") if term == data.get("term") else ""
        asked = yield from find_all(ProgramInterest, term, after=after, limit=PORTION - len(told))
        people = yield from find_each(Person, {interest.person_id for interest in asked})
        for interest in asked:
            told.append((yield from _told(content, event, interest, people.get(interest.person_id))))
            last = interest.id
        if len(told) >= PORTION:
            again = {**data, "term": term, "after": last}
            told.append(do(later(tell_key(program_id), event.at + TICK, TELL_VERB, **again)))
            break
    return sum(told, NOTHING)


def _terms(content: Content, owner: str, program: Program | None) -> Iterable[str]:
    """Return the sorted search terms of askers for a program, by name."""
    return sorted(f"wanted:{key}" for key in _wanted_keys(content, program, owner or None)) if program else []


def _wanted_keys(content: Content, program: Program, owner: str | None) -> set[str]:
    places = [owner] if owner else list(content.organisation.municipalities)
    names = (program.name, *program.aliases)
    return {wanted_key(place, name, use) for place in places for name in names for use in ProgramUse}


def _told(content: Content, event: Event, interest: ProgramInterest, person: Person | None) -> Asking[Decision]:
    """Notify a person and remove their interest; without a decision, keep it."""
    removed = remove(ProgramInterest, interest.id)
    if person is None or person.is_outsider:
        return removed
    program_id = event.rang.data.get("program_id", "")
    program = yield from current_program(content, program_id, person.municipality_id)
    if program is None:
        return NOTHING
    if (yield from _has_decision(event, interest)):
        return removed
    place = asked_place(content, person, event.at, interest.use)
    standing = content.register.standing_of(program, place.place)
    if standing.status_on(place.day) in OPEN:
        return NOTHING
    texts = content.texts[person.language]
    alternative = yield from alternative_of(content, standing, person)
    lead = texts("software.told", program=interest.program)
    message = cards.known(texts, program, standing, place, alternative, lead=lead)
    # The colon marks it as an answer to the person, as those named after an event.
    return removed + do(Post(to=person.id, slot=f"software/asked:{program_id}", message=message))


def _has_decision(event: Event, interest: ProgramInterest) -> Asking[bool]:
    """Return whether the person has the decision from their own application."""
    decided_at = event.rang.data.get("decided_at", "")
    own = yield from find_all(Application, f"person:{interest.person_id}")
    return any(
        application.use is interest.use and application.changed_at.isoformat() == decided_at for application in own
    )


def alternative_of(content: Content, standing: ProgramStanding, person: Person) -> Asking[Program | None]:
    alternative_id = standing.assessment.alternative if standing.assessment else ""
    return (yield from current_program(content, alternative_id, person.municipality_id)) if alternative_id else None


TIMERS: Final[Verbs] = {TELL_VERB: tell}
