"""What everybody sees and what the clock does, derived from how a decision leaves its handoffs.

Flows change records only. This projection turns each change into cards, news, focus and timers, so that a card or a
timer can never disagree with the state behind it.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from dialogs.availability.worklist import Worklist
from dialogs.core.decision import Decision, Post, Reply, later, never
from dialogs.core.event import Scope
from dialogs.core.message import Message
from dialogs.core.query import Asking
from dialogs.core.session import Session
from dialogs.handoff import cards, helper_cards, worklist_card
from dialogs.handoff.model import Handoff
from dialogs.handoff.recognition import thanks_due
from dialogs.handoff.transitions import ENDED, Status
from dialogs.handoff.unit_of_work import UnitOfWork, name_for, name_of
from dialogs.handoff.views import seen_by_asker, shown_to
from knowledge.language.masking import MaskedText


def finish(work: UnitOfWork) -> Asking[Decision]:
    """Return the decision with everything that follows from the changed handoffs."""
    for before, after in work.changes():
        _clock(work, before, after)
        thanks = thanks_due(work.world, after, work.at)
        if thanks is not None and after.resolutions and (before is None or before.resolutions != after.resolutions):
            work.do(thanks)
        if _in_queue(before) != _in_queue(after):
            key = f"desk/{after.municipality_id}/queue"
            work.do(later(key, _next_minute(work), "ambassador.queue", municipality_id=after.municipality_id))
        yield from _focus(work, before, after)
        if before is None or _face(before) != _face(after):
            yield from _asker(work, before, after)
            yield from _helpers(work, before, after)
        if before is not None and before.asked and after.status is not Status.ACCEPTED:
            for id_ in before.asked:
                texts = yield from work.texts(id_)
                work.do(Post(to=id_, slot=network_slot(after.id), message=cards.plain(texts("handoff.network.over"))))
    yield from _desks(work)
    return work.decision()


def show(work: UnitOfWork, to: str, slot: str, message: Message) -> None:
    """Show a message in a slot of somebody's own chat; the one who acts there sees it within the turn."""
    if to == work.event.person_id and work.event.scope is Scope.PERSONAL:
        work.do(Reply(slot=slot, message=message))
    else:
        work.do(Post(to=to, slot=slot, message=message))


def without_secrets(work: UnitOfWork, words: MaskedText, *, most: int) -> Asking[str]:
    """Return the beginning of an actor's words; notify them when numbers were masked in it."""
    if words.found:
        texts = yield from work.actor_texts()
        show(work, work.event.person_id, f"handoff/masked/{work.event.id}", cards.plain(texts("handoff.masked")))
    return words[:most]


def status_slot(handoff_id: str) -> str:
    """Return where the asker's status card is."""
    return f"handoff/{handoff_id}/status"


def offer_slot(handoff: Handoff, helper_id: str) -> str:
    """Return where a helper's card is; whenever it comes to them anew that is a new message, not an old one changed."""
    turns = handoff.turns_of(helper_id)
    return f"handoff/{handoff.id}/offer" + (f"/{turns}" if turns > 1 else "")


def offer_slots(handoff: Handoff, helper_id: str) -> tuple[str, ...]:
    """Return every place where a helper may have had a card of it."""
    first = f"handoff/{handoff.id}/offer"
    return (first, *(f"{first}/{turn}" for turn in range(2, handoff.turns_of(helper_id) + 1)))


def image_slot(handoff_id: str, number: int) -> str:
    """Return where the helper sees an image that came with the question; numbers count from 1."""
    return f"handoff/{handoff_id}/image/{number}"


def network_slot(handoff_id: str) -> str:
    """Return where those who are asked for advice see the question."""
    return f"handoff/{handoff_id}/network"


def pass_slot(handoff_id: str) -> str:
    """Return where a helper chooses whom to pass it on to."""
    return f"handoff/{handoff_id}/pass"


def articles_slot(handoff_id: str) -> str:
    """Return where a helper chooses an article to answer with."""
    return f"handoff/{handoff_id}/articles"


def put_away(work: UnitOfWork, person_id: str, handoff_id: str) -> None:
    """Take away what a helper had laid out to choose among; there is nothing to choose any more."""
    for slot in (pass_slot(handoff_id), articles_slot(handoff_id)):
        work.do(Post(to=person_id, slot=slot, message=None, only_update=True))


def deadline_key(handoff_id: str) -> str:
    """Return the name of the handoff's one timer."""
    return f"handoff/{handoff_id}/deadline"


def _face(handoff: Handoff) -> tuple[object, ...]:
    """Return what the cards depend on."""
    return (
        handoff.status,
        handoff.helper_id,
        handoff.contacts,
        handoff.question,
        handoff.answer,
        handoff.helped,
        handoff.rating,
        handoff.acceptances,
        handoff.resolutions,
        handoff.expected_at,
        handoff.next_at if handoff.status is Status.OFFERED or handoff.adrift else handoff.next_at is None,
    )


def _clock(work: UnitOfWork, before: Handoff | None, after: Handoff) -> None:
    if after.next_at is None:
        if before is not None and before.next_at is not None:
            work.do(never(deadline_key(after.id)))
    elif before is None or before.next_at != after.next_at:
        work.do(later(deadline_key(after.id), after.next_at, "handoff.due", handoff_id=after.id))


def _in_queue(handoff: Handoff | None) -> bool:
    """Tell whether desks show it among what nobody has."""
    return handoff is not None and handoff.status in {Status.WAITING, Status.ESCALATED}


