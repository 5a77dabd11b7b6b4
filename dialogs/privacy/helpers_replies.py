"""Removal of what helpers wrote to an erased asker from the helpers' own chat histories."""

from datetime import timedelta
from typing import Final

from dialogs.core.decision import Decision, Remove
from dialogs.core.query import Asking, ReceivedMessage, find_all, find_each, received
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff.draft import Unsent
from dialogs.handoff.model import Handoff

# Longest time between a message and its relay. It is much shorter in practice.
RELAYED_WITHIN: Final = timedelta(minutes=1)


def helpers_replies_removed(asker_id: str, handoffs: tuple[Handoff, ...]) -> Asking[Decision]:
    """Return the decision that removes the helpers' messages in these hand-offs, as the web page keeps them.

    Messages of versions before the link between the two are found by their words and time.
    """
    removed: set[str] = set()
    for handoff in handoffs:
        for linked in (yield from find_all(WebUtterance, f"handoff:{handoff.id}")):
            if linked.person_id != asker_id:
                removed.add(linked.id)
    helpers = sorted({id_ for handoff in handoffs for id_ in handoff.helpers})
    prefixes = tuple(f"handoff/{handoff.id}/said/" for handoff in handoffs)
    relayed = [each for each in (yield from received(asker_id)) if helpers and each.slot.startswith(prefixes)]
    for helper_id in helpers if relayed else ():
        for utterance in (yield from find_all(WebUtterance, f"person:{helper_id}")):
            if utterance.handoff_id is None and any(_is_relay(each, utterance) for each in relayed):
                removed.add(utterance.id)
    decision = Decision(writes=tuple(Remove(kind=WebUtterance, id=id_) for id_ in sorted(removed)))
    held = (yield from find_each(Unsent, helpers)) if removed else {}
    unsent = sorted(each.id for each in held.values() if removed & set(each.stored_as))
    return decision + Decision(writes=tuple(Remove(kind=Unsent, id=id_) for id_ in unsent))


def _is_relay(message: ReceivedMessage, utterance: WebUtterance) -> bool:
    if message.message is None or not utterance.text:
        return False
    in_time = utterance.at <= message.posted_at <= utterance.at + RELAYED_WITHIN
    return in_time and message.message.text.endswith(utterance.text)
