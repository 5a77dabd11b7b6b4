"""Pass a question on, or assign it: to a person found by name, unit or topic, or to a topic's nearest helper."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from dialogs.availability.topic import topic_choices
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Audit, Decision, Notice, Post, do
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.query import Asking, Flow
from dialogs.core.refusal import EventRefused
from dialogs.core.review import reasons_to_warn
from dialogs.handoff import pass_cards
from dialogs.handoff.model import Handoff
from dialogs.handoff.offering import reachable_handoff, refuse_moved_on
from dialogs.handoff.oversight import may_assign, may_oversee
from dialogs.handoff.projection import (
    finish,
    note_slot,
    open_form,
    pass_slot,
    remove_choice_cards,
    reply_or_post,
    without_secrets,
)
from dialogs.handoff.recipients import Recipient, found_by, recipients_of
from dialogs.handoff.routing import assign, availability_of, give_to_contacts, offer_queued, offer_to
from dialogs.handoff.transitions import Status, Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import overseer_row
from knowledge.language.concerns import Concern
from knowledge.language.masking import cut
from knowledge.organisation.nearest import Availability

# Shown beneath each other, each one press away. The search finds the others.
MAX_COLLEAGUES: Final = 4
MAX_FOUND: Final = 12
LONGEST_SEARCH: Final = 80
LONGEST_NOTE: Final = 1000


def pass_card(event: Event, content: Content) -> Flow:
    """Show the nearest free colleagues and the topics they know, and a search for others."""
    work = UnitOfWork(event, content)
    handoff = yield from _passable(work)
    if handoff.is_with(event.person_id):
        handoff = open_form(work, handoff)
    yield from _show(work, handoff)
    return work.decision()


def pass_find(event: Event, content: Content) -> Flow:
    """Show the people found by name, unit or topic."""
    work = UnitOfWork(event, content)
    handoff = yield from _passable(work)
    note = (yield from without_secrets(work, event.pressed.text("note"), most=LONGEST_NOTE)).strip()
    yield from _show(work, handoff, words=cut(event.pressed.text("words"), LONGEST_SEARCH).strip(), note=note)
    return work.decision()


def pass_on(event: Event, content: Content) -> Flow:
    """Give it to the chosen person, or to the chosen topic's nearest helper, with an optional note."""
    work = UnitOfWork(event, content)
    handoff = yield from _passable(work)
    texts = yield from work.actor_texts()
    colleague_id, topic = event.pressed.text("colleague_id"), event.pressed.text("topic")
    if not colleague_id and not topic:
        return do(Notice(text=texts("handoff.pass.choose")))
    note = (yield from without_secrets(work, event.pressed.text("note"), most=LONGEST_NOTE)).strip()
    if (yield from _shown_again(work, handoff, note)):
        return work.decision()
    recipients = {recipient.person_id: recipient for recipient in (yield from recipients_of(work, handoff, texts))}
    passed = _taken_from_holder(work, handoff)
    if colleague_id:
        chosen = recipients.get(colleague_id)
        if chosen is None or not chosen.free:
            gone = (yield from availability_of(work, handoff, colleague_id)) is Availability.GONE
            declined = colleague_id in handoff.assignment.declined
            if declined or chosen is None:
                return (yield from work.refuse("refused_before" if declined else "no_helper", handoff.id, audit=gone))
            return (yield from work.refuse("not_free", handoff.id, audit=gone, why=chosen.why_not(texts)))
        after = yield from _give_to(work, passed, chosen)
    else:
        if not any(_knows(handoff, topic, recipient) for recipient in recipients.values()):
            return (yield from work.refuse("nobody_knows", handoff.id, audit=False))
        after = yield from assign(work, replace(passed, assignment=passed.assignment.ask_for(topic)))
    receivers = [id_ for id_ in (after.assignment.offered_to, *after.assignment.contacts) if id_]
    yield from _send_note(work, after, receivers, note)
    yield from offer_queued(work, handoff.municipality_id)
    to = yield from work.person(receivers[0] if len(receivers) == 1 else "")
    done = texts("handoff.pass.done", name=name_of(to, texts)) if to else texts("handoff.gone.passed")
    yield from finish(work)
    if not (handoff.status is Status.OFFERED and handoff.is_with(event.person_id)):
        # The card of an offer says it itself, beside the form.
        _say_where_form_was(work, handoff, done)
    return work.decision() + _audited(work, passed)


def pass_cancel(event: Event, content: Content) -> Flow:
    """Keep the question and close the form."""
    work = UnitOfWork(event, content)
    handoff, _ = yield from _on_card(work)
    texts = yield from work.actor_texts()
    kept = "handoff.pass.kept" if handoff.is_with(event.person_id) else "handoff.pass.closed"
    remove_choice_cards(work, event.person_id, handoff)
    _say_where_form_was(work, handoff, texts(kept))
    return work.decision()


def _passable(work: UnitOfWork) -> Asking[Handoff]:
    """Return the handoff if the actor may pass it on or assign it, or raise the refusal."""
    by = work.event.person_id
    handoff, oversees = yield from _on_card(work)
    if handoff.is_with(by) or (oversees and may_assign(handoff, by)):
        return handoff
    ended = {Status.RESOLVED: "resolved", Status.WITHDRAWN: "withdrawn"}
    raise EventRefused((yield from refuse_moved_on(work, handoff, ended.get(handoff.status, "moved_on"))))


