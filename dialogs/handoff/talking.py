"""Relay chat messages between asker and helper, each in their own chat, by the colleague that reads them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, Reply, do
from dialogs.core.event import Event, Pressed
from dialogs.core.image import MAX_IN_HANDOFF, refused_files, why_refused
from dialogs.core.message import Message
from dialogs.core.names import name_for
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find, find_all
from dialogs.core.refusal import EventRefused
from dialogs.core.review import is_confirmed, reasons_to_warn
from dialogs.core.session import Session
from dialogs.core.texts import Texts
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff import cards
from dialogs.handoff.draft import Unsent
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import finish, held_slot
from dialogs.handoff.relay import own_images, relay, relay_slot
from dialogs.handoff.transitions import Status
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.warning import warning_message
from knowledge.language.concerns import Concern
from knowledge.language.masking import cut, mask

# Images held with an unsent message.
MAX_UNSENT: Final = 20


def talk(event: Event, content: Content, session: Session) -> Flow:
    """Relay a message to the other end of the selected handoff.

    If the person's newest message came from another handoff, the recipient is unclear. The bot then asks, and holds the
    message until the person has chosen.
    """
    work = UnitOfWork(event, content)
    texts = yield from work.actor_texts()
    handoff = yield from work.get(Handoff, session.talking_in or "")
    if handoff is None or handoff.other_end(event.person_id) is None:
        yield from _set_focus(work, None)
        return work.decision() + _reply(event, Message.plain(texts("handoff.talk.over")))
    # All or nothing: words without the image they are about could be misunderstood.
    refusal = why_refused(texts, event.said.attachments)
    if refusal is not None:
        return _reply(event, Message.plain(f"{refusal} {texts('handoff.talk.nothing_sent')}")) + refused_files(event)
    if len(event.said.utterance) > cards.MAX_LETTERS:
        return _reply(event, Message.plain(texts("handoff.talk.too_long", number=texts.number(cards.MAX_LETTERS))))
    images = tuple(attachment.id for attachment in event.said.attachments)
    # Between upload and message, an image may expire or be sent in another conversation.
    if len((yield from own_images(work, event.person_id, images, within=handoff.id))) < len(set(images)):
        return _reply(
            event, Message.plain(f"{texts('handoff.image.unavailable')} {texts('handoff.talk.nothing_sent')}")
        )
    if images and len(handoff.chat.images) + len(images) > MAX_IN_HANDOFF:
        enough = texts("handoff.image.enough", number=MAX_IN_HANDOFF)
        return _reply(event, Message.plain(f"{enough} {texts('handoff.talk.nothing_sent')}"))
    masked = event.said.utterance
    if not masked.strip() and not images:
        return _reply(event, Message.plain(texts("handoff.talk.empty")))
    # If the newest message came from another hand-off, the recipient is unclear: ask, and hold the message meanwhile.
    others = yield from _newer_conversations(work, handoff)
    if others:
        kept = yield from work.get(Unsent, event.person_id)
        if kept:  # mask again: each part may contain half of a number
            masked = mask(f"{kept.text}\n{masked}")
        pictures = ((*kept.images, *images) if kept else images)[-MAX_UNSENT:]
        stored_as = ((*kept.stored_as, *_stored_as(event)) if kept else _stored_as(event))[-MAX_UNSENT:]
        words = masked[: cards.MAX_LETTERS]
        possible = (handoff, *others)
        for other_handoff in others:  # the words go with any of them, when its asker is erased
            work.require_unchanged(other_handoff)
        work.put(
            Unsent(
                id=event.person_id,
                text=words,
                images=pictures,
                stored_as=stored_as,
                handoff_ids=tuple(candidate.id for candidate in possible),
                slot=_slot(event),
                at=event.at,
            )
        )
        choices = yield from _titles(work, possible)
        return work.decision() + _reply(event, cards.choose_conversation(texts, choices, masked=bool(masked.found)))
    if concerns := reasons_to_warn(masked):
        return (yield from _hold_and_warn(work, handoff, masked, images, concerns, stored_as=_stored_as(event)))
    stored_as = _stored_as(event)
    return (yield from relay_words(work, handoff, masked, images, masked=bool(masked.found), stored_as=stored_as))


def focus(event: Event, content: Content) -> Flow:
    """Relay the person's messages to the other end of this handoff from now on."""
    work = UnitOfWork(event, content)
    handoff = yield from pressed_conversation(work)
    yield from _set_focus(work, handoff.id)
    yield from work.change(replace(handoff, chat=handoff.chat.focus(event.person_id, event.at)))
    name = yield from _other_name(work, handoff)
    texts = yield from work.actor_texts()
    return (yield from finish(work)) + do(Notice(text=texts("handoff.focus_on", name=name)))


