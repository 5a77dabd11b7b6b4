"""Kinds of masked numbers, and their positions."""

from enum import StrEnum
from typing import NamedTuple


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
