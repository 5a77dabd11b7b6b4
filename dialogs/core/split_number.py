"""Masking of a number that is split over two messages of one conversation."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

from dialogs.core.decision import Decision, Put
from dialogs.core.event import Event
from dialogs.core.query import Flow, find
from dialogs.core.session import Session, session_of
from dialogs.core.web_utterance import WebUtterance
from knowledge.language.masking import continues, last_digits, mask_rest

REMEMBERED_FOR: Final = timedelta(minutes=10)


def with_split_numbers(event: Event, flow: Callable[[Event], Flow]) -> Flow:
    """Return the decision of a flow on a message without the rest of a number that the message before began."""
    session = yield from session_of(event.person_id, event.at)
    recent = session.digits_at is not None and event.at - session.digits_at <= REMEMBERED_FOR
    before = session.digits if recent else ""
    said = replace(event.said, utterance=mask_rest(event.said.utterance, before))
    decision = yield from flow(replace(event, what=said))
    if said.utterance != event.said.utterance and said.stored_as is not None:
        stored = yield from find(WebUtterance, said.stored_as)
        if stored is not None and stored.person_id == event.person_id:
            decision = _with_fields(decision, stored, text=said.utterance)
    kept = before if said.utterance == event.said.utterance and continues(said.utterance) else ""
    digits = last_digits(f"{kept}; {said.utterance}" if kept else said.utterance)
    if digits == session.digits and digits == before:
        return decision
    at = session.digits_at if kept else event.at
    return _with_fields(decision, session, digits=digits, digits_at=at if digits else None)


def _with_fields(decision: Decision, record: Session | WebUtterance, **changes: object) -> Decision:
    """Return a decision that changes fields of a record as well, which it may write itself."""
    written = [
        write.record
        for write in decision.writes
        if isinstance(write, Put) and (write.record.KIND, write.record.id) == (record.KIND, record.id)
    ]
    latest = written[-1] if written else record
    others = tuple(write for write in decision.writes if not (isinstance(write, Put) and write.record is latest))
    return replace(decision, writes=(*others, Put(record=replace(latest, **changes))))  # type: ignore[type-var]
