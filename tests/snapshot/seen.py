"""What people see, as values to compare: messages in the order they were shown, each checked as a card must be."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from dialogs.core.message import Message
from tests.sound import faults_of
from tests.unit.driver import Stage

MOST_BYTES = 25_000
"""Teams takes messages of about 28 KB, with everything around the card."""
NEEDED = {
    "question": ("Input.Text",),
    "first_day": ("Input.Date",),
    "day": ("Input.Date",),
    "time": ("Input.Time",),
    "tip": ("Input.Text",),
    "municipality": ("Input.ChoiceSet",),
    "unit": ("Input.ChoiceSet",),
}
"""What a flow refuses when it is empty; the card says so before it is sent."""


def as_seen(message: Message) -> dict[str, Any]:
    """Return the message as plain values, after checking its card against the schema and what Teams can take."""
    if message.card is not None:
        faults = faults_of(message.card)
        assert not faults, "\n".join(faults)
        size = len(json.dumps(message.card, ensure_ascii=False).encode())
        assert size <= MOST_BYTES, f"{size} bytes"
        incomplete = list(_incomplete(message.card))
        assert not incomplete, "\n".join(incomplete)
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


def _incomplete(node: Any) -> Iterator[str]:
    """Yield which inputs, those of unfolding cards too, a screen reader or an empty answer would leave somebody at."""
    if isinstance(node, Mapping):
        kind = str(node.get("type", ""))
        if kind.startswith("Input."):
            name = f"{kind} {node.get('id')}"
            if not node.get("title" if kind == "Input.Toggle" else "label"):
                yield f"{name} says nothing of what it is for"
            if bool(node.get("isRequired")) != bool(node.get("errorMessage")):
                yield f"{name} says nothing when it is left empty"
            if node.get("isRequired") is None and kind in NEEDED.get(str(node.get("id")), ()):
                yield f"{name} may be left empty, and is refused then"
        for value in node.values():
            yield from _incomplete(value)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from _incomplete(each)
