"""Derive cards, notices, focus and timers from the changed handoffs of a decision.

Flows change records only. Because this module derives every card and timer from the records, a card or a timer cannot
contradict the state.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from dialogs.availability.worklist import Worklist
from dialogs.core.decision import Decision, Post, Reply, later, never
from dialogs.core.event import Event, Scope
from dialogs.core.message import Message
from dialogs.core.names import name_for, name_of
from dialogs.core.query import Asking
from dialogs.core.session import Session
from dialogs.core.texts import Texts
from dialogs.handoff import cards, helper_cards, worklist_card
from dialogs.handoff.draft import Unsent
from dialogs.handoff.model import Handoff
from dialogs.handoff.recognition import thanks_due
from dialogs.handoff.transitions import ENDED, HistoryEntry, Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import asker_view, helper_view
from knowledge.language.masking import MaskedText

# Flow of the slots of lists of own questions.
OWN_LIST: Final = "handoff/mine"


def finish(work: UnitOfWork) -> Asking[Decision]:
    """Return the decision, including all effects of the changed handoffs."""
    changed_for: set[str] = set()
    for before, after in work.changes():
        _schedule(work, before, after)
        thanks = thanks_due(work.content, after, work.at)
        if (
            thanks is not None
            and after.outcome.resolutions
            and (before is None or before.outcome.resolutions != after.outcome.resolutions)
        ):
            work.do(thanks)
        if _in_queue(before) != _in_queue(after):
            key = f"desk/{after.municipality_id}/queue"
            work.do(later(key, _next_minute(work), "ambassador.queue", municipality_id=after.municipality_id))
        yield from _update_focus(work, before, after)
        # Cards are updated only if they show a difference: every update counts against the rate limit of its chat.
        if before is None or _shown_fields(before) != _shown_fields(after):
            yield from _update_asker(work, before, after)
            yield from _ask_about_chat(work, before, after)
            yield from _update_helpers(work, before, after)
            changed_for.add(after.asker_id)
        if before is not None and before.chat.advisers and after.status is not Status.ACCEPTED:
            for id_ in before.chat.advisers:
                texts = yield from work.texts(id_)
                work.do(Post(to=id_, slot=network_slot(after.id), message=Message.plain(texts("handoff.network.over"))))
    for asker_id in sorted(changed_for):
        yield from _update_own_list(work, asker_id)
    yield from _update_worklists(work)
    return work.decision()


def reply_or_post(work: UnitOfWork, to: str, slot: str, message: Message, *, alerts: bool = False) -> None:
    """Show a message in a slot of a person's chat."""
    work.do(message_effect(work.event, to, slot, message, alerts=alerts))


def message_effect(event: Event, to: str, slot: str, message: Message, *, alerts: bool = False) -> Reply | Post:
    """Return the effect that shows a message in a slot of a person's chat."""
    # A reply is sent within the turn, so the actor's own card changes first.
    here = to == event.person_id and event.scope is Scope.PERSONAL
    return Reply(slot=slot, message=message) if here else Post(to=to, slot=slot, message=message, alerts=alerts)


def card_effect(event: Event, to: str, slot: str, message: Message, *, alerts: bool = False) -> Reply | Post:
    """Return the effect that shows a card in a person's chat, also when they acted on a page."""
    if event.from_page:
        return Post(to=to, slot=slot, message=message, alerts=alerts)
    return message_effect(event, to, slot, message, alerts=alerts)


def without_secrets(work: UnitOfWork, words: MaskedText, *, most: int) -> Asking[str]:
    """Return the start of the actor's text, and notify the actor of masked numbers."""
    work.do(*masked_notes(work.event, (yield from work.actor_texts()), words))
    return words[:most]


def masked_notes(event: Event, texts: Texts, *words: MaskedText) -> list[Reply | Post]:
    """Return the effects that notify the actor of masked numbers, one for each text with any."""
    note, slot = Message.plain(texts("handoff.masked")), f"handoff/masked/{event.id}"
    return [message_effect(event, event.person_id, slot, note) for masked in words if masked.found]


def status_slot(handoff_id: str) -> str:
    """Return the slot of the asker's status card."""
    return f"handoff/{handoff_id}/status"


def offer_slot(handoff: Handoff, helper_id: str) -> str:
    """Return the slot of a helper's card."""
    # Each new offer to a helper gets a new message: an update of an old card far up notifies no one.
    turns = handoff.turns_of(helper_id)
    return f"handoff/{handoff.id}/offer" + (f"/{turns}" if turns > 1 else "")


def offer_slots(handoff: Handoff, helper_id: str) -> tuple[str, ...]:
    """Return all slots in which a helper may have a card of the handoff."""
    first = f"handoff/{handoff.id}/offer"
    return (first, *(f"{first}/{turn}" for turn in range(2, handoff.turns_of(helper_id) + 1)))


