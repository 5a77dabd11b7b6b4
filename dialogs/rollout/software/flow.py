"""Flows of program look-up, applications and decisions."""

from datetime import timedelta
from functools import reduce
from operator import add
from typing import Final

from dialogs.core.card import unmarked
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Decision, Notice, Post, do, put
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Readers, Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find, find_all, new_id
from dialogs.core.speaker import Speaker, answer, speaker_of
from dialogs.core.texts import Texts
from dialogs.profile.cards import place_card, unit_name
from dialogs.rollout.software import cards, program_cards
from dialogs.rollout.software.model import LONGEST_PROGRAM, LONGEST_TEXT, Application, ProgramState
from dialogs.rollout.software.naming import read_program
from dialogs.rollout.software.place import asked_place, use_of
from knowledge.software.index import LONGEST_REQUEST
from knowledge.software.register import ProgramMatch

LOOK_UP: Final = "software.ask"
APPLY: Final = "software.apply"
MAX_WAITING: Final = 5
MAX_LISTED: Final = 20
# Each application is a card in every decider's chat.
# Applications per person within 24 hours, withdrawn ones included.
MAX_A_DAY: Final = 10
A_DAY: Final = timedelta(hours=24)
# Ordered: an application goes to the first of these roles that the municipality has.
DECIDERS: Final = (Role.REVIEWER, Role.CONTACT, Role.ADMIN)


def look_up_program(event: Event, content: Content) -> Flow:
    """Look up a program by its name or purpose, or ask for it."""
    speaker = yield from speaker_of(event, content)
    name = _written(event, "program", LONGEST_REQUEST)
    place = asked_place(content, speaker.person, event.at, use_of(str(event.pressed.text("use"))))
    register, texts = content.register, speaker.texts
    program = register.visible(str(event.pressed.text("program_id")), place.place.municipality_id)
    if not name and program is None:
        return answer(event, "software", program_cards.search_form(texts), texts)
    found = ProgramMatch(program=program) if program else register.look_up(name, place.place, day=place.day)
    if found.program is None:
        similar = [(each, register.standing_of(each, place.place)) for each in found.similar]
        message = program_cards.unknown(texts, name[:LONGEST_PROGRAM], similar, place)
    else:
        standing = register.standing_of(found.program, place.place)
        alternative = standing.assessment.alternative if standing.assessment else ""
        other = register.visible(alternative, place.place.municipality_id)
        message = program_cards.known(texts, found.program, standing, place, other)
    return answer(event, "software", message, texts)


def apply(event: Event, content: Content) -> Flow:
    """Show the application form."""
    speaker = yield from speaker_of(event, content)
    if speaker.person.is_guest:
        return answer(event, "software", cards.for_guests(speaker.texts), speaker.texts)
    name = _written(event, "program", LONGEST_PROGRAM)
    municipality = content.organisation.municipalities.get(speaker.person.municipality_id or "")
    # The municipality decides on the application, so the workplace comes first.
    if municipality is None:
        card = place_card(
            content, speaker.texts, person=speaker.person, then_verb="software.apply", then_data={"program": name}
        )
        return answer(event, "software", card, speaker.texts)
    form = cards.application_form(speaker.texts, name, municipality.names.text(speaker.texts.language))
    return answer(event, "software", form, speaker.texts)


def submit_application(event: Event, content: Content) -> Flow:
    """Store the application and show it to the municipality's deciders."""
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    if person.is_guest:
        return do(Notice(text=texts("software.guest")))
    name, reason = _written(event, "program", LONGEST_PROGRAM), _written(event, "reason", LONGEST_TEXT)
    if not name or not reason:
        return do(Notice(text=texts("software.reason_needed" if name else "software.program_needed")))
    if person.municipality_id not in content.organisation.municipalities:
        return (yield from apply(event, content))
    own = yield from find_all(Application, f"person:{person.id}")
    if sum(event.at - each.applied_at < A_DAY for each in own) >= MAX_A_DAY:
        return do(Notice(text=texts("software.enough_today", number=MAX_A_DAY)))
    waiting = [each for each in own if each.standing is ProgramState.WAITING]
    same = next((a for a in waiting if a.program.casefold() == name.casefold()), None)
    if same or len(waiting) >= MAX_WAITING:
        return do(Notice(text=texts("software.already_applied" if same else "software.too_many")))
    deciders = yield from _deciders(str(person.municipality_id))
    application = Application(
        id=(yield from new_id("app")),
        person_id=person.id,
        municipality_id=str(person.municipality_id),
        program=name,
        program_id=_listed_id(content, person, name),
        reason=reason,
        shown_to=tuple(decider.id for decider in deciders),
        applied_at=event.at,
        changed_at=event.at,
    )
    shown = [_case(content, application, person, decider) for decider in deciders]
    return put(application) + do(*shown) + answer(event, "software", cards.own(texts, application), texts)


def decide_application(event: Event, content: Content) -> Flow:
    """Approve or decline an application of the decider's own municipality.

    The applicant gets the decision with the decider's message.
    """
    speaker = yield from speaker_of(event, content)
    application = yield from _application_to_decide(event, speaker)
    verdict = next(
        (v for v in (ProgramState.APPROVED, ProgramState.DECLINED) if v.value == event.pressed.text("verdict")), None
    )
    if application is None or verdict is None:
        return do(Notice(text=speaker.texts("ask.old_card")))
    if application.standing is not ProgramState.WAITING:
        return do(Notice(text=speaker.texts(f"software.standing.{application.standing}")))
    word = _written(event, "word", LONGEST_TEXT)
    decided = application.decide(verdict, by=speaker.person.id, word=word, at=event.at)
    applicant = yield from find(Person, decided.person_id)
    act = Audit(act=f"software.{verdict}", subject=decided.id, by=speaker.person.id)
    in_place = event.pressed.slot == f"software/{decided.id}"
    posts = yield from _updated_cards(content, decided, applicant, besides=speaker.person.id if in_place else "")
    card = _case_message(content, decided, applicant, speaker.texts)
    return put(decided) + do(act) + posts + answer(event, "software", card, speaker.texts)