def _next_minute(work: UnitOfWork) -> datetime:
    """Return when the clock next shows a new minute; many changes within one share a ring."""
    return work.at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _focus(work: UnitOfWork, before: Handoff | None, after: Handoff) -> Asking[None]:
    """Let both ends of a new conversation write to each other, and nobody to a conversation that has ended."""
    was = {before.asker_id, before.owner_id} if before and before.status is Status.ACCEPTED else set()
    now = {after.asker_id, after.owner_id} if after.status is Status.ACCEPTED else set()
    for id_ in sorted(id_ for id_ in was - now if id_):
        session = yield from work.get(Session, id_)
        if session is not None and session.talking_in == after.id:
            work.put(replace(session, talking_in=None, changed_at=work.at))
    if after.status is not Status.ACCEPTED or (before and before.acceptances == after.acceptances):
        return
    for id_ in sorted(id_ for id_ in now if id_):
        session = (yield from work.get(Session, id_)) or Session(id=id_, changed_at=work.at)
        if session.talking_in is None or id_ == after.owner_id:
            work.put(replace(session, talking_in=after.id, changed_at=work.at))


def _asker(work: UnitOfWork, before: Handoff | None, after: Handoff) -> Asking[None]:
    texts = yield from work.texts(after.asker_id)
    seen = yield from seen_by_asker(work, after, texts)
    to = after.asker_id
    show(work, to, status_slot(after.id), cards.status(texts, after, seen))
    if after.status is Status.ACCEPTED and (before is None or before.acceptances != after.acceptances):
        session = yield from work.get(Session, to)
        focused = session is not None and session.talking_in == after.id
        show(
            work,
            to,
            f"handoff/{after.id}/accepted/{after.acceptances}",
            cards.accepted(texts, after, seen, focused=focused),
        )
    if before is not None and before.status is Status.ACCEPTED and after.status is not Status.ACCEPTED:
        taken = cards.was_accepted(texts, (yield from seen_by_asker(work, before, texts)))
        slot = f"handoff/{after.id}/accepted/{before.acceptances}"
        work.do(Post(to=to, slot=slot, message=taken, only_update=True))
    if after.resolutions:
        show(work, to, f"handoff/{after.id}/closing/{after.resolutions}", cards.closing(texts, after, seen))
    if before is not None and before.status is Status.ACCEPTED and after.status not in {Status.ACCEPTED, *ENDED}:
        former = yield from work.person(before.owner_id or "")
        name = name_for((yield from work.person(to)), former, texts)
        slot = f"handoff/{after.id}/news/{len(after.history)}"
        show(work, to, slot, cards.news(texts, "moved_on", name=name))
    if after.status is Status.ESCALATED and (before is None or before.rounds == 0):
        slot = f"handoff/{after.id}/news/{len(after.history)}/escalated"
        show(work, to, slot, Message(text=cards.standing(texts, after, seen)))


def _helpers(work: UnitOfWork, before: Handoff | None, after: Handoff) -> Asking[None]:
    """Bring every helper's card up to date: those who have it, and those who had it until now."""
    concerned = {after.offered_to, after.owner_id, *after.contacts}
    if before is not None:
        concerned |= {before.offered_to, before.owner_id, *before.contacts}
    for id_ in sorted(id_ for id_ in concerned if id_):
        texts = yield from work.texts(id_)
        shown = yield from shown_to(work, after, id_, texts)
        if before is not None and (old := offer_slot(before, id_)) != offer_slot(after, id_):
            work.do(Post(to=id_, slot=old, message=None, only_update=True))
        show(work, id_, offer_slot(after, id_), helper_cards.helper(texts, after, id_, shown))
    if before is not None:
        for id_ in sorted(_having(before) - _having(after)):
            put_away(work, id_, after.id)
    taken = after.status is Status.ACCEPTED and (before is None or before.acceptances != after.acceptances)
    if taken and after.owner_id is not None:
        yield from _question_images(work, after, after.owner_id)


def _having(handoff: Handoff) -> frozenset[str]:
    """Return who can pass it on now."""
    helper = handoff.helper_id if handoff.status in {Status.OFFERED, Status.ACCEPTED} else None
    return frozenset({*handoff.contacts, *([helper] if helper else ())})


def _question_images(work: UnitOfWork, handoff: Handoff, owner_id: str) -> Asking[None]:
    """Show the one who took a question the images that came with it."""
    texts = yield from work.texts(owner_id)
    name = name_of((yield from work.person(handoff.asker_id)), texts)
    for number, image_id in enumerate(handoff.question_images, start=1):
        show(work, owner_id, image_slot(handoff.id, number), cards.question_image(texts, image_id, name=name))


def _desks(work: UnitOfWork) -> Asking[None]:
    """Bring the desk cards up to date of everybody on whose desk something has changed."""
    touched = {desk.id for desk in work.desks_changed()}
    for before, after in work.changes():
        if before is None or (_face(before), before.owner_spoke) != (_face(after), after.owner_spoke):
            touched |= {id_ for id_ in (before.helper_id if before else None, after.helper_id) if id_}
    for id_ in sorted(touched):
        desk = yield from work.get(Worklist, id_)
        if desk is None or desk.slot is None:
            continue
        texts = yield from work.texts(id_)
        message = yield from worklist_card.desk(work, desk, texts)
        work.do(Post(to=id_, slot=desk.slot, message=message, only_update=True))
