"""Signed claims, which prove that a token from a browser was issued by this server."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

SHORTEST_KEY_BYTES: Final = 32
CLOCK_SKEW: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs claims with ``key`` (at least 32 bytes, secret, the same on every replica).

    A token signed for one purpose is invalid for another. ``others`` are further keys of valid tokens, while the key is
    replaced.
    """

    key: bytes
    others: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if any(len(key) < SHORTEST_KEY_BYTES for key in (self.key, *self.others)):
            raise ValueError(f"the key must have at least {SHORTEST_KEY_BYTES} bytes")

    def sign(self, purpose: str, claims: Mapping[str, Any], *, at: datetime) -> str:
        """Return a token of ``claims``, issued ``at``: URL-safe, readable by anyone, tamper-proof."""
        body = _encode(json.dumps({**claims, "at": int(at.timestamp())}, separators=(",", ":")).encode())
        return f"{body}.{self.signature(purpose, body)}"

    def verify(self, purpose: str, token: str, *, now: datetime, valid_for: timedelta) -> Mapping[str, Any] | None:
        """Return the claims of a valid token, else None.

        Invalid: not ours, altered, for another purpose, too old or from the future.
        """
        body, _, mark = token.partition(".")
        if not self.is_signature(purpose, body, mark):
            return None
        try:
            claims = json.loads(_decode(body))
        except (ValueError, binascii.Error):
            return None
        if not isinstance(claims, dict) or not isinstance(claims.get("at"), int):
            return None
        age = now - datetime.fromtimestamp(claims["at"], UTC)
        return claims if -CLOCK_SKEW <= age < valid_for else None

    def signature(self, purpose: str, text: str) -> str:
        return _signature(self.key, purpose, text)

    def is_signature(self, purpose: str, text: str, mark: str) -> bool:
        return any(
            hmac.compare_digest(_bytes(_signature(key, purpose, text)), _bytes(mark))
            for key in (self.key, *self.others)
        )


def _signature(key: bytes, purpose: str, text: str) -> str:
    return _encode(hmac.new(key, _bytes(f"{purpose}\n{text}"), hashlib.sha256).digest())


def _bytes(text: str) -> bytes:
    """Return the text's bytes. A header that is not UTF-8 arrives with lone surrogates, which are encoded too."""
    return text.encode("utf-8", "surrogatepass")


def _encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
