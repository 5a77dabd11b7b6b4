"""Data upgrades of a data folder, each applied once. Databases use numbered migrations instead."""

from typing import Any, Final

from bot.ports import Key, RecordWrite
from bot.stores.document import from_json
from bot.stores.memory.state import StoreState
from dialogs.core.person import ACCOUNT_PREFIX, GUEST_PREFIX, Person

LEVEL: Final = 2
"""Raised by one for each step added to ``upgrade``."""
RETIRED: Final = frozenset({"web_session", "web_link"})
"""Records of sign-ins and links from the time when these were signed texts."""
OF_A_PLACE: Final = ("municipality:", "unit:")


def upgrade(state: StoreState) -> None:
    """Upgrade records of an earlier program version."""
    if state.level < 1:
        _sign_in(state)
    if state.level < 2:
        state.link_audit_entries()
    if state.level < LEVEL:
        state.raise_level(LEVEL)


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
