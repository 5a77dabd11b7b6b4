"""An application from the form to the managers or the reviewers; withdrawal, and the applicant's own list."""

from datetime import timedelta
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Notice, do, put
from dialogs.core.event import Event, Scope
from dialogs.core.feature import Verbs
from dialogs.core.leaders import leaders_above
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, find_all, find_each, new_id
from dialogs.core.review import is_confirmed
from dialogs.core.speaker import Speaker, answer, slot_of, speaker_of
from dialogs.profile.cards import place_card
from dialogs.rollout.software import applicant_cards
from dialogs.rollout.software.apply import cards
from dialogs.rollout.software.decide.case import begin_step, earlier_cards, listed_program, taken_away
from dialogs.rollout.software.form import ApplicationForm, application_form_of
from dialogs.rollout.software.model import LONGEST_PROGRAM, Application, ProgramState
from dialogs.rollout.software.place import use_of
from dialogs.rollout.software.reviewers import forum_of, reviewers_of, sector_of
from knowledge.organisation.organisation import managers_of
from knowledge.organisation.unit import Municipality, Sector
from knowledge.software.program import ProgramUse

APPLY: Final = "software.apply"
MAX_WAITING: Final = 5
MAX_LISTED: Final = 20
# Each application is a card in every decider's chat.
# Applications per person within 24 hours, withdrawn ones included.
MAX_A_DAY: Final = 10
A_DAY: Final = timedelta(hours=24)


def apply(event: Event, content: Content) -> Flow:
    """Show the application form."""
    speaker = yield from speaker_of(event, content)
    if speaker.person.is_guest:
        return answer(event, "software", cards.for_guests(speaker.texts), speaker.texts)
    name = " ".join(event.pressed.text("program").split())[:LONGEST_PROGRAM]
    use = use_of(str(event.pressed.text("use")))
    municipality = content.organisation.municipalities.get(speaker.person.municipality_id or "")
    # The municipality decides on the application, so the workplace comes first.
    if municipality is None:
        card = place_card(content, speaker.texts, person=speaker.person, then_verb=APPLY, then_data={"program": name})
        return answer(event, "software", card, speaker.texts)
    own = yield from find_all(Application, f"person:{speaker.person.id}")
    same = next(
        (
            application
            for application in own
            if application.pending and application.use is use and _is_same(application, name)
        ),
        None,
    )
    if same is not None:
        return answer(event, "software", applicant_cards.own(speaker.texts, same, content.register), speaker.texts)
    reason = " ".join(event.pressed.text("reason").split())
    form = _form_card(content, speaker, municipality, program=name, use=use, reason=reason)
    return answer(event, "software", form, speaker.texts)


def _form_card(
    content: Content,
    speaker: Speaker,
    municipality: Municipality,
    *,
    program: str,
    use: ProgramUse,
    reason: str = "",
    written: ApplicationForm | None = None,
) -> Message:
    """Return the form; ``written``: its inputs again, with a warning about them."""
    sector = _sector(content, speaker.person, use)
    return cards.application_form(
        speaker.texts,
        program,
        municipality.names.text(speaker.texts.language),
        use=use,
        reason=reason,
        line_manager=forum_of(content, sector).line_manager,
        at_school=sector is Sector.SCHOOL,
        written=written,
    )