def stop(event: Event, content: Content) -> Flow:
    """Treat the person's messages as questions to the bot from now on."""
    work = UnitOfWork(event, content)
    texts = yield from work.actor_texts()
    session = yield from work.get(Session, event.person_id)
    if session is None or session.talking_in is None:
        return do(Notice(text=texts("handoff.stopped_already")))
    yield from _set_focus(work, None)
    return work.decision() + do(Notice(text=texts("handoff.stopped")))


def send_unsent(event: Event, content: Content) -> Flow:
    """Send the held message to the chosen recipient."""
    work = UnitOfWork(event, content)
    handoff = yield from pressed_conversation(work, unknown="conversation_erased")
    unsent = yield from work.get(Unsent, event.person_id)
    if unsent is None:
        return (yield from work.refuse("nothing_unsent", handoff.id, audit=False))
    images = tuple(
        image.id for image in (yield from own_images(work, event.person_id, unsent.images, within=handoff.id))
    )
    edited = event.pressed.text("words")
    words = cut(edited, cards.MAX_LETTERS) or unsent.text
    # The confirmation is for the text that the warning showed; an edited text is checked again.
    if not is_confirmed(event, {"words": words}) and (concerns := reasons_to_warn(words)):
        return (yield from _hold_and_warn(work, handoff, words, unsent.images, concerns, stored_as=unsent.stored_as))
    work.remove(Unsent, unsent.id)
    yield from _set_focus(work, handoff.id)
    if not words and not images:
        yield from link_utterances(work, handoff, unsent.stored_as)
        return work.decision() + (yield from work.refuse("image_gone", handoff.id, audit=False))
    sent = yield from relay_words(work, handoff, words, images, masked=bool(edited.found), stored_as=unsent.stored_as)
    if len(images) == len(unsent.images):
        return sent
    return sent + (yield from work.refuse("image_gone", handoff.id, audit=False))


def drop_unsent(event: Event, content: Content) -> Flow:
    """Discard the held message."""
    work = UnitOfWork(event, content)
    texts = yield from work.actor_texts()
    if (yield from work.get(Unsent, event.person_id)) is None:
        return (yield from work.refuse("nothing_unsent", event.person_id, audit=False))
    work.remove(Unsent, event.person_id)
    return work.decision() + _reply(event, Message.plain(texts("handoff.which_dropped")))


def _stored_as(event: Event) -> tuple[str, ...]:
    """Return the id of the message as the web page keeps it; empty in other channels."""
    stored_as = event.said.stored_as
    return () if stored_as is None else (stored_as,)


def link_utterances(
    work: UnitOfWork, handoff: Handoff, stored_as: Iterable[str], *, slot: str | None = None
) -> Asking[None]:
    """Link the author's own messages to the handoff, to be erased with it, and to the slot they were sent in."""
    for id_ in stored_as:
        utterance = yield from work.get(WebUtterance, id_)
        if utterance is not None and utterance.person_id == work.event.person_id:
            work.put(replace(utterance, handoff_id=handoff.id, slot=slot))


def _hold_and_warn(
    work: UnitOfWork,
    handoff: Handoff,
    words: str,
    images: Sequence[str],
    concerns: Collection[Concern],
    *,
    stored_as: tuple[str, ...],
) -> Asking[Decision]:
    """Hold the message and warn its author."""
    texts = yield from work.actor_texts()
    name = yield from _other_name(work, handoff)
    yield from link_utterances(work, handoff, stored_as)
    slot = _pressed_slot(work.event) or held_slot(handoff.id, work.event.id)
    work.put(
        Unsent(
            id=work.event.person_id,
            text=words,
            images=tuple(images),
            stored_as=stored_as,
            handoff_ids=(handoff.id,),
            slot=slot,
            at=work.at,
        )
    )
    drop = card.press(texts("handoff.preview.cancel"), "handoff.drop_unsent", checks=False)
    message = warning_message(
        texts,
        concerns,
        words=words,
        field="words",
        verb="handoff.send_unsent",
        handoff_id=handoff.id,
        carries={},
        recipients=(texts("handoff.warned.to", name=name),),
        drop=drop,
    )
    return work.decision() + do(Reply(slot=slot, message=message))


def relay_words(
    work: UnitOfWork, handoff: Handoff, words: str, images: Sequence[str], *, masked: bool, stored_as: Sequence[str]
) -> Asking[Decision]:
    """Relay a message to the other end, and give its author a receipt."""
    # The author gets a receipt once per conversation, and again when numbers were masked.
    texts = yield from work.actor_texts()
    name = yield from _other_name(work, handoff)
    me = work.event.person_id
    known = me in handoff.chat.receipts
    with_receipt = replace(handoff, chat=handoff.chat.receipt(me))
    yield from link_utterances(work, handoff, stored_as, slot=relay_slot(handoff.id, handoff.chat.messages + 1))
    after = yield from relay(work, with_receipt, me, words, images=images)
    decision = yield from finish(work)
    receipt = cards.receipt(texts, after, name=name, masked=masked)
    if isinstance(work.event.what, Pressed) and work.event.what.slot:
        return decision + do(Reply(slot=work.event.what.slot, message=receipt))
    if known and not masked:
        return decision
    return decision + do(Reply(slot=f"handoff/{handoff.id}/sent/{after.chat.messages}", message=receipt))


