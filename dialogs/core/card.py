"""Adaptive Cards 1.5 as plain values. Builders take texts and ids; they hold no sentence of their own."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Element = Mapping[str, Any]

MANY: Final = 20
"""More choices than this are too many to look through."""

_MARKDOWN: Final = frozenset("[]()<>!*_`#|\\")


def card(body: Iterable[Element], actions: Iterable[Element] = ()) -> Mapping[str, Any]:
    """Return a card. Teams shows at most six actions; more than that is a mistake of the caller."""
    shown = tuple(actions)
    if len(shown) > 6:
        raise ValueError("a card has at most six actions")
    content: dict[str, Any] = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "body": list(body),
    }
    if shown:
        content["actions"] = list(shown)
    return content


def heading(text: str) -> Element:
    """Return a heading; screen readers announce it as one."""
    return {"type": "TextBlock", "text": text, "weight": "Bolder", "size": "Medium", "wrap": True, "style": "heading"}


def paragraph(text: str) -> Element:
    """Return running text. Markdown of bold, italic, lists and links is shown."""
    return {"type": "TextBlock", "text": text, "wrap": True}


def small(text: str) -> Element:
    """Return a line of secondary information."""
    return {"type": "TextBlock", "text": text, "wrap": True, "isSubtle": True, "size": "Small", "spacing": "Small"}


def quote(text: str) -> Element:
    """Return somebody's own words, set apart. They are shown as written: Markdown in them is not interpreted."""
    return {
        "type": "Container",
        "style": "emphasis",
        "items": [{"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text}]}],
    }


def status(text: str, *, style: str = "accent") -> Element:
    """Return a coloured banner; ``style`` is default, emphasis, accent, good, warning or attention."""
    return {
        "type": "Container",
        "style": style,
        "bleed": True,
        "items": [{"type": "TextBlock", "text": text, "wrap": True, "weight": "Bolder"}],
    }


def facts(pairs: Iterable[tuple[str, str]]) -> Element:
    """Return a list of names and values."""
    return {"type": "FactSet", "facts": [{"title": title, "value": value} for title, value in pairs]}


def press(title: str, verb: str, /, *, primary: bool = False, checks: bool = True, **data: Any) -> Element:
    """Return a button that presses ``verb``; ``data`` carries ids only.

    ``checks`` off: the card's inputs are neither needed nor sent.
    """
    action: dict[str, Any] = {"type": "Action.Execute", "title": title, "verb": verb, "data": data}
    if primary:
        action["style"] = "positive"
    if not checks:
        action["associatedInputs"] = "none"
    return action


def link(title: str, url: str) -> Element:
    """Return a button that opens ``url``."""
    return {"type": "Action.OpenUrl", "title": title, "url": url}


def reveal(title: str, inner: Mapping[str, Any]) -> Element:
    """Return a button that unfolds ``inner``, a card."""
    return {"type": "Action.ShowCard", "title": title, "card": inner}


def write(
    name: str,
    label: str,
    *,
    value: str = "",
    multiline: bool = False,
    required: str | None = None,
    most: int | None = 2000,
    hint: str = "",
) -> Element:
    """Return a text input. ``required`` is the sentence shown when it is left empty.

    What is pasted beyond ``most`` is cut without a word; with None all of it arrives, to be refused with one.
    """
    element: dict[str, Any] = {
        "type": "Input.Text",
        "id": name,
        "label": label,
        "value": value,
        "isMultiline": multiline,
        "placeholder": hint,
    }
    if most is not None:
        element["maxLength"] = most
    return _needed(element, required)


def choose(
    name: str,
    label: str,
    choices: Sequence[tuple[str, str]],
    *,
    value: str = "",
    several: bool = False,
    expanded: bool = False,
    required: str | None = None,
    hint: str = "",
) -> Element:
    """Return a choice among ``(title, value)`` pairs; several chosen values come back joined by commas.

    Among many one types part of what one is looking for. Source: Microsoft Learn, "Typeahead search in Adaptive Cards",
    2026-11-25: static choices, style filtered. A choice whose value is empty is the hint as well: clients in Teams show
    an empty value as nothing chosen.
    """
    hint = hint or next((title for title, chosen in choices if not chosen), "")
    many = "filtered" if len(choices) > MANY else "compact"
    element: dict[str, Any] = {
        "type": "Input.ChoiceSet",
        "id": name,
        "label": label,
        "style": "expanded" if expanded else many,
        "isMultiSelect": several,
        "value": value,
        "choices": [{"title": title, "value": chosen} for title, chosen in choices],
        "wrap": True,
    }
    if hint:
        element["placeholder"] = hint
    return _needed(element, required)


def toggle(name: str, title: str, *, on: bool = False) -> Element:
    """Return a yes/no input, sent as ``true`` or ``false``."""
    return {"type": "Input.Toggle", "id": name, "title": title, "value": "true" if on else "false", "wrap": True}


def pick_date(name: str, label: str, *, value: str = "", required: str | None = None) -> Element:
    """Return a date input; its value is ISO 8601. ``required`` is the sentence shown when it is left empty."""
    return _needed({"type": "Input.Date", "id": name, "label": label, "value": value}, required)


def pick_time(name: str, label: str, *, value: str = "", required: str | None = None) -> Element:
    """Return a time input; its value is HH:MM. ``required`` is the sentence shown when it is left empty."""
    return _needed({"type": "Input.Time", "id": name, "label": label, "value": value}, required)


def _needed(element: Element, required: str | None) -> Element:
    """Return an input as one that must be filled in, with the sentence shown when it is not."""
    return {**element, "isRequired": True, "errorMessage": required} if required else element


def columns(*groups: Sequence[Element]) -> Element:
    """Return elements side by side, the last column as wide as its content."""
    last = len(groups) - 1
    return {
        "type": "ColumnSet",
        "columns": [
            {"type": "Column", "width": "auto" if n == last else "stretch", "items": list(items)}
            for n, items in enumerate(groups)
        ],
    }


def buttons(*actions: Element) -> Element:
    """Return buttons inside the body of a card."""
    return {"type": "ActionSet", "actions": list(actions)}


def unmarked(words: str) -> str:
    """Return somebody's words for the middle of a sentence of ours, where Markdown in them would be interpreted."""
    return "".join(letter for letter in words if letter not in _MARKDOWN).strip()
