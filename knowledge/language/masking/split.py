"""Numbers that are split over two messages of one conversation."""

import re
from typing import Final

from stdnum import iban
from stdnum.no import kontonr

from knowledge.language.masking.identity import is_identity_number
from knowledge.language.masking.masked import MASKS, MaskedText
from knowledge.language.masking.money import is_card_number
from knowledge.language.masking.span import Secret

# Digits of the first part: fewer say too little, and the longest card number has 19.
FEWEST: Final = 3
MOST: Final = 18
_RUN: Final = re.compile(r"\d(?:[ .\u00a0-]?\d)*")


def last_digits(text: str) -> str:
    """Return the last number of a text, if it can be the first part of an identity, account or card number."""
    runs = _RUN.findall(text)
    digits = _digits(runs[-1]) if runs else ""
    return digits if FEWEST <= len(digits) <= MOST else ""


def mask_rest(text: MaskedText, before: str) -> MaskedText:
    """Return a message with its first number masked if it completes the digits ``before``, by their check digits."""
    run = _RUN.search(text)
    if run is None or not before:
        return text
    secret = _secret(before + _digits(run.group()))
    if secret is None:
        return text
    return MaskedText(f"{text[: run.start()]}{MASKS[secret]}{text[run.end() :]}", text.found | {secret})


def _secret(digits: str) -> Secret | None:
    if is_identity_number(digits):
        return Secret.NATIONAL_ID
    if len(digits) == 11 and kontonr.is_valid(digits):
        return Secret.BANK_ACCOUNT
    if is_card_number(digits):
        return Secret.PAYMENT_CARD
    return Secret.IBAN if len(digits) == 13 and iban.is_valid(f"NO{digits}") else None


def _digits(run: str) -> str:
    return "".join(filter(str.isdigit, run))
