"""Changes to shared conversations that are required before a person is deleted."""

from collections.abc import Sequence
from dataclasses import replace

from dialogs.ambassadors.application import AmbassadorApplication
from dialogs.ambassadors.joining import invitation_slot
from dialogs.ambassadors.joining import taken_away as wish_taken_away
from dialogs.ambassadors.tips import taken_away as tips_taken_away
from dialogs.availability.worklist import Worklist
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Post, do, never, remove
from dialogs.core.event import Event
from dialogs.core.image import Image
from dialogs.core.person import Person
from dialogs.core.query import Asking, find_all, find_each
from dialogs.handoff.addition import Addition
from dialogs.handoff.draft import Draft
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import deadline_key, finish, image_slot, offer_slots, show_without_helper
from dialogs.handoff.routing import assign
from dialogs.handoff.suggestion import Suggestion
from dialogs.handoff.transitions import Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.privacy.copies import copies_taken_away, suggestions_removed
from dialogs.privacy.helpers_replies import helpers_cards_removed, helpers_replies_removed
from dialogs.privacy.helping_words import helping_words_taken_away
from dialogs.privacy.redaction import redacted
from dialogs.rollout.classroom.timers import person_removed
from dialogs.rollout.learn.refreshing import refresher_key
from dialogs.rollout.software.decide.case import taken_away
from dialogs.rollout.software.model import Application


def close_cases(event: Event, content: Content, person_id: str) -> Asking[Decision]:
    """Withdraw the person's questions, reassign accepted ones, and remove the person's texts from other chats."""
    work = UnitOfWork(event, content)
    for handoff in (yield from find_all(Handoff, f"open:{person_id}")):
        yield from work.change(handoff.withdraw(event.at))
    for handoff in (yield from find_all(Handoff, f"owner:{person_id}")):
        if handoff.status is Status.ACCEPTED:
            yield from assign(work, handoff.wait(Transition.RELEASED, event.at, by=person_id))
        elif handoff.asker_id != person_id:
            anonymous = redacted(handoff, person_id)
            work.put(anonymous)
            yield from show_without_helper(work, anonymous)
    for handoff in (yield from find_all(Handoff, f"offered:{person_id}")):
        yield from assign(work, handoff.wait(Transition.DECLINED, event.at, by=person_id))
    asked = yield from find_all(Handoff, f"person:{person_id}")
    yield from _clear_worklists(work, asked)
    work.do(*(yield from tips_taken_away(content, person_id)))
    decision = yield from finish(work)
    for handoff in asked:
        decision += do(never(deadline_key(handoff.id)), *_taken_from_helpers(handoff))
        decision += yield from suggestions_removed((yield from find_all(Suggestion, f"handoff:{handoff.id}")))
        additions = yield from find_all(Addition, f"handoff:{handoff.id}")
        decision += remove(Addition, *(addition.id for addition in additions))
        images = yield from find_all(Image, f"handoff:{handoff.id}")
        decision += remove(Image, *(image.id for image in images))
    gaps = yield from find_all(Suggestion, f"gap:{person_id}")
    drafts = yield from find_each(Addition, [gap.id for gap in gaps])
    decision += yield from suggestions_removed(gaps)
    decision += remove(Addition, *sorted(drafts))
    decision += yield from copies_taken_away(person_id, at=event.at)
    decision += yield from helpers_replies_removed(person_id, asked)
    decision += yield from helpers_cards_removed(asked)
    decision += yield from helping_words_taken_away(person_id)
    decision += yield from _invitations_taken_back(work, person_id)
    for draft in (yield from find_all(Draft, f"person:{person_id}")):
        decision += do(never(f"handoff/{draft.id}/draft"))
    decision += do(never(refresher_key(person_id)))
    for application in (yield from find_all(Application, f"person:{person_id}")):
        decision += taken_away(application)
    for wish in (yield from find_all(AmbassadorApplication, f"person:{person_id}")):
        decision += wish_taken_away(wish)
    decision += yield from person_removed(person_id, content, event.at)
    return decision


def _clear_worklists(work: UnitOfWork, asked: Sequence[Handoff]) -> Asking[None]:
    """Remove the questions from all worklists: from the last solved ones and from the queue."""
    ids = {handoff.id for handoff in asked}
    for municipality_id in sorted({handoff.municipality_id for handoff in asked}):
        for worklist in (yield from work.find(Worklist, f"municipality:{municipality_id}")):
            done = tuple(id_ for id_ in worklist.done if id_ not in ids)
            queue = tuple(id_ for id_ in worklist.queue if id_ not in ids)
            if (done, queue) != (worklist.done, worklist.queue):
                work.put(replace(worklist, done=done, queue=queue))


def _invitations_taken_back(work: UnitOfWork, person_id: str) -> Asking[Decision]:
    """Return the decision that removes the person's nominations, which contain the name, from chats."""
    person = yield from work.person(person_id)
    if person is None or person.unit_id is None:
        return NOTHING
    colleagues = yield from find_all(Person, f"unit:{person.unit_id}")
    slot = invitation_slot(person_id)
    return do(*(Post(to=colleague.id, slot=slot, message=None, only_update=True) for colleague in colleagues))


def _taken_from_helpers(handoff: Handoff) -> list[Post]:
    """Return the posts that remove a question's cards and messages from every helper's chat."""
    involved = {moment.to for moment in handoff.history} | {moment.by for moment in handoff.history}
    involved |= {handoff.assignment.owner_id, handoff.assignment.offered_to, *handoff.assignment.contacts}
    slots = [f"handoff/{handoff.id}/said/{n}" for n in range(1, handoff.chat.messages + 1)]
    slots += [image_slot(handoff.id, n) for n in range(1, len(handoff.question_images) + 1)]
    slots += [f"handoff/{handoff.id}/sent/{n}" for n in range(1, handoff.chat.messages + 1)]
    slots += [f"handoff/{handoff.id}/tip/{n}" for n in range(1, handoff.chat.tips + 1)]
    slots += [
        f"handoff/{handoff.id}/reminder/{n}" for n in range(max(len(handoff.history), handoff.assignment.rounds) + 1)
    ]
    slots += [f"handoff/{handoff.id}/{name}" for name in ("pass", "network", "articles", "suggest")]
    helpers = sorted(id_ for id_ in involved if id_ and id_ != handoff.asker_id)
    return [
        Post(to=id_, slot=slot, message=None, only_update=True)
        for id_ in helpers
        for slot in (*offer_slots(handoff, id_), *slots)
    ]
