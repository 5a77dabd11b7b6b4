"""The helper's worklist card, shown on request and updated for recent viewers.

A chat has one worklist card at a time; asking again moves it below the latest message.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.ambassadors import settings_cards
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.content import Content
from dialogs.core.decision import Notice, Post, Reply, Urgency
from dialogs.core.event import Event, Pressed, Scope
from dialogs.core.query import Flow
from dialogs.core.speaker import answer
from dialogs.handoff import worklist_card
from dialogs.handoff.routing import contacts_of
from dialogs.handoff.unit_of_work import UnitOfWork

# Time after the last view in which the card is kept current.
LOOKED_LATELY: Final = timedelta(hours=8)


def desk(event: Event, content: Content) -> Flow:
    """Show the helper's worklist, or how to become an ambassador."""
    work = UnitOfWork(event, content)
    texts = yield from work.actor_texts()
    person = yield from work.person(event.person_id)
    profile = yield from work.get(AmbassadorProfile, event.person_id)
    worklist = yield from work.get(Worklist, event.person_id)
    municipality_id = (person.municipality_id if person else None) or ""
    helps = profile is not None and profile.ambassador.active
    # Former ambassadors keep the worklist until it is empty.
    if not helps and not (worklist and worklist.used_capacity):
        contacts = yield from contacts_of(municipality_id, content)
        if not any(contact.id == event.person_id for contact in contacts):
            return answer(event, "ambassador/desk", settings_cards.stranger(texts, person), texts)
    known = replace(worklist or (yield from work.worklist(event.person_id, municipality_id)), looked_at=event.at)
    pressed = event.what.slot if isinstance(event.what, Pressed) else None
    if pressed is not None and pressed == known.slot:
        work.do(Reply(slot=pressed, message=(yield from worklist_card.refresh_card(work, known, texts))))
        return work.decision()
    slot = f"ambassador/desk/{event.id}"
    if known.slot:
        work.do(Post(to=event.person_id, slot=known.slot, message=None, only_update=True))
    message = yield from worklist_card.refresh_card(work, replace(known, slot=slot), texts)
    if event.scope is Scope.PERSONAL:
        work.do(Reply(slot=slot, message=message))
    else:
        # The worklist names askers, so in a shared chat it goes to the helper's own chat.
        work.do(Post(to=event.person_id, slot=slot, message=message), Notice(text=texts("common.sent_privately")))
    return work.decision()


def queue_changed(event: Event, content: Content) -> Flow:
    """Update recently viewed worklist cards that show an outdated queue."""
    work = UnitOfWork(event, content)
    # The timer fires at most once a minute: a card per change and helper would flood the chats.
    for worklist in (yield from work.find(Worklist, f"municipality:{event.rang.data.get('municipality_id', '')}")):
        if worklist.slot is None or worklist.looked_at is None or worklist.looked_at + LOOKED_LATELY < event.at:
            continue
        texts = yield from work.texts(worklist.id)
        now = yield from worklist_card.read_worklist(work, worklist.id, texts)
        if worklist_card.queue_ids(now) == worklist.queue:
            continue
        message = yield from worklist_card.refresh_card(work, worklist, texts)
        work.do(Post(to=worklist.id, slot=worklist.slot, message=message, only_update=True, urgency=Urgency.QUIET))
    return work.decision()
