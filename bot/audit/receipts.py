"""Signed receipts of erasures: number and time, verifiable with the public key.

A receipt is ``NUMBER.TIME.KEY.SIGNATURE`` without spaces: the receipt's number, UTC as ``20261124T080100Z``, the short
name of the key, and the Ed25519 signature in hex. Signed are the bytes ``heia-erasure-receipt-1``, a line feed, and the
receipt up to the signature. It names no person and holds no words.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from bot.audit.statements import SigningKey, is_signed, key_id

PREFIX: Final = b"heia-erasure-receipt-1\n"
_RECEIPT: Final = re.compile(r"([0-9a-zA-Z-]{1,64}\.([0-9]{8}T[0-9]{6}Z)\.([0-9a-f]{16}))\.([0-9a-f]{128})")


def receipt_signer(key: Callable[[], SigningKey]) -> Callable[[str, datetime], str]:
    """Return what signs a receipt, given its number and time; the key is read each time."""

    def sign(number: str, at: datetime) -> str:
        signing = key()
        text = f"{number}.{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.{signing.id}"
        return f"{text}.{signing.sign(PREFIX + text.encode('ascii'))}"

    return sign


def signed_at(receipt: str, publics: Iterable[str]) -> datetime | None:
    """Return when the erasure was, if one of the public keys signed the receipt; None if not."""
    match = _RECEIPT.fullmatch(receipt.strip())
    public = {key_id(key): key for key in publics}.get(match[3]) if match else None
    if match is None or public is None or not is_signed(public, PREFIX + match[1].encode("ascii"), match[4]):
        return None
    return datetime.strptime(match[2], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
