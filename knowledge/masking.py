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


# Digits with at most one space, dot, dash or no-break space between them; no digit or letter touching either end.
_NUMBER: Final = re.compile(r"(?<![\w])\d(?:[ .\-\u00a0\u2009\u202f]?\d){10,18}(?![\w])")
_CHECKS: Final[tuple[tuple[Secret, frozenset[int], Callable[[str], bool]], ...]] = (
    (Secret.NATIONAL_ID, frozenset({11}), fodselsnummer.is_valid),
    (Secret.BANK_ACCOUNT, frozenset({11}), kontonr.is_valid),
    (Secret.PAYMENT_CARD, frozenset(range(13, 20)), luhn.is_valid),
)
MASKS: Final = {
    Secret.NATIONAL_ID: "[•••••• •••••]",
    Secret.BANK_ACCOUNT: "[•••• •• •••••]",
    Secret.PAYMENT_CARD: "[•••• ••••]",
}


def mask(text: str) -> Masked:
    """Return ``text`` with national identity numbers (also D-numbers), bank accounts and payment cards masked.

    Only numbers with valid check digits count, so that case and phone numbers stay readable.
    """
    found: set[Secret] = set()

    def replace(seen: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", seen.group())
        for secret, lengths, valid in _CHECKS:
            if len(digits) in lengths and valid(digits):
                found.add(secret)
                return MASKS[secret]
        return seen.group()

    return Masked(text=_NUMBER.sub(replace, text), found=frozenset(found))
