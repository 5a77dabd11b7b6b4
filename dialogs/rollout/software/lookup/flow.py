"""Look-up of programs."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Notice, do, put, remove
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find
from dialogs.core.question import Question
from dialogs.core.session import Topic, TopicKind, session_of
from dialogs.core.speaker import answer, speaker_of
from dialogs.core.texts import Texts
from dialogs.rollout.software.lookup import cards
from dialogs.rollout.software.lookup.interests import MOST_WORDS, NO_INTEREST, OPEN, alternative_of, interest_in
from dialogs.rollout.software.lookup.naming import is_new_name
from dialogs.rollout.software.lookup.offering import LOOK_UP, guess_tasks
from dialogs.rollout.software.model import LONGEST_PROGRAM, ProgramInterest
from dialogs.rollout.software.pending import pending_for
from dialogs.rollout.software.place import AskedPlace, asked_place, use_of
from dialogs.rollout.software.register.changes import current_program
from knowledge.software.index import LONGEST_REQUEST
from knowledge.software.program import Program
from knowledge.software.register import ProgramMatch

# Owner of a pending application, as ``cards.known`` has it.
OWN: Final = "you"


def look_up_program(event: Event, content: Content) -> Flow:
    """Look up a program by its name or purpose, or ask for it."""
    return (yield from _looked_up(event, content, notifies=True))


def stop_telling(event: Event, content: Content) -> Flow:
    """Forget that the person asked about a program, and show it again without the promise."""
    speaker = yield from speaker_of(event, content)
    interest = yield from find(ProgramInterest, str(event.pressed.text("interest_id")))
    if interest is None or interest.person_id != speaker.person.id:
        return do(Notice(text=speaker.texts("ask.old_card")))
    forgotten = remove(ProgramInterest, interest.id)
    again = replace(event.pressed, verb=LOOK_UP, data={"program": interest.program, "use": interest.use})
    shown = yield from _looked_up(replace(event, what=again), content, notifies=False)
    return forgotten + shown + do(Notice(text=speaker.texts("software.not_told", program=interest.program)))


def _looked_up(event: Event, content: Content, *, notifies: bool) -> Flow:
    """Show the result; with ``notifies``, notify the person of later decisions."""
    speaker = yield from speaker_of(event, content)
    person, texts, register = speaker.person, speaker.texts, content.register
    question = yield from _question(event)
    if question is not None and not person.language_chosen:
        texts = content.texts[question.language]
    asked = event.pressed.text("program") or (question.utterance if question is not None else "")
    name = " ".join(asked.split())[:LONGEST_REQUEST]
    place = asked_place(content, person, event.at, use_of(str(event.pressed.text("use"))))
    id_ = str(event.pressed.text("program_id"))
    chosen = (yield from current_program(content, id_, person.municipality_id)) if id_ else None
    if not name and chosen is None:
        return answer(event, "software", cards.search_form(texts), texts)
    program_match = ProgramMatch(program=chosen) if chosen else (yield from _programs_for(content, name, place))
    if program_match.program is None:
        similar = [(program, register.standing_of(program, place.place)) for program in program_match.similar]
        named = len(name.split()) <= MOST_WORDS and (not similar or is_new_name(name))
        waits = named and notifies
        interest = (yield from interest_in(event, person, place, name)) if waits else NO_INTEREST
        applied = (yield from _applied_by(content, person, place, name)) if named else ""
        message = cards.unknown(
            texts,
            name[:LONGEST_PROGRAM],
            similar,
            place,
            named=named,
            question_id=question.id if question is not None else "",
            interest=interest.id,
            applied=applied,
        )
        offers = bool(named and not similar and applied != OWN)
        listed = yield from _keep_shown(event, place, program_match.similar, name[:LONGEST_PROGRAM] if offers else "")
        return listed + interest.decision + answer(event, "software", _with_others(event, texts, message), texts)
    program = (
        chosen
        or (yield from current_program(content, program_match.program.id, person.municipality_id))
        or program_match.program
    )
    standing = register.standing_of(program, place.place)
    alternative = yield from alternative_of(content, standing, person)
    undecided = standing.status_on(place.day) in OPEN
    waits = undecided and notifies
    interest = (yield from interest_in(event, person, place, program.name)) if waits else NO_INTEREST
    applied = (yield from _applied_by(content, person, place, program.name, program.id)) if undecided else ""
    message = cards.known(texts, program, standing, place, alternative, interest=interest.id, applied=applied)
    offers = standing.status_on(place.day) not in cards.USABLE and applied != OWN
    # One that was chosen from a list leaves it open for "the second one".
    listed = yield from _keep_shown(event, place, None if chosen else (), program.name if offers else "")
    return listed + interest.decision + answer(event, "software", _with_others(event, texts, message), texts)


def _with_others(event: Event, texts: Texts, message: Message) -> Message:
    """Return a card with a button for each program that was asked for beside it."""
    others = [name for name in event.pressed.text("beside").split("\n") if name]
    if not others:
        return message
    use: dict[str, Any] = {"use": event.pressed.text("use")} if event.pressed.text("use") else {}
    buttons = [
        card.press(texts("software.offer_program", program=name), LOOK_UP, program=name, **use) for name in others
    ]
    shown = message.shown
    actions = [*buttons, *shown.get("actions", ())]
    return replace(message, card={**shown, "actions": actions[: card.MOST_ACTIONS]})


def _keep_shown(event: Event, place: AskedPlace, programs: Sequence[Program] | None, offered: str) -> Asking[Decision]:
    """Return the decision that keeps what "the second one" and "jeg vil søke" refer to.

    Args:
        programs: None leaves the list before.
        offered: the program whose card has a button to apply; empty without one.
    """
    session = yield from session_of(event.person_id, event.at)
    topic = Topic(kind=TopicKind.PROGRAM, offered=offered, use=place.place.use) if offered and place.may_apply else None
    shown = replace(session, topic=topic)
    if programs is not None:
        # Without a question that leads here, "ja" and "nr 1" refer to none before.
        kept = session.question_id if event.pressed.text("question_id") else None
        ids = tuple(program.id for program in programs)
        shown = replace(shown, question_id=kept, programs=ids, program_use=place.place.use)
    return NOTHING if shown == session else put(replace(shown, changed_at=event.at))


def _question(event: Event) -> Asking[Question | None]:
    """Return the presser's own question that the press looks up, if any."""
    question_id = event.pressed.text("question_id")
    question = (yield from find(Question, question_id)) if question_id else None
    return question if question is not None and question.person_id == event.person_id else None


def _programs_for(content: Content, name: str, place: AskedPlace) -> Asking[ProgramMatch]:
    """Return the program named by a text, or those for its task."""
    program_match = content.register.look_up(name, place.place, day=place.day)
    if program_match.program is not None:
        return program_match
    guesses = yield from guess_tasks(content, name, place.place.municipality_id)
    return content.register.look_up(name, place.place, guesses=guesses, day=place.day)


def _applied_by(
    content: Content, person: Person, place: AskedPlace, name: str, program_id: str | None = None
) -> Asking[str]:
    """Return the owner of a program's pending application: ``you``, ``colleague`` of the municipality, or no one."""
    if person.municipality_id is None or person.is_outsider:
        return ""
    pending = yield from pending_for(
        content,
        municipality_id=person.municipality_id,
        sector=place.sector,
        use=place.place.use,
        program=name,
        program_id=program_id,
    )
    if any(application.person_id == person.id for application in pending):
        return OWN
    return "colleague" if pending else ""


VERBS: Final[Verbs] = {LOOK_UP: look_up_program, "software.stop_telling": stop_telling}
