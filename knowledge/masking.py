"""Takes numbers out of an utterance that must not be stored, logged or forwarded."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stdnum import luhn
from stdnum.no import fodselsnummer, kontonr


class Secret(StrEnum):
    """What was masked."""

    NATIONAL_ID = "national_id"
    BANK_ACCOUNT = "bank_account"
    PAYMENT_CARD = "payment_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Masked:
    """``text`` without the secrets, and which kinds were found."""

    text: str
    found: frozenset[Secret]


_GAP: Final = r"[\W_]{0,3}"
_SPACE: Final = r"[ .\-\u00a0\u2009\u202f]"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A kind of number: what it looks like, and how its check digits are tried."""

    secret: Secret
    looks: re.Pattern[str]
    valid: Callable[[str], bool]


def _born_and_number(digits: str) -> bool:
    """Tell whether a date of birth and the five digits that were told apart from it are an identity number."""
    return fodselsnummer.is_valid(digits if len(digits) == 11 else digits[:4] + digits[6:])


# An identity number counts however it is written and whatever stands around it, save more of its own digits: the
# postcode before it or the letters touching it hide it no less, nor do words between the date of birth and the rest.
# Accounts and cards, which chance hits far more often, count in the grouping they are printed in.
_KINDS: Final = (
    _Kind(
        secret=Secret.NATIONAL_ID,
        looks=re.compile(rf"(?<!\d)\d(?:{_GAP}\d){{10}}(?!\d)"),
        valid=fodselsnummer.is_valid,
    ),
    _Kind(
        secret=Secret.NATIONAL_ID,
        looks=re.compile(rf"(?<!\d)\d\d{_GAP}\d\d{_GAP}(?:19|20)?\d\d[^\d\n]{{0,30}}\d{{5}}(?!\d)"),
        valid=_born_and_number,
    ),
    _Kind(
        secret=Secret.BANK_ACCOUNT,
        looks=re.compile(rf"(?<!\w)\d{{4}}(?:\d{{7}}|{_SPACE}\d\d{_SPACE}\d{{5}})(?!\w)"),
        valid=kontonr.is_valid,
    ),
    _Kind(
        secret=Secret.PAYMENT_CARD,
        looks=re.compile(
            rf"(?<!\w)\d{{4}}(?:\d{{9,15}}|(?:{_SPACE}\d{{4}}){{3}}(?:{_SPACE}\d{{1,3}})?"
            rf"|{_SPACE}\d{{6}}{_SPACE}\d{{4,5}})(?!\w)"
        ),
        valid=luhn.is_valid,
    ),
)
MASKS: Final = {
    Secret.NATIONAL_ID: "[•••••• •••••]",
    Secret.BANK_ACCOUNT: "[•••• •• •••••]",
    Secret.PAYMENT_CARD: "[•••• ••••]",
}


def mask(text: str, *, most: int | None = None) -> Masked:
    """Return ``text`` with national identity numbers (also D-numbers), bank accounts and payment cards masked.

    Only numbers with valid check digits count, so that case and phone numbers stay readable. ``most`` letters of it are
    kept, cut after masking: half a number is no number, and would stay.
    """
    found: set[Secret] = set()
    for kind in _KINDS:
        without = _without(text, kind)
        if without is not None:
            text = without
            found.add(kind.secret)
    return Masked(text=text[:most], found=frozenset(found))


def _without(text: str, kind: _Kind) -> str | None:
    """Return the text with the numbers of one kind masked; None when there are none."""
    parts: list[str] = []
    kept_to = look_from = 0
    while seen := kind.looks.search(text, look_from):
        if kind.valid("".join(str(int(digit)) for digit in re.findall(r"\d", seen.group()))):
            parts += [text[kept_to : seen.start()], MASKS[kind.secret]]
            kept_to = look_from = seen.end()
        else:
            look_from = seen.start() + 1
    return "".join((*parts, text[kept_to:])) if parts else None
