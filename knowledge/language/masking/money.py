"""Find bank accounts, also international ones, and payment cards."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from stdnum import iban, luhn, numdb
from stdnum.no import kontonr

from knowledge.language.masking.digits import DigitReading, Secret, Span
from knowledge.language.masking.labels import Labels, NumberKind

ACCOUNT_LENGTH: Final = 11
MAX_GROUPS: Final = 6
CARD_LENGTHS: Final = (16, 15, 14, 19, 18, 17, 13, 12)
_SEPARATORS: Final = frozenset({" ", "  ", ".", ". ", "-", "/", " - ", "\t", "\n", ".\n", "_"})
_ACCOUNT_GROUPS: Final = frozenset({(11,), (4, 2, 5), (4, 7), (4, 2, 2, 3)})
_CARD_GROUPS: Final = frozenset({(16,), (4, 4, 4, 4), (15,), (4, 6, 5), (4, 6, 4), (4, 6, 6), (8, 8), (4, 4, 4, 4, 3)})
_GLUED_AFTER: Final = ("kr", "nok", "cvc", "cvv", "exp", "kid", "utl", "bel", "og", "eller", "and")
_MONTH: Final = re.compile(r"0[1-9]|1[0-2]")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")


def accounts(reading: DigitReading, labels: Labels) -> Iterator[Span]:
    """Yield the bank accounts of a text."""
    done = 0
    for first, group in enumerate(reading.groups):
        last = reading.last_of(first, ACCOUNT_LENGTH) if first >= done else None
        if last is None or _too_many(reading, first, last):
            continue
        digits = reading.of_groups(first, last)
        if digits.startswith("0000") or not kontonr.is_valid(digits):
            continue
        if _stands_as_account(reading, labels, first, last):
            yield Span(group.start, reading.groups[last].end, Secret.BANK_ACCOUNT)
            done = last + 1


def cards(reading: DigitReading, labels: Labels) -> Iterator[Span]:
    """Yield the payment cards of a text, without a following expiry date."""
    done = 0
    for first, group in enumerate(reading.groups):
        if first < done or reading.digits[group.offset] not in "23456":
            continue
        for length in CARD_LENGTHS:
            last = reading.last_of(first, length)
            if last is None or _too_many(reading, first, last):
                continue
            if is_card_number(reading.of_groups(first, last)) and _stands_as_card(reading, labels, first, last):
                yield Span(group.start, reading.groups[last].end, Secret.PAYMENT_CARD)
                done = last + 1
                break
        else:
            glued = _with_expiry(reading, labels, first)
            if glued is not None:
                yield glued


def issued_by(digits: str) -> frozenset[int]:
    """Return the possible card lengths for the issuer of these first digits.

    Empty if unknown.

    Source: ISO/IEC 7812 ranges as published by the schemes (2026-11-26): Visa 4; Mastercard 51 to 55 and 2221 to 2720;
    American Express 34, 37; Diners 300 to 305, 36, 38, 39; Discover 6011, 644 to 649, 65; JCB 3528 to 3589; UnionPay
    62; Maestro 5018, 5020, 5038, 5893, 6304, 6390, 67; Dankort 5019.
    """
    two, three, four = int(digits[:2]), int(digits[:3]), int(digits[:4])
    if digits[0] == "4":
        return frozenset({13, 16, 19})
    if 51 <= two <= 55 or 2221 <= four <= 2720 or four == 5019:
        return frozenset({16})
    if two in {34, 37}:
        return frozenset({15})
    if 300 <= three <= 305 or two in {36, 38, 39}:
        return frozenset({14, 16, 19})
    if four == 6011 or 644 <= three <= 649 or two in {62, 65} or 3528 <= four <= 3589:
        return frozenset(range(16, 20))
    if two == 67 or four in {5018, 5020, 5038, 5893, 6304, 6390}:
        return frozenset(range(12, 20))
    return frozenset()


def _too_many(reading: DigitReading, first: int, last: int) -> bool:
    """Return whether the digits are in more groups than a number has, unless it is written digit by digit."""
    return last - first >= MAX_GROUPS and not reading.stands_digit_by_digit(first, last)


def is_card_number(digits: str) -> bool:
    """Return whether digits are the whole number of a payment card: known issuer, its length, right check digit."""
    return len(digits) >= min(CARD_LENGTHS) and len(digits) in issued_by(digits) and luhn.is_valid(digits)


def _stands_as_account(reading: DigitReading, labels: Labels, first: int, last: int) -> bool:
    names = labels.names(first, last)
    if names in {NumberKind.ACCOUNT, NumberKind.IBAN}:
        return True
    sizes = reading.sizes(first, last)
    if names is not None and names is not NumberKind.IDENTITY:
        return False
    if sizes not in _ACCOUNT_GROUPS or not _evenly(reading, first, last) or _glued(reading, labels, first, last):
        return False
    return sizes == (11,) or not (_YEAR.match(reading.of_groups(first, first)) and reading.gap_after(first) != ".")


def _stands_as_card(reading: DigitReading, labels: Labels, first: int, last: int) -> bool:
    names = labels.names(first, last)
    if names is NumberKind.CARD:
        return True
    if names in {NumberKind.OTHER, NumberKind.IBAN}:
        return False
    sizes = reading.sizes(first, last)
    if sizes == (8, 8) and reading.digits[reading.groups[last].offset] not in "01":
        return False  # two telephone numbers; none begins with 0 or 1
    usual = sizes in _CARD_GROUPS or (len(sizes) == 16 and set(sizes) == {1})
    return usual and _evenly(reading, first, last) and not _glued(reading, labels, first, last)


def _evenly(reading: DigitReading, first: int, last: int) -> bool:
    """Return whether all separators are usual and none continues to further digits, as in a version number."""
    gaps = reading.gaps(first, last) or {"."}
    if not gaps <= _SEPARATORS:
        return False
    tight = gaps - {" ", "  ", "\t"}
    return not tight & {reading.gap_after(first - 1), reading.gap_after(last)}


def _glued(reading: DigitReading, labels: Labels, first: int, last: int) -> bool:
    """Return whether letters touch the number, as in a longer code.

    Filler words and currencies may touch it, because they are often written without a blank.
    """
    start, end = reading.groups[first].start, reading.groups[last].end
    if reading.before(start) == "+":
        return True
    before, after = reading.letters_before(start), reading.letters_after(end)
    if before and not labels.is_small(before):
        return True
    return bool(after) and not labels.is_small(after) and not after.startswith(_GLUED_AFTER)


def _with_expiry(reading: DigitReading, labels: Labels, first: int) -> Span | None:
    """Return a labelled card with its expiry date or security code attached without a blank."""
    group = reading.groups[first]
    if reading.sizes(first, first + 3)[:3] == (4, 4, 4):
        return _grouped_with_expiry(reading, labels, first)
    if group.size not in {18, 19, 20, 22, 23}:
        return None
    for length in (16, 15):
        if is_card_number(reading.digits[group.offset : group.offset + length]):
            label = labels.before(first)
            if label is not None and label.names is NumberKind.CARD:
                return Span(group.start, group.end, Secret.PAYMENT_CARD)
    return None


def _grouped_with_expiry(reading: DigitReading, labels: Labels, first: int) -> Span | None:
    """Return a labelled card in groups of four with the month, or month and year, attached to the last group."""
    last = first + 3
    sizes = reading.sizes(first, last)
    if sizes not in {(4, 4, 4, 6), (4, 4, 4, 8)} or reading.groups[last].chain != reading.groups[first].chain:
        return None
    digits = reading.of_groups(first, last)
    label = labels.before(first)
    if (
        _MONTH.match(digits, 16)
        and is_card_number(digits[:16])
        and label is not None
        and label.names is NumberKind.CARD
    ):
        return Span(reading.groups[first].start, reading.groups[last].end, Secret.PAYMENT_CARD)
    return None


# Find international bank account numbers, grouped or not, of all countries that issue them.

_BEGINS: Final = re.compile(r"(?P<country>[a-z]{2})(?= ?\d\d)")
_GAP: Final = r"[ .\-\n]{0,2}"
_LETTERS: Final = {"n": "[0-9]", "a": "[a-z]", "c": "[a-z0-9]"}


def ibans(reading: DigitReading, labels: Labels) -> Iterator[Span]:
    done = 0
    for begin in _BEGINS.finditer(reading.plain):
        start = begin.start("country")
        looks = _looks(begin["country"].upper()) if start >= done else None
        written = looks.match(reading.plain, start) if looks else None
        # Skip country-specific checks: a number with an error there still reveals the account.
        if written is not None and iban.is_valid(re.sub(r"[^a-z0-9]", "", written.group()), check_country=False):
            yield Span(start, written.end(), Secret.IBAN)
            done = written.end()


@cache
def _looks(country: str) -> re.Pattern[str] | None:
    """Return the pattern of a country's IBANs; None if it issues none.

    The cache has at most 676 entries.
    """
    (_, facts), *_ = numdb.get("iban").info(f"{country}00")
    if "bban" not in facts:
        return None
    parts = re.findall(r"(\d+)!([nac])", facts["bban"])
    account = "".join(f"(?:{_GAP}{_LETTERS[kind]}){{{length}}}" for length, kind in parts)
    return re.compile(f"{country.lower()} ?[0-9]{{2}}{account}")
