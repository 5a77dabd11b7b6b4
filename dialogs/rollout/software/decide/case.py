"""The case of an application: program, list, cards in the chats, and late steps."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from dialogs.core.card import unmarked
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Audit, Decision, Post, do, later, never, put
from dialogs.core.event import Event, Pressed
from dialogs.core.feature import Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find, find_all, find_each
from dialogs.core.speaker import Speaker, answer
from dialogs.core.texts import Texts
from dialogs.profile.cards import unit_name
from dialogs.rollout.software import applicant_cards
from dialogs.rollout.software.decide import cards
from dialogs.rollout.software.model import Application
from dialogs.rollout.software.pending import pending_for
from dialogs.rollout.software.register.changes import entry_of, new_program_id, owner_of
from dialogs.rollout.software.reviewers import forum_of, may_decide, overseers_of
from knowledge.software.program import ListKey, Program

DUE_VERB: Final = "software.due"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTarget:
    """What a decision on an application changes.

    Attributes:
        program_id: of the listed program, or of the one to be listed.
        owner: the municipality that the decision is for; None: everyone.
        seen: number of the entry now; a form repeats it, so that nothing decided meanwhile is overwritten.
        listed: whether the program is on the register.
    """

    program_id: str
    owner: str | None
    seen: int
    listed: bool
    list_key: ListKey


def target_of_case(content: Content, application: Application, at: datetime) -> Asking[CaseTarget]:
    """Return what a decision on an application changes."""
    owner = owner_of(content, application.municipality_id)
    program = listed_program(content, application)
    program_id = program.id if program else new_program_id(application.program, owner)
    entry = yield from entry_of(content, program_id, owner, at)
    sector = forum_of(content, application.sector).sector
    return CaseTarget(
        program_id=program_id,
        owner=owner,
        seen=entry.number,
        listed=program is not None or bool(entry.number and not entry.withdrawn),
        list_key=ListKey(sector=sector, use=application.use, municipality_id=owner),
    )


def listed_program(content: Content, application: Application) -> Program | None:
    """Return the program of an application, if it is on the register."""
    program = content.register.visible(application.program_id or "", application.municipality_id)
    named = content.register.called(application.program, application.municipality_id)
    return program or (named[0] if len(named) == 1 else None)


def same_cases(content: Content, application: Application) -> Asking[tuple[Application, ...]]:
    """Return the other pending applications that one decision settles: the same program on the same list."""
    pending = yield from pending_for(
        content,
        municipality_id=application.municipality_id,
        sector=application.sector,
        use=application.use,
        program=application.program,
        program_id=application.program_id,
    )
    return tuple(case for case in pending if case.id != application.id)


def due_key(application_id: str) -> str:
    """Return the key of the timer of a case's present step."""
    return f"software/{application_id}/due"


def show_case(event: Event, content: Content, application: Application, people: Iterable[Person]) -> Asking[Decision]:
    """Post the case to people's chats."""
    target = yield from target_of_case(content, application, event.at)
    applicant = yield from find(Person, application.person_id)
    slot = f"software/{application.id}"
    messages = ((person, case_message(content, application, applicant, person, target)) for person in people)
    return do(*(Post(to=person.id, slot=slot, message=message, alerts=True) for person, message in messages))


def update_cases(event: Event, content: Content, application: Application) -> Asking[Decision]:
    """Update the cards of a case in all chats that have one, except the pressed one, which the answer replaces."""
    trigger = event.what
    in_place = isinstance(trigger, Pressed) and trigger.slot == f"software/{application.id}"
    besides = event.person_id if in_place else ""
    target = yield from target_of_case(content, application, event.at)
    people = yield from find_each(Person, (application.person_id, *application.shown_to))
    applicant = people.get(application.person_id)
    slot = f"software/{application.id}"
    shown_to = [people[id_] for id_ in application.shown_to if id_ in people and id_ != besides]
    messages = ((person, case_message(content, application, applicant, person, target)) for person in shown_to)
    return do(*(Post(to=person.id, slot=slot, message=message, only_update=True) for person, message in messages))


def tell_applicant(content: Content, application: Application) -> Asking[Decision]:
    """Post the present state of an application to the applicant, as a new message; earlier cards follow it."""
    applicant = yield from find(Person, application.person_id)
    if applicant is None:
        return NOTHING
    texts = content.texts[applicant.language]
    told = f"software/{application.id}/own"
    slot = told if application.pending else f"{told}/decided"
    message = applicant_cards.own(texts, application, content.register)
    return do(*earlier_cards(texts, application, besides=slot), Post(to=applicant.id, slot=slot, message=message))


