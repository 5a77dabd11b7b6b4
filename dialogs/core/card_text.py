"""A card as plain text, for channels without cards."""

from collections.abc import Iterator, Mapping
from typing import Any

from dialogs.core.card import Element


def text_of(card: Mapping[str, Any]) -> str:
    """Return a card's text line by line: words, inputs, links, no buttons."""
    return "\n".join(filter(None, _lines(card)))


def _lines(element: Element) -> Iterator[str]:
    match element.get("type"):
        case "TextBlock":
            yield element["text"]
        case "RichTextBlock":
            yield "".join(inline["text"] for inline in element["inlines"])
        case "FactSet":
            yield from (f"{fact['title']}: {fact['value']}" for fact in element["facts"])
        case "Image":
            yield element.get("altText", "")
        case "Action.OpenUrl":
            yield f"{element['title']}: {element['url']}"
        case "Input.ChoiceSet":
            yield element["label"]
            yield from (f"- {choice['title']}" for choice in element["choices"] if choice["value"])
        case "Input.Text" | "Input.Date" | "Input.Time":
            yield f"{element['label']}: {element['value']}" if element["value"] else element["label"]
        case "Input.Toggle":
            yield element["title"]
        case _:
            for inner in _inner(element):
                yield from _lines(inner)


def _inner(element: Element) -> Iterator[Element]:
    for name in ("body", "items", "columns", "actions"):
        yield from element.get(name, ())
    if "card" in element:
        yield element["card"]
