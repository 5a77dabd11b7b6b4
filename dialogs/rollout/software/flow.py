"""Look-up of programs, and the verbs of the whole package."""

from typing import Final

from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Readers, Verbs
from dialogs.core.query import Flow
from dialogs.core.speaker import answer, speaker_of
from dialogs.rollout.software import (
    applying,
    asking,
    deciding,
    importing,
    lateness,
    managing,
    program_cards,
    registering,
    reviewing,
)
from dialogs.rollout.software.asking import MOST_WORDS, NO_INTEREST, OPEN, alternative_of, interest_in
from dialogs.rollout.software.entry import ProgramEntry, RegisterEdition
from dialogs.rollout.software.model import LONGEST_PROGRAM, Application, ProgramInterest
from dialogs.rollout.software.naming import read_program
from dialogs.rollout.software.place import asked_place, use_of
from dialogs.rollout.software.register_change import current_program
from knowledge.software.index import LONGEST_REQUEST
from knowledge.software.register import ProgramMatch

LOOK_UP: Final = "software.ask"


def look_up_program(event: Event, content: Content) -> Flow:
    """Look up a program by its name or purpose, or ask for it."""
    speaker = yield from speaker_of(event, content)
    person, texts, register = speaker.person, speaker.texts, content.register
    name = " ".join(event.pressed.text("program").split())[:LONGEST_REQUEST]
    place = asked_place(content, person, event.at, use_of(str(event.pressed.text("use"))))
    id_ = str(event.pressed.text("program_id"))
    chosen = (yield from current_program(content, id_, person.municipality_id)) if id_ else None
    if not name and chosen is None:
        return answer(event, "software", program_cards.search_form(texts), texts)
    found = ProgramMatch(program=chosen) if chosen else register.look_up(name, place.place, day=place.day)
    if found.program is None:
        similar = [(each, register.standing_of(each, place.place)) for each in found.similar]
        named = not similar and len(name.split()) <= MOST_WORDS
        interest = (yield from interest_in(event, person, place, name)) if named else NO_INTEREST
        message = program_cards.unknown(texts, name[:LONGEST_PROGRAM], similar, place, interest=interest.id)
        return interest.decision + answer(event, "software", message, texts)
    program = chosen or (yield from current_program(content, found.program.id, person.municipality_id)) or found.program
    standing = register.standing_of(program, place.place)
    other = yield from alternative_of(content, standing, person)
    undecided = standing.status_on(place.day) in OPEN
    interest = (yield from interest_in(event, person, place, program.name)) if undecided else NO_INTEREST
    message = program_cards.known(texts, program, standing, place, other, interest=interest.id)
    return interest.decision + answer(event, "software", message, texts)


VERBS: Final[Verbs] = {
    LOOK_UP: look_up_program,
    **applying.VERBS,
    **managing.VERBS,
    **reviewing.VERBS,
    **deciding.VERBS,
    **asking.VERBS,
    **registering.VERBS,
    **importing.VERBS,
}
TIMERS: Final[Verbs] = {**lateness.TIMERS, **asking.TIMERS}
# Both show the program that the words name.
READERS: Final[Readers] = {LOOK_UP: read_program, applying.APPLY: read_program}
FEATURE: Final = Feature(
    verbs=VERBS,
    timers=TIMERS,
    records=(Application, ProgramInterest, ProgramEntry, RegisterEdition),
    answers=("software",),
)