def earlier_cards(texts: Texts, application: Application, *, besides: str) -> tuple[Post, ...]:
    """Return the updates of the applicant's cards, except the one in the slot ``besides``."""
    message = applicant_cards.own_earlier(texts, application)
    slots = {application.own_slot, f"software/{application.id}/own"} - {"", besides}
    return tuple(Post(to=application.person_id, slot=slot, message=message, only_update=True) for slot in sorted(slots))


def case_message(
    content: Content, application: Application, applicant: Person | None, viewer: Person, target: CaseTarget
) -> Message:
    """Return the case for a manager or a reviewer."""
    texts = content.texts[viewer.language]
    own = viewer.id == application.person_id
    decides = not own and may_decide(content, viewer, application.municipality_id, application.sector)
    return cards.case(
        texts,
        application,
        content.register,
        applicant=_applicant_name(applicant),
        unit=_applicant_unit(content, texts, applicant),
        seen=target.seen,
        decides=decides,
        own_answer=viewer.id == application.manager_id,
    )


def answered_with_case(event: Event, content: Content, application: Application, speaker: Speaker) -> Flow:
    """Answer with a case as it is now."""
    applicant = yield from find(Person, application.person_id)
    target = yield from target_of_case(content, application, event.at)
    message = case_message(content, application, applicant, speaker.person, target)
    return answer(event, "software", message, speaker.texts)


def _applicant_name(applicant: Person | None) -> str:
    return (unmarked(applicant.name) if applicant else "") or "–"


def _applicant_unit(content: Content, texts: Texts, applicant: Person | None) -> str:
    return (unit_name(content, texts, applicant) if applicant else "") or "–"


def begin_step(
    event: Event, content: Content, application: Application, people: Iterable[Person]
) -> Asking[tuple[Application, Decision]]:
    """Show an application to ``people`` and set the step's timer; return it as shown, and the decision."""
    told = tuple(people)
    sent = application.is_shown_to(*(person.id for person in told))
    due = do(later(due_key(sent.id), sent.due_at, DUE_VERB, application_id=sent.id)) if sent.due_at else NOTHING
    return sent, put(sent) + due + (yield from show_case(event, content, sent, told))


def taken_away(application: Application) -> Decision:
    """Return the decision that removes a case from the chats of managers and reviewers."""
    slot = f"software/{application.id}"
    posts = (Post(to=id_, slot=slot, message=None, only_update=True) for id_ in application.shown_to)
    return do(never(due_key(application.id)), *posts)


# The contacts first, then the administrators; after that the case stays in their lists.
MAX_ESCALATIONS: Final = 2


def escalate(event: Event, content: Content) -> Flow:
    """Show a late case to the overseers of the municipality's applications."""
    application = yield from find(Application, event.rang.data.get("application_id", ""))
    if application is None or not application.pending or application.escalations >= MAX_ESCALATIONS:
        return NOTHING
    if application.due_at is None or application.due_at > event.at:
        return NOTHING
    count = application.escalations + 1
    if count == 1:
        people = yield from overseers_of(application.municipality_id, besides=application.person_id)
    else:
        admins = yield from find_all(Person, f"role:{Role.ADMIN}@{application.municipality_id}")
        people = tuple(admin for admin in admins if admin.id != application.person_id)
    again = None if count == MAX_ESCALATIONS else event.at + timedelta(days=_days(content, application))
    missed = application.missed_due_at or application.due_at
    late = replace(application, escalations=count, due_at=again, missed_due_at=missed)
    sent, begun = yield from begin_step(event, content, late, people)
    told = {person.id for person in people}
    others = replace(sent, shown_to=tuple(id_ for id_ in sent.shown_to if id_ not in told))
    details = (("times", str(count)), ("people", str(len(told))))
    audit = Audit(act="software.escalated", subject=sent.id, by="clock", details=details)
    return begun + (yield from update_cases(event, content, others)) + do(audit)


def _days(content: Content, application: Application) -> int:
    return forum_of(content, application.sector).manager_days


TIMERS: Final[Verbs] = {DUE_VERB: escalate}
