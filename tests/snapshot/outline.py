"""What people see as an outline: one line an element, its texts in every language beside each other.

Nothing of a card is left out but what ``PLAIN`` says every element of its kind has. Elements that a builder of
``dialogs.core.card`` makes from one text go by the builder's name; ``test_building_blocks.txt`` says how these look.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import Any, Final

from dialogs.core.card import heading, paragraph, quote, small, status
from dialogs.core.event import Event, Pressed, Rang, Said, Scope
from dialogs.core.message import Message
from knowledge.article.article import Language

Node = Mapping[str, Any]
WIDTH: Final = 160
"""Texts of all languages that fit are on one line."""
STYLES: Final = ("default", "emphasis", "accent", "good", "warning", "attention")
BUILDERS: Final[Mapping[str, Callable[[str], Node]]] = {
    "heading": heading,
    "paragraph": paragraph,
    "small": small,
    "quote": quote,
    **{f"banner {style}": partial(status, style=style) for style in STYLES},
}
PLAIN: Final[Mapping[str, Node]] = {
    "AdaptiveCard": {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "version": "1.5"},
    "TextBlock": {"wrap": True},
    "Input.Text": {"isMultiline": False, "placeholder": ""},
    "Input.ChoiceSet": {"isMultiSelect": False, "style": "compact", "wrap": True},
    "Input.Toggle": {"wrap": True},
}
"""What goes without saying; an element that differs is shown with its own value, or ``missing``."""
KINDS: Final = {"Action.Execute": "button", "Action.OpenUrl": "link", "Action.ShowCard": "unfold"}
TEXTS: Final = ("text", "title", "label")
FURTHER_TEXTS: Final = ("placeholder", "errorMessage")
NAMES: Final[Mapping[str, Sequence[str]]] = {
    "Action.Execute": ["verb"],
    "Action.OpenUrl": ["url"],
    **{f"Input.{kind}": ["id"] for kind in ("Text", "ChoiceSet", "Toggle", "Date", "Time")},
}
INNER: Final = ("selectAction", "inlines", "items", "columns", "facts", "choices", "card", "body", "actions")
MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Line:
    """One element in one language."""

    depth: int
    kind: str
    details: str
    text: str


def outline(shown: Mapping[Language, Sequence[Line]]) -> str:
    """Return the outline of what was shown, given in each language."""
    return "\n".join(_side_by_side(shown)) + "\n"


def line_of_event(event: Event) -> Line:
    """Return the line of what a person did, or a timer."""
    data: Mapping[str, Any] = {}
    match event.what:
        case Pressed(verb=did, data=data, slot=slot):
            did, data = f"presses {did}", data | ({"slot": slot} if slot else {})
        case Rang(verb=did, data=data):
            did = f"timer rings {did}"
        case Said(utterance=utterance):
            did, data = "writes", {"utterance": str(utterance)}
        case _:
            did = type(event.what).__name__.lower()
    words = [f"{name}={_value(value)}" for name, value in data.items()]
    words += [] if event.scope is Scope.PERSONAL else [event.scope]
    return Line(0, f"> {event.person_id} {did}".replace("  ", " "), ", ".join(words), "")


def lines_of_message(message: Message) -> Iterator[Line]:
    """Yield everything of a message: text, card, suggestions, attachments."""
    yield Line(1, "text", "", _escaped(message.text))
    if message.card is not None:
        yield from lines_of_element(message.card, 1)
    for each in message.suggestions:
        yield Line(1, "suggestion", "", _escaped(each))
    for name in ("image_id", "report_id"):
        if getattr(message, name):
            yield Line(1, name, getattr(message, name), "")
    if message.data_of is not None:
        yield Line(1, "data_of", message.data_of or "reader", "")
    if message.shows_plan:
        yield Line(1, "shows_plan", "yes", "")
    if message.to_keep:
        yield Line(1, "to_keep", "yes", "")


def lines_of_element(node: Node, depth: int) -> Iterator[Line]:
    """Yield an element and everything in it, a line each."""
    words = _only_text(node)
    for name, build in BUILDERS.items():
        if words is not None and node == build(words):
            yield Line(depth, name, "", _escaped(words))
            return
    type_ = str(node.get("type", "missing"))
    plain = PLAIN.get(type_, {})
    own = {name: value for name, value in node.items() if name not in {"type", *INNER}}
    text = next((own.pop(name) for name in TEXTS if isinstance(own.get(name), str)), "")
    names = [_value(own.pop(name)) if name in own else "missing" for name in NAMES.get(type_, ())]
    further = [name for name in FURTHER_TEXTS if own.get(name) not in {None, plain.get(name)}]
    if type_ == "Action.Execute":
        own.setdefault("data", MISSING)
    data = [f"{name}={_value(value)}" for name, value in _data(own).items()]
    extra = {name: own.get(name, MISSING) for name in {**own, **plain} if name not in further}
    words_of_extra = [f"{name}: {_value(extra[name])}" for name in sorted(extra) if extra[name] != plain.get(name)]
    whole = Line(depth, KINDS.get(type_, type_), ", ".join([*names, *data, *words_of_extra]), _escaped(text))
    if whole != Line(depth, "AdaptiveCard", "", ""):
        yield whole
    yield from (Line(depth + 1, name, "", _escaped(own[name])) for name in further)
    for name in INNER:
        if name in node:
            yield from _inner(name, node[name], depth if whole.kind == "AdaptiveCard" else depth + 1)


def _inner(name: str, found: Any, depth: int) -> Iterator[Line]:
    if isinstance(found, Mapping):
        yield from lines_of_element(found, depth)
    elif not found:
        yield Line(depth, name, "none", "")
    else:
        for each in found:
            yield from _one_of(name, each, depth)


def _one_of(name: str, each: Node, depth: int) -> Iterator[Line]:
    match name:
        case "facts" if each.keys() == {"title", "value"}:
            yield Line(depth, "fact", "", f"{_escaped(each['title'])} = {_escaped(each['value'])}")
        case "choices" if each.keys() == {"title", "value"}:
            yield Line(depth, "choice", _value(each["value"]), _escaped(each["title"]))
        case _:
            yield from lines_of_element(each, depth)


def _only_text(node: Any) -> str | None:
    """Return the text at the end of an element that holds nothing else; None when there is none or more than one."""
    while isinstance(node, Mapping):
        if isinstance(node.get("text"), str):
            return str(node["text"])
        inner = [node[name] for name in INNER if name in node]
        if len(inner) != 1 or len(inner[0]) != 1:
            return None
        [[node]] = inner
    return None


def _side_by_side(shown: Mapping[Language, Sequence[Line]]) -> Iterator[str]:
    for row in zip_longest(*shown.values()):
        assert len({(each.depth, each.kind) if each else None for each in row}) == 1, f"built differently: {row}"
        yield from _merged(dict(zip(shown, row, strict=True)))


def _merged(row: Mapping[Language, Line]) -> Iterator[str]:
    first = next(iter(row.values()))
    indent = "  " * first.depth
    details, texts = _distinct(each.details for each in row.values()), _distinct(each.text for each in row.values())
    head = f"{first.kind} ({' | '.join(details)})" if any(details) else first.kind
    line = f"{indent}{head}  {' | '.join(texts)}".rstrip()
    if len(texts) == 1 or len(line) <= WIDTH:
        yield line
        return
    yield f"{indent}{head}"
    yield from (f"{indent}    {language} {each.text}" for language, each in row.items())


def _distinct(values: Iterable[str]) -> Sequence[str]:
    """Return what each language has, or the one value they share."""
    every = list(values)
    return every[:1] if len(set(every)) == 1 else every


def _data(own: dict[str, Any]) -> Node:
    return own.pop("data") if isinstance(own.get("data"), Mapping) else {}  # type: ignore[no-any-return]


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("\n", "\\n").replace("|", "\\|")
    return re.sub("^ | $", "␠", escaped)  # an editor would drop it


def _value(value: Any) -> str:
    if value is MISSING:
        return "missing"
    if isinstance(value, str) and value.startswith("data:"):
        return value.partition(";")[0]  # bytes differ with the library that packs them
    if isinstance(value, str) and re.fullmatch(r"[^\W\d][\w./:-]*", value) and value not in {"true", "false", "null"}:
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
