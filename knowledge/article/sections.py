"""A document as pairs of heading and text, in Markdown; comments name parts that could not be read.

Each line with ``#`` to ``######`` begins a pair. ``<!-- unread: image -->`` stands where an image stood.
"""

import re
from collections import Counter
from enum import StrEnum
from typing import Final

_HEADING: Final = re.compile(r"^#{1,6}[ \t]+(?=\S)", re.MULTILINE)
_MARK: Final = re.compile(r"^<!-- unread: ([a-z]+) -->$\n?", re.MULTILINE)
_ESCAPED: Final = re.compile(r"^\\#", re.MULTILINE)
_LINE_OF_HEADING: Final = re.compile(r"^#", re.MULTILINE)


class UnreadPart(StrEnum):
    """What of a document becomes no text; each has a catalogue text, ``article.unread.…``."""

    IMAGE = "image"
    TABLE = "table"
    NOTE = "note"
    FORMULA = "formula"
    CHART = "chart"
    OTHER = "other"


def has_sections(text: str) -> bool:
    """Return whether a text begins with a heading."""
    return _HEADING.match(text) is not None


def unread_mark(part: UnreadPart) -> str:
    """Return the line that stands for a part that could not be read."""
    return f"<!-- unread: {part} -->"


def plain_paragraph(text: str) -> str:
    """Return a paragraph none of whose lines is a heading."""
    return _LINE_OF_HEADING.sub(r"\#", text)


def sections_of(text: str) -> list[tuple[str, str, Counter[UnreadPart]]]:
    """Return heading, text and unread parts of each section of a text with ``has_sections``."""
    sections: list[tuple[str, str, Counter[UnreadPart]]] = []
    for section in _HEADING.split(text)[1:]:
        heading, _, body = section.partition("\n")
        unread = Counter(UnreadPart(kind) for kind in _MARK.findall(body) if kind in set(UnreadPart))
        sections.append((heading.strip(), _ESCAPED.sub("#", _MARK.sub("", body)).strip(), unread))
    return sections
