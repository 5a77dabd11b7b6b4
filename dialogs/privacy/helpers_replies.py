"""Removal of what helpers wrote to an erased asker, and of its cards, from the helpers' own chats."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from dialogs.core.decision import NOTHING, Decision, Post, do, remove
from dialogs.core.query import Asking, ReceivedMessage, find_all, find_each, received
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff.draft import Unsent
from dialogs.handoff.model import Handoff


def helpers_replies_removed(asker_id: str, handoffs: tuple[Handoff, ...]) -> Asking[Decision]:
    """Return the decision that removes the helpers' messages in these hand-offs, as the web page keeps them.

    Messages of versions before the link are found by their words: the latest such words before the relay.
    """
    removed: set[str] = set()
    for handoff in handoffs:
        for linked in (yield from find_all(WebUtterance, f"handoff:{handoff.id}")):
            if linked.person_id != asker_id:
                removed.add(linked.id)
    helpers = sorted({id_ for handoff in handoffs for id_ in handoff.helpers})
    prefixes = tuple(f"handoff/{handoff.id}/said/" for handoff in handoffs)
    relayed = [message for message in (yield from received(asker_id)) if helpers and message.slot.startswith(prefixes)]
    for helper_id in helpers if relayed else ():
        said = yield from find_all(WebUtterance, f"person:{helper_id}")
        removed |= {
            utterance.id
            for utterance in _relayed_from([utterance for utterance in said if utterance.handoff_id is None], relayed)
        }
    # A message that waits for its author's choice may be meant for the asker as well: it goes, too.
    ids = frozenset(handoff.id for handoff in handoffs)
    held = (yield from find_each(Unsent, helpers)) if helpers else {}
    unsent = [
        unsent_words
        for _, unsent_words in sorted(held.items())
        if ids & {*unsent_words.handoff_ids} or removed & {*unsent_words.stored_as}
    ]
    for unsent_words in unsent:
        parts = yield from find_each(WebUtterance, unsent_words.stored_as)
        removed |= {part.id for part in parts.values() if part.person_id == unsent_words.id}
    return remove(WebUtterance, *sorted(removed)) + remove(Unsent, *(unsent_words.id for unsent_words in unsent))


def helpers_cards_removed(handoffs: Collection[Handoff]) -> Asking[Decision]:
    """Return the decision that removes every card about these hand-offs from the helpers' chats.

    A card is about a hand-off if its slot or one of its buttons has the id: the slot of a choice between conversations
    is not of one hand-off.
    """
    ids = frozenset(handoff.id for handoff in handoffs)
    slots = tuple(f"handoff/{id_}/" for id_ in sorted(ids))
    decision = NOTHING
    for helper_id in sorted({id_ for handoff in handoffs for id_ in handoff.helpers}):
        for message in (yield from received(helper_id)):
            if message.message is None or not message.slot.startswith("handoff/"):
                continue
            if message.slot.startswith(slots) or _contains(message.message.card, ids):
                decision += do(Post(to=helper_id, slot=message.slot, message=None, only_update=True))
    return decision


def _contains(node: Any, ids: Collection[str]) -> bool:
    """Return whether a part of a card is one of these ids, as in the data of its buttons."""
    match node:
        case str():
            return node in ids
        case Mapping():
            return any(_contains(child, ids) for child in node.values())
        case list() | tuple():
            return any(_contains(child, ids) for child in node)
        case _:
            return False


def _relayed_from(said: Sequence[WebUtterance], relayed: Sequence[ReceivedMessage]) -> Iterator[WebUtterance]:
    """Yield for each relayed message the latest utterance before it that ends it: a turn may have waited for hours."""
    for message in relayed:
        text = "" if message.message is None else message.message.text
        sources = [
            utterance
            for utterance in said
            if utterance.text and utterance.at <= message.posted_at and text.endswith(utterance.text)
        ]
        if sources:
            yield max(sources, key=lambda utterance: (len(utterance.text), utterance.at))
