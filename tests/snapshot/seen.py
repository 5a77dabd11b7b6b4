"""What people see, in the order it was shown, each card checked as a card must be."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from bot.ports import Turn
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.query import Flow
from knowledge.article.article import Language
from tests.snapshot.outline import Line, line_of_event, lines_of_message, outline
from tests.sound import faults_of
from tests.unit.driver import Outcome, Stage

MAX_BYTES = 25_000
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


def checked(message: Message) -> Message:
    """Return the message after checking its card against the schema and what Teams can take."""
    if message.card is not None:
        faults = faults_of(message.card)
        assert not faults, "\n".join(faults)
        size = len(json.dumps(message.card, ensure_ascii=False).encode())
        assert size <= MAX_BYTES, f"{size} bytes"
        incomplete = list(_incomplete(message.card))
        assert not incomplete, "\n".join(incomplete)
    assert message.text.strip()
    return message


class Watched:
    """One stage a language; what happens on each from now on, as lines: events, messages, notices."""

    def __init__(self, stages: Mapping[Language, Stage]) -> None:
        self.stages = stages
        self._lines: dict[Language, list[Line]] = {language: [] for language in stages}
        for language, stage in stages.items():
            _watch(stage, self._lines[language])

    def __iter__(self) -> Iterator[Stage]:
        yield from self.stages.values()

    def __str__(self) -> str:
        return outline(self._lines)


def side_by_side(messages: Callable[[Language], Iterable[tuple[str, Message]]]) -> str:
    """Return the outline of named messages."""

    def lines(language: Language) -> Iterator[Line]:
        for name, message in messages(language):
            yield Line(0, name, "", "")
            yield from lines_of_message(checked(message))

    return outline({language: list(lines(language)) for language in Language})


def _watch(stage: Stage, lines: list[Line]) -> None:
    show, route, outcome = stage._show, stage._route, stage._outcome
    # An announcement's messages are grouped by language; by recipient they stand beside each other in every language.
    shown: dict[str, list[Line]] = defaultdict(list)

    def noting_route(event: Event) -> Flow:
        lines.append(line_of_event(event))
        return route(event)

    def noting_message(to: str, slot: str, message: Message | None) -> None:
        shown[to].append(Line(0, f"{to} sees {slot}", "" if message else "taken away", ""))
        if message:
            shown[to].extend(lines_of_message(checked(message)))
        show(to, slot, message)

    def noting_notice(event_id: str, turn: Turn) -> Outcome:
        ended = outcome(event_id, turn)
        for to in sorted(shown):
            lines.extend(shown.pop(to))
        if ended.notice:
            lines.append(Line(1, "notice", "", ended.notice))
        return ended

    stage._route = noting_route  # type: ignore[method-assign]
    stage._show = noting_message  # type: ignore[method-assign]
    stage._outcome = noting_notice  # type: ignore[method-assign]


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
