"""What people see, as values to compare: messages in the order they were shown, each checked as a card must be."""

import json
from typing import Any

from dialogs.message import Message
from tests.sound import faults_of
from tests.unit.driver import Stage

MOST_BYTES = 25_000
"""Teams takes messages of about 28 KB, with everything around the card."""


def as_seen(message: Message) -> dict[str, Any]:
    """Return the message as plain values, after checking its card against the schema and what Teams can take."""
    if message.card is not None:
        faults = faults_of(message.card)
        assert not faults, "\n".join(faults)
        size = len(json.dumps(message.card, ensure_ascii=False).encode())
        assert size <= MOST_BYTES, f"{size} bytes"
    assert message.text.strip()
    seen: dict[str, Any] = {"text": message.text}
    if message.card is not None:
        seen["card"] = {name: value for name, value in message.card.items() if name in {"body", "actions"}}
    if message.suggestions:
        seen["suggestions"] = list(message.suggestions)
    return seen


def watch(stage: Stage) -> list[dict[str, Any]]:
    """Return a list that fills with what is shown from now on, to whom and where."""
    shown: list[dict[str, Any]] = []
    show = stage._show

    def noting(to: str, slot: str, message: Message | None) -> None:
        shown.append({"to": to, "slot": slot, **(as_seen(message) if message else {"taken away": True})})
        show(to, slot, message)

    stage._show = noting  # type: ignore[method-assign]
    return shown
