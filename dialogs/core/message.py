"""A message to a person: text, or a card with its text for channels without cards."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from dialogs.core import card
from dialogs.core.card import Element
from knowledge.article.article import Language

Card = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message.

    ``text`` is always set: for notifications, screen readers and channels without cards. ``card`` is an Adaptive
    Card 1.5. ``suggestions`` are utterances offered below the message. ``image_id`` is a stored image to show,
    ``image_alt`` its alternative text; ``report_id`` is an announcement, the report of which is attached as files.
    ``calendar_of`` is a classroom session, for which the reader gets a calendar file; ``calendar_ends``: it cancels.
    ``shows_plan``: the picture of the reader's plan belongs to it, in channels without a page to link to.
    ``data_of`` is the person of the data to download, empty for the reader; the channel checks the right again.
    ``to_keep``: the reader has no other copy of the text, so a page shows it until the reader closes it, also after
    the sign-out. ``language`` is that of the text and the card; left out, the runtime fills in the reader's.
    """

    text: str
    card: Card | None = None
    suggestions: tuple[str, ...] = ()
    image_id: str | None = None
    image_alt: str = ""
    report_id: str | None = None
    data_of: str | None = None
    calendar_of: str | None = None
    calendar_ends: bool = False
    shows_plan: bool = False
    to_keep: bool = False
    language: Language | None = None

    @classmethod
    def plain(cls, text: str, actions: Iterable[Card] = (), *, language: Language | None = None) -> Self:
        """Return a message whose card says the same as its text."""
        return cls(text=text, card=card.card([card.paragraph(text)], actions), language=language)

    @property
    def shown(self) -> Card:
        """The card; without one, that of the text."""
        return self.card or card.card([card.paragraph(self.text)])

    def below(self, text: str, elements: Iterable[Card]) -> Self:
        """Return the message with ``text`` before its own, and ``elements`` above its card."""
        shown = self.shown
        return replace(self, text=f"{text}{self.text}", card={**shown, "body": [*elements, *shown["body"]]})


# A card as plain text, for channels without cards.


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
