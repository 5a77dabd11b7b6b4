"""Groups of digits in any notation, and the positions and kinds of masked numbers."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from itertools import chain
from typing import Final, NamedTuple, Self

# Maximum characters (no letters) between two groups of one number.
MAX_GAP: Final = 3
MAX_LETTERS: Final = 12
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_LETTERS_BEFORE: Final = re.compile(r"[^\W\d_]+\Z")
_GROUP: Final = re.compile(r"[0-9]+")
_GAP: Final = re.compile(r"(?:(?!•)[\W_])+")


class Group(NamedTuple):
    """A run of ``size`` digits, ``offset`` digits from the start of the text.

    Groups with the same ``chain`` may form one number: at most ``MAX_GAP`` characters, none a letter, separate
    neighbours.
    """

    start: int
    end: int
    size: int
    offset: int
    chain: int


@dataclass(frozen=True)
class DigitReading:
    """A text prepared for finding numbers.

    ``plain`` is the text in lower case with ASCII digits, plain blanks and hyphens, without invisible characters.
    Positions refer to ``plain``; ``text_position`` converts them to positions of the text.
    """

    plain: str
    positions: tuple[int, ...] | None

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Prepare a text."""
        if text.isascii():
            return cls(text.lower().replace("%20", "   "), None)
        plain = _unenclosed(text).translate(_same_length()).replace("%20", "   ")
        if not _HIDDEN.search(plain):
            return cls(_lower(plain), None)
        seen = tuple(place for place, letter in enumerate(plain) if letter != "\0")
        return cls(_lower(plain.replace("\0", "")), seen)

    def text_position(self, position: int) -> int:
        """Return the position in the text for a position in ``plain``."""
        return position if self.positions is None else self.positions[position]

    def text_end(self, position: int) -> int:
        """Return the end in the text of a range that ends before ``position``."""
        return self.text_position(position - 1) + 1 if position else 0

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        groups: list[Group] = []
        offset = chain = end = 0
        for match in _GROUP.finditer(self.plain):
            start = match.start()
            if groups and (start - end > MAX_GAP or _GAP.fullmatch(self.plain, end, start) is None):
                chain += 1
            end = match.end()
            groups.append(Group(start, end, end - start, offset, chain))
            offset += end - start
        return tuple(groups)

    @cached_property
    def digits(self) -> str:
        return "".join(_GROUP.findall(self.plain))

    @cached_property
    def ends(self) -> dict[int, int]:
        """Number of digits up to the end of a group → index of the group."""
        return {group.offset + group.size: number for number, group in enumerate(self.groups)}

    def last_of(self, first: int, total: int) -> int | None:
        """Return the index of the group that ends ``total`` digits after the start of group ``first``.

        None if no group ends there, or if the groups are in different chains.
        """
        last = self.ends.get(self.groups[first].offset + total)
        if last is None or last < first or self.groups[last].chain != self.groups[first].chain:
            return None
        return last

    def stands_digit_by_digit(self, first: int, last: int) -> bool:
        """Return whether these groups are single digits, and no single digit of the same chain touches them."""
        groups, chain = self.groups, self.groups[first].chain
        # Neighbours first: within a long list of single digits, this ends the search without reading the groups.
        if groups[first].size != 1 or groups[last].size != 1:
            return False
        if first and groups[first - 1].chain == chain and groups[first - 1].size == 1:
            return False
        if last + 1 < len(groups) and groups[last + 1].chain == chain and groups[last + 1].size == 1:
            return False
        return set(self.sizes(first, last)) == {1}

    def of_groups(self, first: int, last: int) -> str:
        """Return the digits of neighbouring groups."""
        return self.digits[self.groups[first].offset : self.groups[last].offset + self.groups[last].size]

    def sizes(self, first: int, last: int) -> tuple[int, ...]:
        """Return the sizes of neighbouring groups."""
        return tuple(group.size for group in self.groups[first : last + 1])

    def gap_after(self, number: int) -> str:
        """Return the text between a group and the next of its chain.

        Empty for the last one.
        """
        if not 0 <= number < len(self.groups) - 1 or self.groups[number].chain != self.groups[number + 1].chain:
            return ""
        return self.plain[self.groups[number].end : self.groups[number + 1].start]

    def gaps(self, first: int, last: int) -> set[str]:
        """Return the distinct separators within neighbouring groups."""
        return {self.gap_after(number) for number in range(first, last)}

    def letters_before(self, position: int) -> str:
        """Return the letters directly before a position, at most ``MAX_LETTERS``."""
        letters = _LETTERS_BEFORE.search(self.plain, max(0, position - MAX_LETTERS), position)
        return letters.group() if letters else ""

    def letters_after(self, position: int) -> str:
        """Return the letters directly after a position, at most ``MAX_LETTERS``."""
        letters = _LETTERS.match(self.plain, position, position + MAX_LETTERS)
        return letters.group() if letters else ""

    def before(self, position: int) -> str:
        """Return the character before a position; empty at the start."""
        return self.plain[position - 1 : position] if position else ""


_HIDDEN: Final = re.compile("\0")
# Characters that turn a digit into an emoji.
_KEYCAPS: Final = (0x20E3, *range(0xFE00, 0xFE10))


# The planes with characters of other kinds than ideographs and private ones.
_PLANES: Final = (range(128, 0x20000), range(0xE0000, 0xF0000))


@cache
def _same_length() -> dict[int, str]:
    """Return the table from a character to its plain equivalent.

    Hidden characters map to NUL.
    """
    table: dict[int, str] = dict.fromkeys(_KEYCAPS, "\0")
    table[0] = " "
    for code in chain.from_iterable(_PLANES):
        letter = chr(code)
        match unicodedata.category(letter):
            case "Nd":
                table[code] = str(unicodedata.decimal(letter))
            case "Cf":
                table[code] = "\0"
            case "Zs":
                table[code] = " "
            case "Pd":
                table[code] = "-"
    table[0x2212] = "-"  # Unicode does not classify the minus sign as a dash
    # Full-width Latin letters and punctuation are typed together with full-width digits.
    table |= {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F) if code not in table}
    return table


_ENCLOSED: Final = "⓪①②③④⑤⑥⑦⑧⑨⑴⑵⑶⑷⑸⑹⑺⑻⑼⒈⒉⒊⒋⒌⒍⒎⒏⒐⓵⓶⓷⓸⓹⓺⓻⓼⓽⓿❶❷❸❹❺❻❼❽❾➀➁➂➃➄➅➆➇➈➊➋➌➍➎➏➐➑➒"
_ENCLOSED_RUN: Final = re.compile(f"[{_ENCLOSED}](?:[ -]?[{_ENCLOSED}])+")
_ENCLOSED_DIGITS: Final = {ord(letter): str(unicodedata.digit(letter)) for letter in _ENCLOSED}


def _unenclosed(text: str) -> str:
    """Return the text with runs of circled and similar digits as ASCII digits, with the same length.

    A single one is a list marker. As a digit, it would make the number after it longer and hide it.
    """
    return _ENCLOSED_RUN.sub(lambda run: run.group().translate(_ENCLOSED_DIGITS), text)


def _lower(text: str) -> str:
    """Return the text in lower case, with the same length."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(small if len(small := letter.lower()) == 1 else letter for letter in text)


# Kinds of masked numbers, and their positions.


class Secret(StrEnum):
    """Kind of a masked number."""

    NATIONAL_ID = "national_id"
    BANK_ACCOUNT = "bank_account"
    IBAN = "iban"
    PAYMENT_CARD = "payment_card"


class Span(NamedTuple):
    """Half-open range of characters."""

    start: int
    end: int
    secret: Secret