def image_slot(handoff_id: str, number: int) -> str:
    """Return the slot of an image of the question; numbers start at 1."""
    return f"handoff/{handoff_id}/image/{number}"


def network_slot(handoff_id: str) -> str:
    """Return the slot of the request for advice."""
    return f"handoff/{handoff_id}/network"


def pass_slot(handoff: Handoff, person_id: str) -> str:
    """Return the slot of a person's form for passing on."""
    return _form_slot(handoff, person_id, "pass")


def resolve_slot(handoff: Handoff, person_id: str) -> str:
    """Return the slot of the owner's form for closing the question."""
    return _form_slot(handoff, person_id, "resolve")


def _form_slot(handoff: Handoff, person_id: str, form: str) -> str:
    # Each opening gets a new message: an update of a form far up is not seen by whoever pressed further down.
    opened = handoff.forms.get(person_id, 1)
    return f"handoff/{handoff.id}/{form}" + (f"/{opened}" if opened > 1 else "")


def closing_slot(handoff: Handoff) -> str:
    """Return the slot of the message that asks the asker whether the last answer helped."""
    return f"handoff/{handoff.id}/closing/{handoff.outcome.resolutions}"


def earlier_chat_slot(handoff: Handoff) -> str:
    """Return the slot of the question about the earlier conversation, and of its heading in the owner's chat."""
    return f"handoff/{handoff.id}/earlier/{handoff.assignment.acceptances}"


def note_slot(handoff: Handoff) -> str:
    """Return the slot of the note with the last passing on or assignment."""
    return f"handoff/{handoff.id}/note/{len(passings(handoff))}"


def passings(handoff: Handoff) -> list[HistoryEntry]:
    """Return the entries that a note may belong to, in the order of their notes."""
    return [entry for entry in handoff.history if entry.what in {Transition.PASSED, Transition.ASSIGNED}]


def reminder_slot(handoff: Handoff) -> str:
    """Return the slot of the next reminder."""
    return f"handoff/{handoff.id}/reminder/{len(handoff.history)}"


def articles_slot(handoff_id: str) -> str:
    return f"handoff/{handoff_id}/articles"


def open_form(work: UnitOfWork, handoff: Handoff) -> Handoff:
    """Remove the holder's form for passing on or closing, and return the handoff that counts a new one."""
    by = work.event.person_id
    for slot in (pass_slot(handoff, by), resolve_slot(handoff, by)):
        work.do(Post(to=by, slot=slot, message=None, only_update=True))
    opened = handoff.open_form(by)
    work.put(opened)
    return opened


def remove_choice_cards(work: UnitOfWork, person_id: str, handoff: Handoff) -> None:
    """Remove a helper's choice cards, which have become useless."""
    for slot in (pass_slot(handoff, person_id), resolve_slot(handoff, person_id), articles_slot(handoff.id)):
        work.do(Post(to=person_id, slot=slot, message=None, only_update=True))


def held_slot(handoff_id: str, event_id: str) -> str:
    """Return the slot of the warning about a message held in a conversation."""
    return f"handoff/{handoff_id}/held/{event_id}"


def deadline_key(handoff_id: str) -> str:
    """Return the name of the handoff's only timer."""
    return f"handoff/{handoff_id}/deadline"


def _shown_fields(handoff: Handoff) -> tuple[object, ...]:
    """Return the fields that cards depend on."""
    return (
        handoff.status,
        handoff.helper_id,
        handoff.assignment.contacts,
        handoff.question,
        handoff.outcome.answer,
        handoff.outcome.helped,
        handoff.outcome.rating,
        handoff.assignment.acceptances,
        handoff.outcome.resolutions,
        handoff.promised_at,
        handoff.next_at if handoff.status is Status.OFFERED or handoff.adrift else handoff.next_at is None,
        # Assigned to the one that already has it, it comes to them once more, as a new message.
        tuple(handoff.turns_of(id_) for id_ in (handoff.helper_id, *handoff.assignment.contacts) if id_),
    )


def _schedule(work: UnitOfWork, before: Handoff | None, after: Handoff) -> None:
    if after.next_at is None:
        if before is not None and before.next_at is not None:
            work.do(never(deadline_key(after.id)))
    elif before is None or before.next_at != after.next_at:
        work.do(later(deadline_key(after.id), after.next_at, "handoff.due", handoff_id=after.id))


def _in_queue(handoff: Handoff | None) -> bool:
    """Return whether worklists show the handoff in the queue without a helper."""
    return handoff is not None and handoff.status in {Status.WAITING, Status.ESCALATED}


