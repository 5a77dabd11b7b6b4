"""Numbers that are split over two messages of one conversation."""

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from stdnum import iban
from stdnum.no import kontonr

from knowledge.language.masking.digits import DigitReading, Secret
from knowledge.language.masking.identity import LENGTH, is_identity_number
from knowledge.language.masking.masked import MASKS, MaskedText
from knowledge.language.masking.money import is_card_number

# Groups of digits tried at the end of the first message and at the beginning of the second.
MAX_GROUPS: Final = 6
# Digits of a first part of an account or card: fewer say too little, and the longest card number has 19.
FEWEST: Final = 3
MOST: Final = 18
_RUN: Final = re.compile(r"\d(?:[ .\u00a0-]?\d)*")
_WITHIN_RUN: Final = frozenset({" ", ".", "-"})


class _Part(NamedTuple):
    """Joined neighbouring groups of digits, with their positions in the text."""

    digits: str
    start: int
    end: int


def last_digits(text: str) -> str:
    """Return the last groups of digits of a text; any may be the first part of a number."""
    reading = DigitReading.from_text(text)
    kept: list[str] = []
    first = max(0, len(reading.groups) - MAX_GROUPS)
    for number in range(first, len(reading.groups)):
        if reading.groups[number].size <= MOST:
            gap = reading.gap_after(number - 1)
            kept += [" " if gap in _WITHIN_RUN else "; ", reading.of_groups(number, number)]
    return "".join(kept[1:])


def continues(text: str) -> bool:
    """Return whether all groups of digits of a text are too short to take the place of those before."""
    return all(group.size < FEWEST for group in DigitReading.from_text(text).groups[-MAX_GROUPS:])


def mask_rest(text: MaskedText, before: str) -> MaskedText:
    """Return a message with the number masked that completes the digits ``before``, by their check digits.

    An identity number may begin and end with any groups of digits, an account or card with the last and the first.
    """
    rest = _identity_rest(text, before) or _money_rest(text, before) if before else None
    if rest is None:
        return text
    part, secret = rest
    return MaskedText(f"{text[: part.start]}{MASKS[secret]}{text[part.end :]}", text.found | {secret})


def _identity_rest(text: str, before: str) -> tuple[_Part, Secret] | None:
    begun, said = DigitReading.from_text(before), DigitReading.from_text(text)
    beginnings = list(_digit_groups(begun, range(max(0, len(begun.groups) - MAX_GROUPS), len(begun.groups))))
    for part in _digit_groups(said, range(min(MAX_GROUPS, len(said.groups)))):
        for beginning in beginnings:
            if is_identity_number(beginning.digits + part.digits):
                return part, Secret.NATIONAL_ID
    return None


def _digit_groups(reading: DigitReading, numbers: Sequence[int]) -> Iterator[_Part]:
    """Yield all neighbouring groups of one chain that are shorter than an identity number."""
    groups = reading.groups
    for first in numbers:
        for last in numbers[numbers.index(first) :]:
            digits = reading.of_groups(first, last)
            if len(digits) >= LENGTH or groups[last].chain != groups[first].chain:
                break
            yield _Part(digits, reading.text_position(groups[first].start), reading.text_end(groups[last].end))


def _money_rest(text: str, before: str) -> tuple[_Part, Secret] | None:
    run, runs = _RUN.search(text), _RUN.findall(before)
    beginning = _digits(runs[-1]) if runs else ""
    if run is None or not FEWEST <= len(beginning) <= MOST:
        return None
    digits = _digits(run.group())
    secret = _money(beginning + digits)
    return None if secret is None else (_Part(digits, run.start(), run.end()), secret)


def _money(digits: str) -> Secret | None:
    if len(digits) == LENGTH and kontonr.is_valid(digits):
        return Secret.BANK_ACCOUNT
    if is_card_number(digits):
        return Secret.PAYMENT_CARD
    return Secret.IBAN if len(digits) == 13 and iban.is_valid(f"NO{digits}") else None


def _digits(run: str) -> str:
    return "".join(filter(str.isdigit, run))
