"""The templates of the desk, and a message's card as HTML. Values are escaped."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from dialogs.core.message import Message

TEMPLATES: Final = Path(__file__).parent / "templates"
_CELL: Final = re.compile(r"<(tr|th|td)\b")


def environment() -> Environment:
    """Return the templates; each is read once."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["labelled"] = labelled
    return made


def labelled(rows: Markup, headings: Sequence[object]) -> Markup:
    """Return table rows with the heading of each cell at the cell, which a small screen shows beside it."""
    # A style sheet cannot read the headings, and the security policy allows no style in the page.
    position = 0

    def with_heading(tag: re.Match[str]) -> str:
        nonlocal position
        if tag[1] == "tr":
            position = 0
            return tag[0]
        heading = escape(headings[position])
        position += 1
        return f'{tag[0]} data-label="{heading}"' if tag[1] == "td" else tag[0]

    return Markup(_CELL.sub(with_heading, rows))  # noqa: S704 - rows were escaped, and the heading is


ENVIRONMENT: Final = environment()


def render(template: str, **values: Any) -> str:
    """Return the page of a template in ``desk/templates``."""
    return ENVIRONMENT.get_template(template).render(**values)


# A message as HTML, as its reader sees it: the text blocks, lists and buttons of a card. Buttons do nothing.

SCHEMES: Final = frozenset({"https", "mailto", "tel"})
# As in the chat: emphasis, lists and links. Markup in a text is shown as it is written.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
    ["image", "heading", "lheading", "hr", "reference", "code", "fence"]
)
_MARKDOWN.validateLink = lambda url: urlsplit(url).scheme in SCHEMES  # type: ignore[method-assign]


def message_html(message: Message, *, image: str = "") -> Markup:
    """Return the card of a message, or its text without one. ``image``: address of the image it shows."""
    card = message.card
    body = _elements(card.get("body", ())) if card else markdown_html(message.text)
    actions = _actions(card.get("actions", ())) if card else Markup()
    picture = Markup('<img class="desk-picture" src="{}" alt="{}">').format(image, message.image_alt) if image else ""
    return Markup("{}{}{}").format(body, picture, actions)


def markdown_html(text: str) -> Markup:
    """Return a text in Markdown as HTML."""
    # The parser escapes all markup of the text and accepts links of SCHEMES only.
    return Markup(_MARKDOWN.render(text))  # noqa: S704


def _elements(elements: Sequence[Mapping[str, Any]]) -> Markup:
    """Return elements; a part that an action unfolds stands below the title of that action."""
    unfolding = {
        part: str(action["title"])
        for element in elements
        for item in (element, *element.get("columns", ()))
        if (action := item.get("selectAction", {})).get("type") == "Action.ToggleVisibility"
        for part in action["targetElements"]
    }
    return Markup().join(
        Markup("<details><summary>{}</summary>{}</details>").format(
            unfolding[element["id"]], _elements(element["items"])
        )
        if element.get("isVisible") is False and element.get("id") in unfolding
        else _element(element)
        for element in elements
    )


def _element(element: Mapping[str, Any]) -> Markup:
    match element.get("type"):
        case "TextBlock" if element.get("style") == "heading":
            return Markup('<p class="desk-card-heading">{}</p>').format(str(element["text"]))
        case "TextBlock":
            kind = "desk-small" if element.get("isSubtle") else "desk-text"
            return Markup('<div class="{}">{}</div>').format(kind, markdown_html(str(element["text"])))
        case "RichTextBlock":
            text = "".join(str(run.get("text", "")) for run in element.get("inlines", ()))
            return Markup('<p class="ds-paragraph">{}</p>').format(text)
        case "FactSet":
            rows = Markup().join(
                Markup("<dt>{}</dt><dd>{}</dd>").format(str(fact["title"]), str(fact["value"]))
                for fact in element.get("facts", ())
            )
            return Markup('<dl class="desk-card-facts">{}</dl>').format(rows)
        case "Container" | "Column" if "selectAction" in element:
            unfolds = element["selectAction"]["type"] == "Action.ToggleVisibility"
            return Markup() if unfolds else _actions([element["selectAction"]])
        case "Container" | "Column":
            style = escape(str(element.get("style", "default")))
            return Markup('<div class="desk-card-part" data-tone="{}">{}</div>').format(
                style, _elements(element.get("items", ()))
            )
        case "ColumnSet":
            return _elements(element.get("columns", ()))
        case "ActionSet":
            return _actions(element.get("actions", ()))
        case _:
            return Markup()


def _actions(actions: Sequence[Mapping[str, Any]]) -> Markup:
    """Return the buttons as words: in a preview they lead nowhere."""
    words = Markup().join(
        Markup('<li class="ds-tag">{}</li>').format(str(action.get("title", ""))) for action in actions
    )
    return Markup('<ul class="desk-card-actions">{}</ul>').format(words) if words else Markup()