def _next_minute(work: UnitOfWork) -> datetime:
    """Return the start of the next minute, so that many changes share one timer."""
    return work.at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _drop_held(work: UnitOfWork, person_id: str, handoff_id: str) -> Asking[None]:
    """Drop the message that its author had not sent when the conversation ended, and say so in its card."""
    unsent = yield from work.get(Unsent, person_id)
    if unsent is None or unsent.handoff_ids != (handoff_id,):
        return
    work.remove(Unsent, person_id)
    if unsent.slot is not None:
        texts = yield from work.texts(person_id)
        note = Message.plain(texts("handoff.not_sent"))
        work.do(Post(to=person_id, slot=unsent.slot, message=note, only_update=True))


def _update_focus(work: UnitOfWork, before: Handoff | None, after: Handoff) -> Asking[None]:
    """Relay messages between both ends of a new conversation, and stop at its end."""
    ended = {before.asker_id, before.assignment.owner_id} if before and before.status is Status.ACCEPTED else set()
    ends = {after.asker_id, after.assignment.owner_id} if after.status is Status.ACCEPTED else set()
    # Sorted, so that the flow asks the same queries in the same order when it decides again.
    for id_ in sorted(id_ for id_ in ended - ends if id_):
        session = yield from work.get(Session, id_)
        if session is not None and session.talking_in == after.id:
            work.put(replace(session, talking_in=None, changed_at=work.at))
        yield from _drop_held(work, id_, after.id)
    if after.status is not Status.ACCEPTED or (
        before and before.assignment.acceptances == after.assignment.acceptances
    ):
        return
    for id_ in sorted(id_ for id_ in ends if id_):
        session = (yield from work.get(Session, id_)) or Session(id=id_, changed_at=work.at)
        # The owner has just accepted and means this one. An asker in another conversation stays there.
        if session.talking_in is None or id_ == after.assignment.owner_id:
            work.put(replace(session, talking_in=after.id, changed_at=work.at))


def show_without_helper(work: UnitOfWork, handoff: Handoff) -> Asking[None]:
    """Update the asker's cards of a handoff after its helper's data was erased, if they are there."""
    to = handoff.asker_id
    texts = yield from work.texts(to)
    view = yield from asker_view(work, handoff, texts)
    shown = [(status_slot(handoff.id), cards.status(texts, handoff, view))]
    if handoff.outcome.resolutions:
        closing = closing_slot(handoff)
        shown.append((closing, cards.closing(texts, handoff, view)))
    work.do(*(Post(to=to, slot=slot, message=message, only_update=True) for slot, message in shown))
    yield from _update_own_list(work, to)


def _update_asker(work: UnitOfWork, before: Handoff | None, after: Handoff) -> Asking[None]:
    texts = yield from work.texts(after.asker_id)
    view = yield from asker_view(work, after, texts)
    to = after.asker_id
    reply_or_post(work, to, status_slot(after.id), cards.status(texts, after, view))
    if after.status is Status.ACCEPTED and (
        before is None or before.assignment.acceptances != after.assignment.acceptances
    ):
        session = yield from work.get(Session, to)
        focused = session is not None and session.talking_in == after.id
        reply_or_post(
            work,
            to,
            f"handoff/{after.id}/accepted/{after.assignment.acceptances}",
            cards.accepted(texts, after, view, focused=focused),
        )
    if before is not None and before.status is Status.ACCEPTED and after.status is not Status.ACCEPTED:
        taken = cards.was_accepted(texts, (yield from asker_view(work, before, texts)))
        slot = f"handoff/{after.id}/accepted/{before.assignment.acceptances}"
        work.do(Post(to=to, slot=slot, message=taken, only_update=True))
    if after.outcome.resolutions:
        reply_or_post(
            work,
            to,
            closing_slot(after),
            cards.closing(texts, after, view),
            alerts=before is None or before.outcome.resolutions != after.outcome.resolutions,
        )
    if before is not None and before.status is Status.ACCEPTED and after.status not in {Status.ACCEPTED, *ENDED}:
        former = yield from work.person(before.assignment.owner_id or "")
        name = name_for((yield from work.person(to)), former, texts)
        slot = f"handoff/{after.id}/news/{len(after.history)}"
        reply_or_post(work, to, slot, cards.news(texts, "moved_on", name=name))
    if after.status is Status.ESCALATED and (before is None or before.assignment.rounds == 0):
        slot = f"handoff/{after.id}/news/{len(after.history)}/escalated"
        sentences = (cards.status_sentence(texts, after, view), cards.in_the_meantime(texts, after, view))
        reply_or_post(work, to, slot, Message(text=" ".join(filter(None, sentences))))


