"""Builders for Adaptive Cards 1.5 as plain values, with a progress bar.

They take texts and ids, and contain no text themselves.
"""

import base64
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

# A progress bar as a small image, since cards of version 1.5 have no such element.

WIDTH, HEIGHT = 240, 12
# Drawn at twice the size, for sharp edges on dense screens. The number of different images stays small.
_SCALE: Final = 2
_STEPS: Final = 20
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
# Transparent, done and rest: at least 3:1 against white and against #1a1a1a for the done part.
_COLOURS: Final = b"\x00\x00\x00\x3a\x9a\x5b\x8a\x8a\x8a"
_OPACITY: Final = bytes((0, 255, 90))


@lru_cache(maxsize=_STEPS + 1)
def _image(filled: int) -> str:
    """Return the PNG as a data URI; ``filled`` of ``_STEPS`` parts are done."""
    width, height = WIDTH * _SCALE, HEIGHT * _SCALE
    radius, end = height / 2, width * filled / _STEPS
    rows = bytearray()
    for y in range(height):
        rows.append(0)  # no filter
        for x in range(width):
            from_middle = max(radius - (x + 0.5), (x + 0.5) - (width - radius), 0.0)
            inside = from_middle**2 + (y + 0.5 - radius) ** 2 <= radius**2
            rows.append((1 if x < end else 2) if inside else 0)
    parts = (
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", _COLOURS),
        _chunk(b"tRNS", _OPACITY),
        _chunk(b"IDAT", zlib.compress(bytes(rows), 9)),
        _chunk(b"IEND", b""),
    )
    return f"data:image/png;base64,{base64.b64encode(_SIGNATURE + b''.join(parts)).decode()}"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bar_image(done: int, total: int) -> str:
    """Return the bar of ``done`` parts of ``total``. It is full or empty only when all or nothing is done."""
    filled = round(_STEPS * done / total) if total else 0
    if 0 < done < total:
        filled = min(max(filled, 1), _STEPS - 1)
    return _image(min(filled, _STEPS))


Element = Mapping[str, Any]

# Maximum number of choices in a plain list; longer lists become searchable.
MANY: Final = 20
# Maximum number of actions that Teams shows.
MOST_ACTIONS: Final = 6
# Maximum number of choices a reply offers: more are not read.
MOST_CHOICES: Final = 4

_MARKDOWN: Final = frozenset("[]()<>!*_`#|\\")


def card(body: Iterable[Element], actions: Iterable[Element] = ()) -> Mapping[str, Any]:
    """Return a card.

    Raises:
        ValueError: for more than ``MOST_ACTIONS`` actions.
    """
    shown = tuple(actions)
    if len(shown) > MOST_ACTIONS:
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


def readable(text: str, shown: Mapping[str, Any] | None) -> str:
    """Return a message's text with the words of its card that the text does not have, one a line."""
    lines = [text]
    for words in _words(shown):
        if words.strip() and words not in lines and words not in text:
            lines.append(words)
    return "\n".join(lines)


def _words(node: Any) -> Iterator[str]:
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name in {"text", "title", "label", "value", "url"} and isinstance(value, str):
                yield value
            elif name != "data":  # ids for the bot
                yield from _words(value)
    elif isinstance(node, list | tuple):
        for child in node:
            yield from _words(child)


def heading(text: str) -> Element:
    """Return a heading; screen readers announce it as one."""
    return {"type": "TextBlock", "text": text, "weight": "Bolder", "size": "Medium", "wrap": True, "style": "heading"}


def paragraph(text: str) -> Element:
    """Return running text. Bold, italic, lists and links in Markdown are rendered."""
    return {"type": "TextBlock", "text": text, "wrap": True}


def small(text: str) -> Element:
    """Return a line of secondary information."""
    return {"type": "TextBlock", "text": text, "wrap": True, "isSubtle": True, "size": "Small", "spacing": "Small"}


def quote(text: str) -> Element:
    """Return a user's text, set apart and without Markdown rendering."""
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


def press(
    title: str, verb: str, /, *, primary: bool = False, checks: bool = True, about: str = "", **data: Any
) -> Element:
    """Return a button with ``verb``; ``data`` must contain ids only.

    With ``checks`` off, the card's inputs are neither validated nor sent. ``about`` sets buttons with equal titles
    apart: screen readers and pointers show it.
    """
    action: dict[str, Any] = {"type": "Action.Execute", "title": title, "verb": verb, "data": data}
    if primary:
        action["style"] = "positive"
    if not checks:
        action["associatedInputs"] = "none"
    if about:
        action["tooltip"] = f"{title}: {about}"
    return action