def pressed_conversation(work: UnitOfWork, *, unknown: str = "unknown") -> Asking[Handoff]:
    """Return the accepted handoff of which the actor is one end, or raise the refusal.

    ``unknown``: the reason given for the handoff of others and for one that does not exist. They read the same.
    """
    id_ = work.event.pressed.text("handoff_id")
    handoff = yield from work.get(Handoff, id_)
    if handoff is None or work.event.person_id not in {handoff.asker_id, handoff.assignment.owner_id}:
        # A card may be older than the erasure of its handoff: then the press is no attempt at anything.
        audit = handoff is not None or unknown == "unknown"
        raise EventRefused((yield from work.refuse(unknown, id_, audit=audit)))
    if handoff.status is not Status.ACCEPTED:
        raise EventRefused((yield from work.refuse("not_talking", id_, audit=False)))
    return handoff


def _set_focus(work: UnitOfWork, handoff_id: str | None) -> Asking[None]:
    person_id = work.event.person_id
    session = (yield from work.get(Session, person_id)) or Session(id=person_id, changed_at=work.at)
    work.put(replace(session, talking_in=handoff_id, changed_at=work.at))


def _newer_conversations(work: UnitOfWork, focused: Handoff) -> Asking[tuple[Handoff, ...]]:
    """Return other conversations with a message to the person newer than the last focus here."""
    me = work.event.person_id
    focused_at = focused.chat.focused_at.get(me) or focused.created_at
    others = yield from find_all(Handoff, f"talks:{me}")
    return tuple(
        handoff
        for handoff in others
        if handoff.id != focused.id
        and handoff.chat.last_at is not None
        and handoff.chat.last_by != me
        and handoff.chat.last_at > focused_at
    )


def _titles(work: UnitOfWork, handoffs: Sequence[Handoff]) -> Asking[list[tuple[str, str]]]:
    titles: list[tuple[str, str]] = []
    for handoff in handoffs:
        name = yield from _other_name(work, handoff)
        words = handoff.question if len(handoff.question) <= 40 else f"{handoff.question[:39]}…"
        titles.append((f"{name}: {words}", handoff.id))
    return titles


def _other_name(work: UnitOfWork, handoff: Handoff) -> Asking[str]:
    texts = yield from work.actor_texts()
    other_end = yield from work.person(handoff.other_end(work.event.person_id) or "")
    return name_for((yield from work.person(work.event.person_id)), other_end, texts)


def _reply(event: Event, message: Message) -> Decision:
    return do(Reply(slot=_slot(event), message=message))


def _slot(event: Event) -> str:
    return _pressed_slot(event) or f"handoff/{event.id}"


def _pressed_slot(event: Event) -> str | None:
    return event.what.slot if isinstance(event.what, Pressed) else None


# The colleague that reads a person's messages during a conversation through the bot.


# What the owner does with the question, at the field that messages are written in.
_OWNER_VERBS: Final = ("handoff.resolve_card", "handoff.pass_card", "handoff.release")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationAction:
    """A button of the conversation: title, verb, and the handoff it is about."""

    title: str
    verb: str
    handoff_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedConversation:
    """The recipient of a person's messages, and what the person can do with the question.

    ``recipient`` is empty when the bot reads the messages.
    """

    recipient: str = ""
    actions: tuple[ConversationAction, ...] = ()


def conversation_of(person: Person, texts: Texts) -> Asking[SelectedConversation]:
    """Return the selected conversation of a person."""
    session = yield from find(Session, person.id)
    handoff = (yield from find(Handoff, session.talking_in)) if session and session.talking_in else None
    other_id = handoff.other_end(person.id) if handoff is not None and not person.left else None
    if handoff is None or other_id is None:
        return SelectedConversation()
    verbs = _OWNER_VERBS if handoff.assignment.owner_id == person.id else ()
    return SelectedConversation(
        recipient=name_for(person, (yield from find(Person, other_id)), texts),
        actions=tuple(
            ConversationAction(title=texts(f"ambassador.desk.{verb}"), verb=verb, handoff_id=handoff.id)
            for verb in verbs
        ),
    )


def relayed_to(utterance: WebUtterance) -> Asking[Person | None]:
    """Return the other end of the hand-off that an utterance was relayed in; None if there is none."""
    handoff = (yield from find(Handoff, utterance.handoff_id)) if utterance.slot and utterance.handoff_id else None
    if handoff is None:
        return None
    asked = utterance.person_id == handoff.asker_id
    return (yield from find(Person, (handoff.assignment.owner_id or "") if asked else handoff.asker_id))