def _on_card(work: UnitOfWork) -> Asking[tuple[Handoff, bool]]:
    """Return the handoff of the pressed card, and whether the actor oversees it; or raise the refusal."""
    handoff = yield from work.get(Handoff, work.event.pressed.text("handoff_id"))
    actor = yield from work.person(work.event.person_id)
    if handoff is not None and may_oversee(actor, handoff.municipality_id):
        return handoff, True
    return (yield from reachable_handoff(work)), False


def _taken_from_holder(work: UnitOfWork, handoff: Handoff) -> Handoff:
    """Return it waiting: passed on by its holder, or taken by an overseer, who has not declined it then."""
    by = work.event.person_id
    transition = Transition.PASSED if handoff.is_with(by) else Transition.ASSIGNED
    return (
        handoff.log(transition, work.at, by=by)
        if handoff.status is Status.WAITING
        else handoff.wait(transition, work.at, by=by)
    )


def _give_to(work: UnitOfWork, waiting: Handoff, chosen: Recipient) -> Asking[Handoff]:
    if chosen.ambassador is not None:
        open_again = replace(waiting, assignment=waiting.assignment.try_again(chosen.person_id))
        return (yield from offer_to(work, open_again, chosen.ambassador))
    return (yield from give_to_contacts(work, waiting, (chosen.person_id,)))


def _send_note(work: UnitOfWork, handoff: Handoff, receivers: Sequence[str], note: str) -> Asking[None]:
    if not note:
        return
    author = yield from work.person(work.event.person_id)
    for id_ in receivers:
        texts = yield from work.texts(id_)
        message = pass_cards.note(texts, handoff, name=name_of(author, texts), words=note)
        work.do(Post(to=id_, slot=note_slot(handoff), message=message))


def _shown_again(work: UnitOfWork, handoff: Handoff, note: str) -> Asking[bool]:
    """Show the form again if it is out of date or the note gives a concern; return whether it was."""
    pressed = work.event.pressed
    seen = pressed.text("step")
    # Two overseers, or one with an old form: the second must not undo what the first did.
    moved = bool(seen) and seen != str(handoff.moves)
    # The second press is for the note that the warning showed; an edited one is checked again.
    concerns = frozenset() if note == pressed.text("warned") else reasons_to_warn(note)
    if moved or concerns:
        words = cut(pressed.text("words"), LONGEST_SEARCH).strip()
        chosen = pressed.text("colleague_id")
        yield from _show(work, handoff, words=words, note=note, chosen=chosen, moved=moved, concerns=concerns)
    return moved or bool(concerns)


def _say_where_form_was(work: UnitOfWork, handoff: Handoff, text: str) -> None:
    # After whatever removes the form. A notice belongs to the pressed card, and would leave with it.
    reply_or_post(work, work.event.person_id, pass_slot(handoff, work.event.person_id), Message.plain(text))


def _audited(work: UnitOfWork, passed: Handoff) -> Decision:
    if passed.history[-1].what is not Transition.ASSIGNED:
        return NOTHING
    return do(Audit(act="handoff.assigned", subject=passed.id, by=work.event.person_id))


def _show(
    work: UnitOfWork,
    handoff: Handoff,
    *,
    words: str = "",
    note: str = "",
    chosen: str = "",
    moved: bool = False,
    concerns: frozenset[Concern] = frozenset(),
) -> Asking[None]:
    texts = yield from work.actor_texts()
    recipients = yield from recipients_of(work, handoff, texts)
    free = [recipient for recipient in recipients if recipient.free]
    matches = found_by(recipients, words) if words else ()
    found = [recipient for recipient in matches if recipient.free][:MAX_FOUND]
    # A search that finds nobody free keeps the lists: with them gone, nothing could be chosen.
    listed = found or free[:MAX_COLLEAGUES]
    busy = [recipient for recipient in matches if not recipient.free][:MAX_FOUND]
    known = {
        topic
        for recipient in free
        if recipient.ambassador is not None and recipient.person_id not in handoff.assignment.asked_before
        for topic in recipient.ambassador.topics
    }
    has_it = handoff.is_with(work.event.person_id)
    message = pass_cards.pass_on(
        texts,
        handoff,
        # An overseer assigns it without reading it.
        question=handoff.question if has_it else "",
        about=None if has_it else (yield from overseer_row(work, handoff, texts)),
        colleagues=[(recipient.title, recipient.person_id) for recipient in listed],
        busy=[(recipient.title, recipient.why_not(texts)) for recipient in busy],
        topics=() if found else topic_choices(texts, known),
        words=words,
        found=bool(found),
        note=note,
        chosen=chosen,
        moved=moved,
        concerns=concerns,
        chat=handoff.status is Status.ACCEPTED and has_it and handoff.chat.messages > 0,
    )
    reply_or_post(work, work.event.person_id, pass_slot(handoff, work.event.person_id), message)


def _knows(handoff: Handoff, topic: str, recipient: Recipient) -> bool:
    """Return whether the person may be asked by topic."""
    # After an expired offer, by name only.
    if recipient.ambassador is None or not recipient.free or recipient.person_id in handoff.assignment.asked_before:
        return False
    return topic in recipient.ambassador.topics