def link(title: str, url: str) -> Element:
    """Return a button that opens ``url``."""
    return {"type": "Action.OpenUrl", "title": title, "url": url}


def text_link(action: Element) -> Element:
    """Return an action as a line of text to press, for choices below the buttons in rank."""
    return {"type": "Container", "spacing": "Small", "selectAction": action, "items": [_pressed_text(action)]}


def small_controls(*actions: Element) -> Element:
    """Return actions as words beside each other, for the lowest rank."""
    return {
        "type": "ColumnSet",
        "columns": [
            {"type": "Column", "width": "auto", "selectAction": action, "items": [_pressed_text(action)]}
            for action in actions
        ],
    }


def _pressed_text(action: Element) -> Element:
    return {"type": "TextBlock", "text": action["title"], "wrap": True, "color": "Accent", "size": "Small"}


def folding(id_: str, items: Iterable[Element], *, open_: bool) -> Element:
    """Return a part of a card that ``unfold`` shows or hides."""
    return {"type": "Container", "id": id_, "isVisible": open_, "items": list(items)}


def unfold(title: str, *ids: str) -> Element:
    """Return an action that shows the hidden ones of the parts with these ids, and hides the others."""
    return {"type": "Action.ToggleVisibility", "title": title, "targetElements": list(ids)}


def reveal(title: str, inner: Mapping[str, Any], *, about: str = "") -> Element:
    """Return a button that unfolds the card ``inner``; ``about`` as for ``press``."""
    named = {"tooltip": f"{title}: {about}"} if about else {}
    return {"type": "Action.ShowCard", "title": title, "card": inner, **named}


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
    """Return a text input.

    Args:
        required: error message for an empty input; None makes it optional.
        most: clients silently cut longer text. With None all text arrives, so that the flow can refuse it with a
            message.
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
    """Return a choice among ``(title, value)`` pairs.

    Several chosen values are returned joined by commas.
    """
    # With more than ``MANY`` choices the user can type to filter. Source: Microsoft Learn, "Typeahead search in
    # Adaptive Cards", 2026-11-25: static choices, style filtered. The title of a choice with an empty value is also the
    # placeholder, because Teams clients show an empty value as no selection.
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
    """Return a date input with an ISO 8601 value.

    ``required`` is the error message for an empty input.
    """
    return _needed({"type": "Input.Date", "id": name, "label": label, "value": value}, required)


def pick_time(name: str, label: str, *, value: str = "", required: str | None = None) -> Element:
    """Return a time input with an HH:MM value.

    ``required`` is the error message for an empty input.
    """
    return _needed({"type": "Input.Time", "id": name, "label": label, "value": value}, required)


def filled(elements: Iterable[Element], *, written: Mapping[str, str], errors: Mapping[str, str]) -> list[Element]:
    """Return the elements of a form with what was written in its inputs, and each error below its input.

    A folded part with an error is shown.
    """
    shown: list[Element] = []
    for element in elements:
        if str(element["type"]).startswith("Input."):
            name = str(element["id"])
            shown.append({**element, "value": written.get(name, element["value"])})
            if name in errors:
                shown.append(status(errors[name], style="attention"))
        elif "items" in element:
            items = filled(element["items"], written=written, errors=errors)
            folded = len(items) > len(element["items"]) and "isVisible" in element
            shown.append({**element, "items": items, **({"isVisible": True} if folded else {})})
        else:
            shown.append(element)
    return shown


def _needed(element: Element, required: str | None) -> Element:
    """Return a required input with its error message; unchanged if ``required`` is None."""
    return {**element, "isRequired": True, "errorMessage": required} if required else element


def progress(done: int, total: int, label: str) -> Element:
    """Return a progress bar; ``label`` says the same in words."""
    return {
        "type": "Image",
        "url": bar_image(done, total),
        "altText": label,
        "width": f"{WIDTH}px",
        "height": f"{HEIGHT}px",
        "spacing": "Small",
    }


def columns(*groups: Sequence[Element]) -> Element:
    """Return elements side by side.

    The last column is as wide as its content.
    """
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
    """Return a user's text without Markdown characters, for use inside a sentence."""
    return "".join(letter for letter in words if letter not in _MARKDOWN).strip()
