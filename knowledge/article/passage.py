"""The passages of an answer: what stands before its cases, each case, and what follows."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

# A case begins with its label in bold, which ends with a colon or a question mark.
_LABEL: Final = re.compile(r"\*\*([^*\n]+[:?])\*\*|\*\*([^*\n]+)\*\*[:?]")
_ITEM: Final = re.compile(r"\A(?:[-*]|\d+\.) +")
_GAP: Final = re.compile(r"\n\s*\n")
MAX_LABEL_WORDS: Final = 12
# Words of what is shown first of an answer: read on a small phone without scrolling.
MAX_FIRST_WORDS: Final = 60
# The same where several answers share the screen.
MAX_BRIEF_WORDS: Final = 40
# Fewer words are not worth a press.
_MIN_FOLDED: Final = 12
_SENTENCE: Final = re.compile(r"(?<=[.!?…»*]) +(?=[^\W\d_a-zæøå]|[*«“\[])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A part of an answer. ``label`` names the case it is about; empty for text about all cases."""

    text: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """A part of an answer that a reply may consist of.

    ``label`` names the case it belongs to. ``places`` are those of its paragraphs and list items among all of them.
    """

    text: str
    label: str
    places: tuple[int, ...]


def quotes(answer: str) -> tuple[Quote, ...]:
    """Return each paragraph and list item of an answer; one that names what follows it also with that."""
    found: list[Quote] = []
    head: int | None = None
    for place, (gap, text) in enumerate(_pieces(answer) if answer else ()):
        words = _ITEM.sub("", text)
        label = _LABEL.match(words)
        named = (label[1] or label[2]).rstrip(":") if label is not None else ""
        begun = head is not None and len(found[head].places) > 1
        if head is None or (label is not None and gap != "\n") or (begun and gap != "\n"):
            head = None
        else:
            case = found[head]
            found[head] = Quote(text=f"{case.text}{gap}{text}", label=case.label, places=(*case.places, place))
            named = named or case.label
        if words.endswith(":") or (label is not None and _LABEL.fullmatch(words)):
            head = len(found)
        found.append(Quote(text=words, label=named, places=(place,)))
    return tuple(found)


def places_of(answer: str, part: str) -> tuple[int, ...]:
    """Return the places of the paragraphs and list items of an answer that are in a part of it."""
    among = {_ITEM.sub("", text).strip() for _, text in _pieces(part)}
    return tuple(place for place, (_, text) in enumerate(_pieces(answer)) if _ITEM.sub("", text).strip() in among)


def unread(answer: str, read: Collection[int]) -> Quote | None:
    """Return what comes next in an answer after the ``read`` places; None at its end."""
    text, places = "", list[int]()
    for place, (gap, piece) in enumerate(_pieces(answer) if answer else ()):
        if place in read:
            continue
        longer = f"{text}{gap}{piece}" if text else piece
        if text and len(longer.split()) > MAX_FIRST_WORDS:
            break
        text, places = longer, [*places, place]
    return Quote(text=text, label="", places=tuple(places)) if places else None


def passages(answer: str) -> tuple[Passage, ...]:
    """Return the passages of an answer in their order. A single label makes no case: it is emphasis."""
    joined: list[Passage] = []
    for gap, text in _pieces(answer):
        words = _ITEM.sub("", text)
        label = _LABEL.match(words)
        before = joined[-1] if joined else None
        if label is not None:
            joined.append(Passage(text=words, label=(label[1] or label[2]).rstrip(":")))
        elif before is not None and (not before.label or _LABEL.fullmatch(before.text)):
            # A label alone in its paragraph names the paragraph below.
            joined[-1] = Passage(text=f"{before.text}{gap}{text}", label=before.label)
        elif before is not None and gap == "\n" and _is_alone(before.text):
            joined[-1] = Passage(text=f"{before.text}{gap}{text}", label=before.label)
        else:
            joined.append(Passage(text=text))
    if sum(bool(passage.label) for passage in joined) < 2:
        return (Passage(text=answer),) if answer else ()
    return tuple(joined)


def paragraphs(answer: str) -> tuple[Passage, ...]:
    """Return each paragraph and list item of an answer as a passage without a label."""
    return tuple(Passage(text=_ITEM.sub("", text)) for _, text in _pieces(answer) if text)


def first_part(answer: str) -> str:
    """Return the beginning of an answer that is shown before the rest unfolds: whole paragraphs and list items."""
    part = _fitting(answer, MAX_FIRST_WORDS)
    rest = len(answer.split()) - len(part.split())
    return part if rest >= _MIN_FOLDED else answer


def _fitting(text: str, most: int) -> str:
    """Return the first paragraphs and list items of a text: as many as ``most`` words allow, and at least one."""
    part = ""
    for gap, piece in _pieces(text):
        longer = f"{part}{gap}{piece}" if part else piece
        if part and len(longer.split()) > most:
            break
        part = longer
    return part


def first_sentences(text: str) -> str:
    """Return the beginning of a passage, at most ``MAX_BRIEF_WORDS`` words if it has more than one sentence.

    Whole paragraphs and list items, or sentences of the first one.
    """
    begun = _fitting(text, MAX_BRIEF_WORDS)
    if len(begun.split()) <= MAX_BRIEF_WORDS and not begun.rstrip("*").endswith((":", "?")):
        return begun
    first, *others = (_ITEM.sub("", piece) for _, piece in _pieces(text))
    if others and first.rstrip("*").endswith((":", "?")):  # it names what follows
        first = f"{first} {others[0]}"
    shown = ""
    for sentence in _SENTENCE.split(first):
        longer = f"{shown} {sentence}".strip()
        # The end of a sentence in bold is none of the text; a label alone says nothing.
        whole = shown.count("**") % 2 == 0 and not _LABEL.fullmatch(shown)
        if shown and whole and len(longer.split()) > MAX_BRIEF_WORDS:
            break
        shown = longer
    return shown


def _is_alone(text: str) -> bool:
    """Return whether a passage began with a label alone in its paragraph, which a list follows."""
    return _LABEL.fullmatch(_GAP.split(text)[0]) is not None


def _pieces(answer: str) -> Iterator[tuple[str, str]]:
    """Yield the paragraphs and list items of an answer, each after the gap that parts it from the one before."""
    gap = ""
    for block in _GAP.split(answer.strip()):
        lines: list[str] = []
        for line in block.split("\n"):
            if lines and _ITEM.match(line):
                yield gap, "\n".join(lines)
                gap, lines = "\n", []
            lines.append(line)
        yield gap, "\n".join(lines)
        gap = "\n\n"