def open_case(event: Event, content: Content) -> Flow:
    """Show one application of the decider's municipality."""
    speaker = yield from speaker_of(event, content)
    application = yield from _application_to_decide(event, speaker)
    if application is None:
        return do(Notice(text=speaker.texts("ask.old_card")))
    applicant = yield from find(Person, application.person_id)
    return answer(event, "software", _case_message(content, application, applicant, speaker.texts), speaker.texts)


def queue(event: Event, content: Content) -> Flow:
    """List pending applications of the decider's municipality."""
    speaker = yield from speaker_of(event, content)
    if not speaker.person.has(*DECIDERS):
        return do(Notice(text=speaker.texts("software.not_allowed")))
    term = f"{ProgramState.WAITING}@{speaker.person.municipality_id}"
    waiting = sorted((yield from find_all(Application, term)), key=lambda each: (each.applied_at, each.id))
    return answer(event, "software", cards.queue(speaker.texts, waiting[:MAX_LISTED]), speaker.texts)


def mine(event: Event, content: Content) -> Flow:
    """List the speaker's own applications, newest first."""
    speaker = yield from speaker_of(event, content)
    if speaker.person.is_guest:
        return answer(event, "software", cards.for_guests(speaker.texts), speaker.texts)
    own = yield from find_all(Application, f"person:{speaker.person.id}")
    newest = sorted(own, key=lambda each: (each.applied_at, each.id), reverse=True)
    return answer(event, "software", cards.own_list(speaker.texts, newest[:MAX_LISTED]), speaker.texts)


def withdraw(event: Event, content: Content) -> Flow:
    """Withdraw the pressing person's application while it is pending."""
    speaker = yield from speaker_of(event, content)
    application = yield from find(Application, event.pressed.text("application_id"))
    if application is None or application.person_id != speaker.person.id:
        return do(Notice(text=speaker.texts("ask.old_card")))
    if application.standing is not ProgramState.WAITING:
        return do(Notice(text=speaker.texts(f"software.standing.{application.standing}")))
    taken_back = application.withdraw(event.at)
    gone = taken_away(taken_back)
    return put(taken_back) + gone + answer(event, "software", cards.own(speaker.texts, taken_back), speaker.texts)


def taken_away(application: Application) -> Decision:
    """Return the decision that removes the application from the deciders' chats."""
    slot = f"software/{application.id}"
    return do(*(Post(to=id_, slot=slot, message=None, only_update=True) for id_ in application.shown_to))


def _listed_id(content: Content, person: Person, name: str) -> str | None:
    """Return the id of the program with exactly this name, if it is listed."""
    named = content.register.called(name, person.municipality_id)
    return named[0].id if len(named) == 1 else None


def _written(event: Event, name: str, most: int) -> str:
    """Return a masked input as one line, cut to ``most`` characters."""
    return " ".join(event.pressed.text(name).split())[:most]


def _deciders(municipality_id: str) -> Asking[tuple[Person, ...]]:
    """Return the reviewers of a municipality, else its contacts, else its admins."""
    for role in DECIDERS:
        people = yield from find_all(Person, f"role:{role}@{municipality_id}")
        if people:
            return people
    return ()


def _application_to_decide(event: Event, speaker: Speaker) -> Asking[Application | None]:
    """Return the pressed application if the speaker may decide it.

    Required are the role and the same municipality.
    """
    application = yield from find(Application, event.pressed.text("application_id"))
    allowed = application is not None and speaker.person.municipality_id == application.municipality_id
    return application if allowed and speaker.person.has(*DECIDERS) else None


def _updated_cards(
    content: Content, application: Application, applicant: Person | None, *, besides: str
) -> Asking[Decision]:
    """Return updated cards for the applicant and the deciders, except ``besides``."""
    posts: list[Decision] = []
    if applicant is not None:
        message = cards.own(content.texts[applicant.language], application)
        posts.append(do(Post(to=applicant.id, slot=f"software/{application.id}/own", message=message)))
    for id_ in application.shown_to:
        decider = yield from find(Person, id_)
        if decider is not None and id_ != besides:
            posts.append(do(_case(content, application, applicant, decider, only_update=True)))
    return reduce(add, posts, Decision())


def _case(
    content: Content, application: Application, applicant: Person | None, decider: Person, *, only_update: bool = False
) -> Post:
    message = _case_message(content, application, applicant, content.texts[decider.language])
    return Post(to=decider.id, slot=f"software/{application.id}", message=message, only_update=only_update)


def _case_message(content: Content, application: Application, applicant: Person | None, texts: Texts) -> Message:
    name = unmarked(applicant.name) if applicant else ""
    unit = unit_name(content, texts, applicant) if applicant else ""
    return cards.case(texts, application, applicant=name or "–", unit=unit or "–")


VERBS: Final[Verbs] = {
    LOOK_UP: look_up_program,
    APPLY: apply,
    "software.mine": mine,
    "software.send": submit_application,
    "software.decide": decide_application,
    "software.open": open_case,
    "software.list": queue,
    "software.withdraw": withdraw,
}
# Both show the program that the words name.
READERS: Final[Readers] = {LOOK_UP: read_program, APPLY: read_program}
FEATURE: Final = Feature(verbs=VERBS, records=(Application,), answers=("software",))
