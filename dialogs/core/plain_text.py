"""Markdown as plain text, for summaries, notifications and screen readers."""

from collections.abc import Iterator
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

# As the chat shows it: emphasis, lists and links. Anything else stays as it is written.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).disable(
    ["image", "heading", "lheading", "hr", "reference", "code", "fence"]
)
_PARAGRAPH_END: Final = "\n\n"
_BREAKS: Final = frozenset({"softbreak", "hardbreak"})


def plain_text(markdown: str) -> str:
    """Return the words of a text without its markup; of a link, its label."""
    return "\n".join(_text_blocks(_MARKDOWN.parse(markdown)))


def beginning_of(markdown: str, most: int) -> str:
    """Return the first ``most`` characters of ``plain_text``; only the paragraphs that have them are parsed."""
    end = markdown.find(_PARAGRAPH_END, most)
    while end >= 0:
        text = plain_text(markdown[:end])
        if len(text) >= most:
            return text[:most]
        end = markdown.find(_PARAGRAPH_END, 2 * end)
    return plain_text(markdown)[:most]


def _text_blocks(tokens: list[Token]) -> Iterator[str]:
    number = ""
    for token in tokens:
        if token.type == "list_item_open" and token.info:
            # "21. oktober" begins a date as often as a list.
            number = f"{token.info}{token.markup} "
        elif token.type == "inline":
            words = ("\n" if child.type in _BREAKS else child.content for child in token.children or ())
            yield number + "".join(words)
            number = ""
