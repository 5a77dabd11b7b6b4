"""Open and overdue questions of a municipality, for its contacts and administrators."""

from typing import Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Notice, Post, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow
from dialogs.core.speaker import answer
from dialogs.core.texts import Texts
from dialogs.handoff import helper_cards
from dialogs.handoff.model import Handoff
from dialogs.handoff.open_questions import may_remind, open_questions, reminded_lately
from dialogs.handoff.oversight import may_assign, may_oversee
from dialogs.handoff.projection import finish, reminder_slot
from dialogs.handoff.transitions import Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import overseer_row

MAX_LISTED: Final = 10


def show_open(event: Event, content: Content) -> Flow:
    """List the open questions of the municipality: overdue ones first, then the oldest."""
    # Without their words, which are for the helpers: a card in an overseer's chat would outlast an erasure.
    work = UnitOfWork(event, content)
    person = yield from work.person(event.person_id)
    if person is None or person.municipality_id is None or not may_oversee(person, person.municipality_id):
        return (yield from work.refuse("not_admin", "open"))
    texts = yield from work.actor_texts()
    handoffs = yield from open_questions(work, person.municipality_id)
    message = yield from _card(work, texts, person, handoffs)
    audit = do(Audit(act="handoff.open", subject=person.municipality_id, by=person.id))
    return answer(event, "handoff/open", message, texts) + audit


def remind_holder(event: Event, content: Content) -> Flow:
    """Remind the helper of an overdue question that they have taken; others cannot take it from them."""
    work = UnitOfWork(event, content)
    actor = yield from work.person(event.person_id)
    texts = yield from work.actor_texts()
    handoff = yield from work.get(Handoff, event.pressed.text("handoff_id"))
    if handoff is None or not may_oversee(actor, handoff.municipality_id):
        return (yield from work.refuse("unknown", event.pressed.text("handoff_id")))
    if not may_remind(handoff, event.person_id, event.at):
        return (yield from work.refuse("no_reminder", handoff.id, audit=False))
    if reminded_lately(handoff, event.at):
        return (yield from work.refuse("reminded_lately", handoff.id, audit=False))
    helper_id = handoff.helper_id or ""
    theirs = yield from work.texts(helper_id)
    asker = name_of((yield from work.person(handoff.asker_id)), theirs)
    message = helper_cards.reminder(theirs, handoff, asker=asker, last=False)
    work.do(Post(to=helper_id, slot=reminder_slot(handoff), message=message, alerts=True))
    yield from work.change(handoff.log(Transition.REMINDED, work.at, by=event.person_id))
    yield from finish(work)
    name = name_of((yield from work.person(helper_id)), texts)
    audit = Audit(act="handoff.reminded", subject=handoff.id, by=event.person_id)
    return work.decision() + do(audit, Notice(text=texts("handoff.reminder.sent", name=name)))


def _card(work: UnitOfWork, texts: Texts, viewer: Person, handoffs: list[Handoff]) -> Asking[Message]:
    title = texts("handoff.open.title")
    overdue = sum(handoff.is_overdue(work.at) for handoff in handoffs)
    summary = texts.plural("handoff.open.summary", len(handoffs), overdue=texts.number(overdue))
    body: list[card.Element] = [card.heading(title), card.paragraph(summary)]
    lines = [title, summary]
    for handoff in handoffs[:MAX_LISTED]:
        about, state = yield from overseer_row(work, handoff, texts)
        lines.append(f"- {about}. {state}")
        body += [card.paragraph(f"**{about}**"), card.small(state)]
        if may_assign(handoff, viewer.id):
            assign = card.press(texts("handoff.open.assign"), "handoff.pass_card", handoff_id=handoff.id)
            body.append(card.buttons(assign))
    if len(handoffs) > MAX_LISTED:
        more = texts("handoff.open.more", number=texts.number(len(handoffs) - MAX_LISTED))
        lines.append(more)
        body.append(card.small(more))
    refresh = card.press(texts("ambassador.desk.refresh"), "handoff.open")
    return Message(text="\n".join(lines), card=card.card(body, [refresh]))
