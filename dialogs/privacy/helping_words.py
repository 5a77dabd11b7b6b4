"""Removal of an erased helper's words and name from the chats of the people helped."""

import re
from collections.abc import Iterator
from itertools import takewhile

from dialogs.core.decision import NOTHING, Decision, Post, do
from dialogs.core.query import Asking, find_all, received
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import passings
from dialogs.handoff.transitions import HistoryEntry, Transition

# Shown again without the helper: ``dialogs.handoff.projection.show_without_helper``.
_SHOWN_AGAIN = re.compile(r"handoff/[^/]+/(?:status|closing/\d+)")


def helping_words_taken_away(person_id: str) -> Asking[Decision]:
    """Return the decision that removes what the person wrote as a helper or adviser from the chats of others.

    The answer itself stays with the asker, without a name: docs/decisions/0023.
    """
    handoffs = yield from find_all(Handoff, f"helper:{person_id}")
    by_asker: dict[str, list[Handoff]] = {}
    decision = NOTHING
    for handoff in handoffs:
        decision += do(*_tips(handoff, person_id), *_notes(handoff, person_id))
        decision += yield from _shown_chats(handoff, person_id)
        if handoff.asker_id != person_id and any(handoff.owner_at(entry.at) == person_id for entry in handoff.history):
            by_asker.setdefault(handoff.asker_id, []).append(handoff)
    for asker_id, theirs in sorted(by_asker.items()):
        for message in (yield from received(asker_id)):
            own_handoff = next(
                (handoff for handoff in theirs if message.slot.startswith(f"handoff/{handoff.id}/")), None
            )
            if own_handoff is None or message.message is None or _SHOWN_AGAIN.fullmatch(message.slot):
                continue
            if own_handoff.owner_at(message.posted_at) == person_id:
                decision += do(Post(to=asker_id, slot=message.slot, message=None, only_update=True))
    return decision


def _tips(handoff: Handoff, person_id: str) -> Iterator[Post]:
    """Yield the posts that remove the person's advice from the requesting helper's chat."""
    tips = [entry for entry in handoff.history if entry.what is Transition.TIP]
    for number, tip in enumerate(tips, start=1):
        owner_id = handoff.owner_at(tip.at)
        if tip.by == person_id and owner_id:
            yield Post(to=owner_id, slot=f"handoff/{handoff.id}/tip/{number}", message=None, only_update=True)


def _notes(handoff: Handoff, person_id: str) -> Iterator[Post]:
    """Yield the posts that remove the person's notes about passing on, from the chats of those that got them."""
    for number, passing in enumerate(passings(handoff), start=1):
        if passing.by != person_id:
            continue
        for to in _receivers(handoff, passing):
            yield Post(to=to, slot=f"handoff/{handoff.id}/note/{number}", message=None, only_update=True)


def _receivers(handoff: Handoff, passing: HistoryEntry) -> Iterator[str]:
    """Yield the helper or contacts that a question went to when it was passed on."""
    after = handoff.history[handoff.history.index(passing) + 1 :]
    for entry in takewhile(lambda later: later.what in {Transition.OFFERED, Transition.ESCALATED}, after):
        if entry.to:
            yield entry.to


def _shown_chats(handoff: Handoff, person_id: str) -> Asking[Decision]:
    """Return the decision that removes the person's conversation from the helpers that it was shown to."""
    decision, prefix = NOTHING, f"handoff/{handoff.id}/earlier/"
    if not any(entry.what is Transition.ACCEPTED and entry.by == person_id for entry in handoff.history):
        return decision
    readers = {entry.to for entry in handoff.history if entry.what is Transition.CHAT_SHOWN}
    for reader_id in sorted(id_ for id_ in readers if id_ and id_ != person_id):
        for message in (yield from received(reader_id)):
            if message.slot.startswith(prefix) and message.message is not None:
                decision += do(Post(to=reader_id, slot=message.slot, message=None, only_update=True))
    return decision
