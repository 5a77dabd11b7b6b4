"""Open and overdue questions of a municipality, for its contacts and administrators."""

from typing import Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import Audit, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow
from dialogs.core.speaker import answer
from dialogs.core.texts import Texts
from dialogs.handoff.model import Handoff
from dialogs.handoff.open_questions import open_questions
from dialogs.handoff.passing import may_assign, may_oversee
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
    found = yield from open_questions(work, person.municipality_id)
    message = yield from _card(work, texts, person, found)
    audit = do(Audit(act="handoff.open", subject=person.municipality_id, by=person.id))
    return answer(event, "handoff/open", message, texts) + audit


def _card(work: UnitOfWork, texts: Texts, viewer: Person, found: list[Handoff]) -> Asking[Message]:
    title = texts("handoff.open.title")
    overdue = sum(each.is_overdue(work.at) for each in found)
    summary = texts.plural("handoff.open.summary", len(found), overdue=texts.number(overdue))
    body: list[card.Element] = [card.heading(title), card.paragraph(summary)]
    lines = [title, summary]
    for handoff in found[:MAX_LISTED]:
        about, state = yield from overseer_row(work, handoff, texts)
        lines.append(f"- {about}. {state}")
        body += [card.paragraph(f"**{about}**"), card.small(state)]
        if may_assign(handoff, viewer.id):
            assign = card.press(texts("handoff.open.assign"), "handoff.pass_card", handoff_id=handoff.id)
            body.append(card.buttons(assign))
    if len(found) > MAX_LISTED:
        more = texts("handoff.open.more", number=texts.number(len(found) - MAX_LISTED))
        lines.append(more)
        body.append(card.small(more))
    refresh = card.press(texts("ambassador.desk.refresh"), "handoff.open")
    return Message(text="\n".join(lines), card=card.card(body, [refresh]))
