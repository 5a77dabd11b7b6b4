"""Act on a whole message that names an action of the conversation, such as "gi videre"."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Reply, do
from dialogs.core.event import Event, Pressed
from dialogs.core.message import Message
from dialogs.core.names import name_of
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find
from dialogs.core.session import Session
from dialogs.core.speaker import find_texts
from dialogs.handoff import passing, resolving
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import held_slot
from dialogs.handoff.transitions import Status

# The key of the phrases, and the flow of the button that says the same. No question: "løst?" is for the colleague.
_FLOWS: Final[Mapping[str, Callable[[Event, Content], Flow]]] = {
    "handoff.typed.resolve": resolving.resolve_card,
    "handoff.typed.pass": passing.pass_card,
}


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
    data |= {"words": said, "stored_as": event.said.stored_as or ""}
    send = card.press(texts("handoff.typed.send"), "handoff.send_typed", checks=False, **data)
    note = Message(text=line, card=card.card([card.small(line)], [send]))
    return do(Reply(slot=held_slot(handoff.id, event.id), message=note)) + shown


def _flow_of(words: str, content: Content) -> Callable[[Event, Content], Flow] | None:
    for key, flow in _FLOWS.items():
        if any(words in texts.phrases(key) for texts in content.texts.values()):
            return flow
    return None
