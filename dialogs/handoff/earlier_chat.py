"""The conversation with an earlier helper: the next one reads it only if the asker says yes.

The asker is asked once the next helper has taken the question, so that the answer is about a named reader. Without an
answer the helper has the question alone.
"""

from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Post
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, received
from dialogs.core.refusal import EventRefused
from dialogs.handoff import cards
from dialogs.handoff.asking import own_handoff, refuse_outdated
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import earlier_chat_slot, finish, reply_or_post
from dialogs.handoff.transitions import Transition
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import asker_view

# The newest messages that are shown; the helper gets each as a message.
MAX_SHOWN: Final = 40


def show_chat(event: Event, content: Content) -> Flow:
    """Show the owner what the asker and earlier helpers wrote to each other."""
    work = UnitOfWork(event, content)
    handoff = yield from _asked_about(work)
    if handoff.chat_shown:
        return (yield from _answered(work, handoff, "shown"))
    messages = yield from _messages(work, handoff)
    if not messages:
        return (yield from _answered(work, handoff, "gone"))
    owner_id = handoff.assignment.owner_id or ""
    texts = yield from work.texts(owner_id)
    name = name_of((yield from work.person(handoff.asker_id)), texts)
    heading = Message.plain(texts.plural("handoff.chat.follows", len(messages), name=name))
    slot = earlier_chat_slot(handoff)
    work.do(Post(to=owner_id, slot=slot, message=heading, alerts=True))
    for number, message in messages:
        work.do(Post(to=owner_id, slot=f"{slot}/{number}", message=cards.earlier_message(message)))
    shown = handoff.log(Transition.CHAT_SHOWN, work.at, by=handoff.asker_id, to=owner_id)
    return (yield from _answered(work, (yield from work.change(shown)), "shown"))


def keep_chat(event: Event, content: Content) -> Flow:
    """Leave the owner with the question alone."""
    work = UnitOfWork(event, content)
    handoff = yield from _asked_about(work)
    return (yield from _answered(work, handoff, "shown" if handoff.chat_shown else "kept"))


def _asked_about(work: UnitOfWork) -> Asking[Handoff]:
    """Return the asker's hand-off with the owner that the pressed card named, or raise the refusal."""
    handoff = yield from own_handoff(work)
    named = work.event.pressed.text("acceptance") == str(handoff.assignment.acceptances)
    if not named or not handoff.has_earlier_chat:
        raise EventRefused((yield from refuse_outdated(work, handoff, "chat_moved")))
    return handoff


def _answered(work: UnitOfWork, handoff: Handoff, key: str) -> Flow:
    """Show the outcome in place of the question."""
    texts = yield from work.actor_texts()
    view = yield from asker_view(work, handoff, texts)
    work.require_unchanged(handoff)
    answer = Message.plain(texts(f"handoff.chat.{key}", name=view.helper))
    reply_or_post(work, handoff.asker_id, earlier_chat_slot(handoff), answer)
    return (yield from finish(work))


def _messages(work: UnitOfWork, handoff: Handoff) -> Asking[list[tuple[int, Message]]]:
    """Return the newest messages between the asker and earlier helpers by their number, as they were delivered."""
    owner_id, prefix = handoff.assignment.owner_id, f"handoff/{handoff.id}/said/"
    earlier = {entry.by for entry in handoff.history if entry.what is Transition.ACCEPTED} - {owner_id, None}
    numbered: dict[int, Message] = {}
    for id_ in sorted({handoff.asker_id, *filter(None, earlier)}):
        person = yield from work.get(Person, id_)
        if person is None:
            continue
        if id_ != handoff.asker_id:  # whose erasure takes the hand-off
            # An erasure at the same time removes what is read here: one of the two is decided again.
            work.require_unchanged(person)
        for delivered in (yield from received(id_)):
            # Written by the present owner, who knows it.
            own = id_ == handoff.asker_id and handoff.owner_at(delivered.posted_at) == owner_id
            if delivered.slot.startswith(prefix) and delivered.message is not None and not own:
                numbered[int(delivered.slot.removeprefix(prefix))] = delivered.message
    return sorted(numbered.items())[-MAX_SHOWN:]
