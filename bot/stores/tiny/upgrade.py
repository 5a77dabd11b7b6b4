"""Data upgrades of a data folder, each applied once. Databases use numbered migrations instead."""

from collections.abc import Mapping
from typing import Any, Final

from bot.ports import Key, RecordWrite, StoreRefused
from bot.stores.document import from_json
from bot.stores.memory.state import StoreState
from dialogs.core.data_rules import month_term
from dialogs.core.person import ACCOUNT_PREFIX, GUEST_PREFIX, Person
from dialogs.handoff.model import Handoff
from dialogs.signin.model import FIRST_DATED, FormerIdentity

# Raised by one for each step added to ``upgrade``.
LEVEL: Final = 5
# The last step that the program before cannot ignore (contract). Later ones only add things that it can (expand).
NEEDED: Final = 5
# Records of sign-ins and links from the time when these were signed texts.
RETIRED: Final = frozenset({"web_session", "web_link"})
OF_A_PLACE: Final = ("municipality:", "unit:")


# Fields of a handoff of schema 1, by the part that holds them now: old name, new name.
HANDOFF_PARTS: Final[Mapping[str, Mapping[str, str]]] = {
    "assignment": {
        "offered_to": "offered_to",
        "stands_in_for": "stands_in_for",
        "owner_id": "owner_id",
        "contacts": "contacts",
        "declined": "declined",
        "tried": "tried",
        "knowing": "topic",
        "expected_at": "expected_at",
        "acceptances": "acceptances",
        "rounds": "rounds",
    },
    "chat": {
        "said": "messages",
        "last_said_by": "last_by",
        "last_said_at": "last_at",
        "owner_spoke": "owner_spoke",
        "turned": "focused_at",
        "told": "receipts",
        "reminders": "reminders",
        "asked": "advisers",
        "tips": "tips",
        "images": "images",
    },
    "outcome": {
        "answer": "answer",
        "sent_article_id": "sent_article_id",
        "resolutions": "resolutions",
        "helped": "helped",
        "rating": "rating",
    },
}


def upgrade(state: StoreState) -> None:
    """Upgrade records of an earlier program version.

    Raises StoreRefused: a newer program upgraded them, and this one cannot read them.
    """
    if state.needed > LEVEL:
        raise StoreRefused(
            f"the data folder was upgraded by a newer program (step {state.needed}; this one knows {LEVEL}): "
            "use that one"
        )
    if state.level < 1:
        _sign_in(state)
    if state.level < 2:
        state.link_audit_entries()
    if state.level < 3:
        _divide_handoffs(state)
    if state.level < 4:
        _find_handoffs_by_helper(state)
    if state.level < 5:
        _date_marks(state)
    if state.level < LEVEL:
        state.raise_level(LEVEL, needed=NEEDED)


def _sign_in(state: StoreState) -> None:
    """Upgrade sign-ins and leavers. Must match ``migrations/0007_signin.sql``."""
    for key in list(state.records):
        if key.kind in RETIRED:
            state.rewrite(RecordWrite(key=key, body=None))
        elif key.kind == Person.KIND and not key.id.startswith((GUEST_PREFIX, ACCOUNT_PREFIX)):
            _mark_left(state, key)


def _mark_left(state: StoreState, key: Key) -> None:
    """Mark a person as left if no longer in the registry."""
    document: dict[str, Any] = from_json(state.records.document(key) or b"{}")
    body = document["body"]
    if body.get("registered"):
        return
    terms = frozenset(
        term
        for term in document["terms"]
        if not term.startswith(OF_A_PLACE) and not (term.startswith("role:") and "@" in term)
    )
    changed = {**body, "left": True, "municipality_id": None, "unit_id": None}
    state.rewrite(RecordWrite(key=key, body=changed, schema=document["schema"], terms=terms))


def _divide_handoffs(state: StoreState) -> None:
    """Divide handoffs into assignment, chat and outcome. Must match ``migrations/0010_handoff_parts.sql``."""
    for key in list(state.records):
        if key.kind == Handoff.KIND:
            _divide(state, key)


def _divide(state: StoreState, key: Key) -> None:
    document: dict[str, Any] = from_json(state.records.document(key) or b"{}")
    body = document["body"]
    parts = {
        part: {new: body.pop(old) for old, new in names.items() if old in body} for part, names in HANDOFF_PARTS.items()
    }
    state.rewrite(RecordWrite(key=key, body={**body, **parts}, schema=2, terms=frozenset(document["terms"])))


def _find_handoffs_by_helper(state: StoreState) -> None:
    """Add the terms of all helpers. Must match ``migrations/0011_helper_terms.sql``."""
    for key in list(state.records):
        stored = state.records.get(key) if key.kind == Handoff.KIND else None
        if stored is not None:
            terms = frozenset(f"helper:{id_}" for id_ in _helpers(stored.body))
            before = frozenset(from_json(state.records.document(key) or b"{}")["terms"])
            state.rewrite(RecordWrite(key=key, body=stored.body, schema=stored.schema, terms=before | terms))


def _date_marks(state: StoreState) -> None:
    """Add the month term of marks that have no date. Must match ``migrations/0012_former_term.sql``."""
    for key in list(state.records):
        stored = state.records.get(key) if key.kind == FormerIdentity.KIND else None
        if stored is not None:
            before = frozenset(from_json(state.records.document(key) or b"{}")["terms"])
            if not any(term.startswith("month:") for term in before):
                terms = before | {month_term(FIRST_DATED)}
                state.rewrite(RecordWrite(key=key, body=stored.body, schema=stored.schema, terms=terms))


def _helpers(body: Mapping[str, Any]) -> set[str]:
    assignment, chat = body.get("assignment", {}), body.get("chat", {})
    people = {assignment.get(name) for name in ("offered_to", "stands_in_for", "owner_id")} | {chat.get("last_by")}
    for name in ("contacts", "declined", "tried"):
        people.update(assignment.get(name, ()))
    for name in ("advisers", "receipts", "focused_at"):
        people.update(chat.get(name, ()))
    for entry in body.get("history", ()):
        people |= {entry.get("by"), entry.get("to")}
    return people - {None, "", body.get("asker_id")}
