"""Typed messages that do something else than go to their reader.

A whole message that names an action of the conversation, such as "gi videre", acts. An answer typed under an open offer
is sent once its author takes the question.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from dialogs.availability.worklist import Worklist
from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Notice, Reply, do
from dialogs.core.event import Event, Pressed
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find
from dialogs.core.session import Session
from dialogs.core.speaker import find_texts
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff import helper_cards, passing, resolving
from dialogs.handoff.cards import MAX_LETTERS
from dialogs.handoff.model import Handoff
from dialogs.handoff.offering import become_owner, reachable_handoff, reason_against, refuse_moved_on
from dialogs.handoff.projection import held_slot
from dialogs.handoff.talking import link_utterances, pressed_conversation, relay_words
from dialogs.handoff.transitions import Status
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import unit_name
from knowledge.language.clauses import asks
from knowledge.language.masking import cut
from knowledge.language.smalltalk import small_talk
from knowledge.language.text import words as words_of

# The key of the phrases, and the flow of the button that says the same. No question: "løst?" is for the colleague.
_FLOWS: Final[Mapping[str, Callable[[Event, Content], Flow]]] = {
    "handoff.typed.resolve": resolving.resolve_card,
    "handoff.typed.pass": passing.pass_card,
}
# Fewer are a search: "teams kalender".
_LEAST_WORDS: Final = 3


def typed_action(event: Event, content: Content, session: Session) -> Asking[Decision | None]:
    """Return what the owner's message does, with a button to send it; None if it is a message to the asker."""
    handoff = yield from find(Handoff, session.talking_in or "")
    if handoff is None or handoff.status is not Status.ACCEPTED or handoff.assignment.owner_id != event.person_id:
        return None
    said = " ".join(event.said.utterance.split())
    flow = None if event.said.attachments else _flow_of(said.lower().rstrip(" .!"), content)
    if flow is None:
        return None
    data: dict[str, Any] = {"handoff_id": handoff.id}
    shown = yield from flow(replace(event, what=Pressed(verb="handoff.typed", data=data)), content)
    texts = yield from find_texts(content, event.person_id)
    line = texts("handoff.typed.not_sent", words=said, name=name_of((yield from find(Person, handoff.asker_id)), texts))
    data |= {"words": said, "stored_as": event.said.stored_as or ""}  # one of the phrases, and no words of a person
    send = card.press(texts("handoff.typed.send"), "handoff.send_typed", checks=False, **data)
    note = Message(text=line, card=card.card([card.small(line)], [send]))
    return do(Reply(slot=held_slot(handoff.id, event.id), message=note)) + shown


def _flow_of(words: str, content: Content) -> Callable[[Event, Content], Flow] | None:
    for key, flow in _FLOWS.items():
        if any(words in texts.phrases(key) for texts in content.texts.values()):
            return flow
    return None


def send_typed(event: Event, content: Content) -> Flow:
    """Send a message that was taken for an action."""
    work = UnitOfWork(event, content)
    handoff = yield from pressed_conversation(work)
    return (yield from _send_once(work, handoff))


def answer_to_offer(event: Event, content: Content) -> Asking[Decision | None]:
    """Return the offer to take the question and send the message; None if it is one to the bot.

    Asked about the first message after the offer only, so that the same words sent again go to the bot.
    """
    worklist = yield from find(Worklist, event.person_id)
    if worklist is None or not worklist.offered or not _may_be_answer(event):
        return None
    session = yield from find(Session, event.person_id)
    if session is not None and worklist.last_offer_at is not None and session.changed_at >= worklist.last_offer_at:
        return None
    work = UnitOfWork(event, content)
    handoff = yield from work.get(Handoff, worklist.offered[-1])
    if handoff is None or handoff.assignment.offered_to != event.person_id:
        return None
    texts = yield from work.actor_texts()
    message = helper_cards.answer_offered(
        texts,
        handoff,
        unit=unit_name(content, handoff.unit_id, texts) or texts("handoff.the_municipality"),
        words=event.said.utterance,
        stored_as=event.said.stored_as or "",
    )
    yield from link_utterances(work, handoff, filter(None, (event.said.stored_as,)))
    work.put(replace(session or Session(id=event.person_id, changed_at=event.at), changed_at=event.at))
    return work.decision() + do(Reply(slot=f"handoff/{handoff.id}/answer/{event.id}", message=message))


def send_answer(event: Event, content: Content) -> Flow:
    """Take the offered question and send the answer in one step."""
    work = UnitOfWork(event, content)
    handoff = yield from reachable_handoff(work)
    if not event.pressed.text("words").strip():
        return do(Notice(text=(yield from work.actor_texts())("handoff.talk.empty")))
    reason = yield from reason_against(work, handoff)
    if reason:
        return (yield from refuse_moved_on(work, handoff, reason))
    if handoff.status is not Status.ACCEPTED:
        handoff = yield from become_owner(work, handoff)
    return (yield from _send_once(work, handoff))


def _may_be_answer(event: Event) -> bool:
    """Return whether a message tells something: it asks nothing, and is no greeting and no search words."""
    said = event.said.utterance
    if event.said.attachments or len(said) > MAX_LETTERS or len(words_of(said)) < _LEAST_WORDS:
        return False
    return "?" not in said and small_talk(said) is None and not asks(said)


def _send_once(work: UnitOfWork, handoff: Handoff) -> Asking[Decision]:
    """Relay the words of the pressed card, unless an earlier press has."""
    pressed = work.event.pressed
    words, stored_as = pressed.text("words"), str(pressed.text("stored_as"))
    utterance = yield from work.get(WebUtterance, stored_as)
    if not words.strip() or (utterance is not None and utterance.slot is not None):
        return (yield from work.refuse("nothing_unsent", handoff.id, audit=False))
    text, masked = cut(words, MAX_LETTERS), bool(words.found)
    return (yield from relay_words(work, handoff, text, (), masked=masked, stored_as=(stored_as,)))
