"""Searches over people, encrypted in the address of the page that shows the result."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

VALID_FOR: Final = timedelta(hours=12)
# A clock of another replica may be ahead.
_SKEW: Final = timedelta(minutes=1)
_PURPOSE: Final = b"desk.search"


class SearchSeal:
    """Encrypts the inputs of a search, so that neither logs nor the browser's history show names.

    The result has an address: going back, reloading and the next page work. Only its person opens it, on the same path.
    The first of ``keys`` seals; the others open seals from before the key was replaced.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._ciphers = [AESSIV(hmac.new(key, _PURPOSE, hashlib.sha512).digest()) for key in keys]

    def seal(self, inputs: Mapping[str, str], *, person_id: str, path: str, at: datetime) -> str:
        """Return the inputs as a text for an address."""
        body = json.dumps({**inputs, "": int(at.timestamp())}, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(self._ciphers[0].encrypt(body, _bound(person_id, path))).rstrip(b"=").decode()

    def unseal(self, sealed: str, *, person_id: str, path: str, now: datetime) -> Mapping[str, str]:
        """Return the inputs; none if the text is too old, changed, of another person or of another page."""
        try:
            raw = base64.urlsafe_b64decode(sealed.encode("ascii") + b"=" * (-len(sealed) % 4))
        except (ValueError, binascii.Error):
            return {}
        for cipher in self._ciphers:
            try:
                inputs = json.loads(cipher.decrypt(raw, _bound(person_id, path)))
            except (InvalidTag, ValueError):
                continue
            age = now - datetime.fromtimestamp(inputs.pop(""), UTC)
            return inputs if -_SKEW <= age < VALID_FOR else {}
        return {}


def _bound(person_id: str, path: str) -> list[bytes]:
    return [person_id.encode(), path.encode("utf-8", "surrogatepass")]