def _ask_about_chat(work: UnitOfWork, before: Handoff | None, after: Handoff) -> Asking[None]:
    """Ask the asker, once, whether a new owner may read the earlier conversation; the question ends with the owner."""
    to = after.asker_id
    same = before is not None and before.assignment.acceptances == after.assignment.acceptances
    unanswered = before is not None and before.has_earlier_chat and not before.chat_shown
    if before is not None and unanswered and after.status is not Status.ACCEPTED:
        work.do(Post(to=to, slot=earlier_chat_slot(before), message=None, only_update=True))
    if after.has_earlier_chat and not same:
        texts = yield from work.texts(to)
        view = yield from asker_view(work, after, texts)
        reply_or_post(work, to, earlier_chat_slot(after), cards.ask_about_chat(texts, after, view))


def own_list(work: UnitOfWork, person_id: str) -> Asking[Message]:
    """Return a person's questions to colleagues and their status, newest first."""
    texts = yield from work.texts(person_id)
    handoffs = yield from work.find(Handoff, f"person:{person_id}")
    rows = []
    for handoff in sorted(handoffs, key=lambda handoff: handoff.created_at, reverse=True)[: cards.MAX_LISTED]:
        rows.append((handoff, (yield from asker_view(work, handoff, texts))))
    return cards.own_questions(texts, rows)


def _update_own_list(work: UnitOfWork, asker_id: str) -> Asking[None]:
    """Update the list of own questions that the asker was last shown."""
    session = yield from work.get(Session, asker_id)
    if session is None or session.own_questions is None:
        return
    message = yield from own_list(work, asker_id)
    work.do(Post(to=asker_id, slot=session.own_questions, message=message, only_update=True))


def _update_helpers(work: UnitOfWork, before: Handoff | None, after: Handoff) -> Asking[None]:
    """Update the cards of the current and the previous helpers."""
    concerned = {after.assignment.offered_to, after.assignment.owner_id, *after.assignment.contacts}
    if before is not None:
        concerned |= {before.assignment.offered_to, before.assignment.owner_id, *before.assignment.contacts}
    for id_ in sorted(id_ for id_ in concerned if id_):
        texts = yield from work.texts(id_)
        view = yield from helper_view(work, after, id_, texts)
        # A second offer to a helper is a new message. The earlier card would show the same question twice.
        if before is not None and (old := offer_slot(before, id_)) != offer_slot(after, id_):
            work.do(Post(to=id_, slot=old, message=None, only_update=True))
        card = helper_cards.helper(texts, after, id_, view)
        new = id_ in _asked(after) and (
            before is None or id_ not in _asked(before) or offer_slot(before, id_) != offer_slot(after, id_)
        )
        work.do(card_effect(work.event, id_, offer_slot(after, id_), card, alerts=new))
    if before is not None:
        for id_ in sorted(_may_pass_on(before) - _may_pass_on(after)):
            remove_choice_cards(work, id_, after)
    taken = after.status is Status.ACCEPTED and (
        before is None or before.assignment.acceptances != after.assignment.acceptances
    )
    if taken and after.assignment.owner_id is not None:
        yield from _question_images(work, after, after.assignment.owner_id)


def _asked(handoff: Handoff) -> frozenset[str]:
    """Return the ids of the people whose answer an offer or an escalation waits for."""
    return frozenset(filter(None, (handoff.assignment.offered_to, *handoff.assignment.contacts)))


def _may_pass_on(handoff: Handoff) -> frozenset[str]:
    """Return the ids of the people able to pass it on now."""
    helper = handoff.helper_id if handoff.status in {Status.OFFERED, Status.ACCEPTED} else None
    return frozenset({*handoff.assignment.contacts, *([helper] if helper else ())})


def _question_images(work: UnitOfWork, handoff: Handoff, owner_id: str) -> Asking[None]:
    """Send the images of the question to its new owner."""
    texts = yield from work.texts(owner_id)
    name = name_of((yield from work.person(handoff.asker_id)), texts)
    for number, image_id in enumerate(handoff.question_images, start=1):
        message = cards.question_image(texts, image_id, name=name)
        work.do(card_effect(work.event, owner_id, image_slot(handoff.id, number), message))


def _update_worklists(work: UnitOfWork) -> Asking[None]:
    """Update the worklist cards that show a changed handoff."""
    touched = {worklist.id for worklist in work.changed_worklists()}
    for before, after in work.changes():
        if before is None or (_shown_fields(before), before.chat.owner_spoke) != (
            _shown_fields(after),
            after.chat.owner_spoke,
        ):
            touched |= {id_ for id_ in (before.helper_id if before else None, after.helper_id) if id_}
    for id_ in sorted(touched):
        worklist = yield from work.get(Worklist, id_)
        if worklist is None or worklist.slot is None:
            continue
        texts = yield from work.texts(id_)
        message = yield from worklist_card.refresh_card(work, worklist, texts)
        work.do(Post(to=id_, slot=worklist.slot, message=message, only_update=True))