def submit_application(event: Event, content: Content) -> Flow:
    """Store the application and show it to the managers, where the sector demands it, or to the reviewers."""
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    if person.is_guest:
        return do(Notice(text=texts("software.guest")))
    form = application_form_of(event, texts)
    if person.municipality_id not in content.organisation.municipalities:
        return (yield from apply(event, content))
    if form.concerns and not is_confirmed(event, form.words):
        place = content.organisation.municipalities[str(person.municipality_id)]
        warned = _form_card(content, speaker, place, program=form.program, use=form.use, written=form)
        return answer(event, "software", warned, texts)
    own = yield from find_all(Application, f"person:{person.id}")
    if sum(event.at - application.applied_at < A_DAY for application in own) >= MAX_A_DAY:
        return do(Notice(text=texts("software.enough_today", number=MAX_A_DAY)))
    waiting = [application for application in own if application.pending]
    same = any(application.use is form.use and _is_same(application, form.program) for application in waiting)
    if same or len(waiting) >= MAX_WAITING:
        return do(Notice(text=texts("software.already_applied" if same else "software.too_many")))
    sector = _sector(content, person, form.use)
    forum = forum_of(content, sector)
    managers = (yield from _managers(content, person)) if forum.line_manager else ()
    application = Application(
        id=(yield from new_id("app")),
        person_id=person.id,
        municipality_id=str(person.municipality_id),
        sector=sector,
        program=form.program,
        use=form.use,
        reason=form.reason,
        users=form.users,
        personal_data=form.personal_data,
        link=form.link,
        standing=ProgramState.WITH_MANAGER if managers else ProgramState.WAITING,
        manager_ids=tuple(manager.id for manager in managers),
        due_at=event.at + timedelta(days=forum.manager_days if managers else forum.days),
        own_slot=slot_of(event, "software") if event.scope is Scope.PERSONAL else f"software/{event.id}",
        applied_at=event.at,
        changed_at=event.at,
    )
    program = listed_program(content, application)
    application = application.about(program.id if program else None)
    people = managers or (yield from reviewers_of(content, application.municipality_id, sector, besides=person.id))
    sent, begun = yield from begin_step(event, content, application, people)
    return begun + answer(event, "software", applicant_cards.own(texts, sent, content.register), texts)


def mine(event: Event, content: Content) -> Flow:
    """List the speaker's own applications, newest first."""
    speaker = yield from speaker_of(event, content)
    if speaker.person.is_guest:
        return answer(event, "software", cards.for_guests(speaker.texts), speaker.texts)
    own = yield from find_all(Application, f"person:{speaker.person.id}")
    newest = sorted(own, key=lambda application: (application.applied_at, application.id), reverse=True)
    message = applicant_cards.own_list(speaker.texts, newest[:MAX_LISTED], content.register)
    return answer(event, "software", message, speaker.texts)


def withdraw(event: Event, content: Content) -> Flow:
    """Withdraw the pressing person's application while it is pending."""
    speaker = yield from speaker_of(event, content)
    application = yield from find(Application, event.pressed.text("application_id"))
    if application is None or application.person_id != speaker.person.id:
        return do(Notice(text=speaker.texts("ask.old_card")))
    if not application.pending:
        return do(Notice(text=speaker.texts(f"software.standing.{application.standing}")))
    taken_back = application.withdraw(event.at)
    message = applicant_cards.own(speaker.texts, taken_back, content.register)
    earlier = earlier_cards(speaker.texts, taken_back, besides=slot_of(event, "software"))
    return put(taken_back) + taken_away(taken_back) + do(*earlier) + answer(event, "software", message, speaker.texts)


def _is_same(application: Application, program: str) -> bool:
    return application.program.casefold() == program.casefold()


def _sector(content: Content, person: Person, use: ProgramUse) -> Sector | None:
    return Sector.SCHOOL if use is ProgramUse.PUPILS else sector_of(content, person)


def _managers(content: Content, person: Person) -> Asking[tuple[Person, ...]]:
    """Return the managers of a person; empty if no unit above has a leader."""
    unit = content.organisation.find_unit(person.unit_id) if person.unit_id else None
    if unit is None:
        return ()
    leaders = yield from leaders_above(content, unit.id)
    ids = managers_of(content.organisation, person_id=person.id, unit_id=unit.id, leaders=leaders)
    people = yield from find_each(Person, ids)
    return tuple(people[id_] for id_ in ids if id_ in people)


VERBS: Final[Verbs] = {
    APPLY: apply,
    "software.mine": mine,
    "software.send": submit_application,
    "software.withdraw": withdraw,
}
