"""What the desk gives to a browser and takes back: encrypted inputs, and forms bound to a person."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

VALID_FOR: Final = timedelta(hours=12)
# A clock of another replica may be ahead.
_SKEW: Final = timedelta(minutes=1)
_SEARCH: Final = b"desk.search"
_KEPT_FORM: Final = b"desk.kept-form"
_FORM_MARK: Final = "desk.form"
# A guess would need 2**127 tries on average.
_MARK_BYTES: Final = 16


class Seal:
    """Encrypts inputs that the browser keeps.

    They open only together with what they were sealed with. The first of ``keys`` seals; the others open seals from
    before the key was replaced.
    """

    def __init__(self, keys: Sequence[bytes], *, purpose: bytes) -> None:
        self._ciphers = [AESSIV(hmac.new(key, purpose, hashlib.sha512).digest()) for key in keys]

    def seal(self, inputs: Mapping[str, Any], *bound: str, at: datetime) -> str:
        """Return the inputs as a text for an address or a form."""
        body = json.dumps({**inputs, "": int(at.timestamp())}, separators=(",", ":"), ensure_ascii=False)
        raw = self._ciphers[0].encrypt(_bytes(body), [_bytes(part) for part in bound])
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def unseal(self, sealed: str, *bound: str, now: datetime) -> Mapping[str, Any]:
        """Return the inputs; none if the text is too old, changed, or sealed with something else."""
        try:
            raw = base64.urlsafe_b64decode(sealed.encode("ascii") + b"=" * (-len(sealed) % 4))
        except (ValueError, binascii.Error):
            return {}
        for cipher in self._ciphers:
            try:
                inputs: dict[str, Any] = json.loads(cipher.decrypt(raw, [_bytes(part) for part in bound]))
            except (InvalidTag, ValueError):
                continue
            age = now - datetime.fromtimestamp(inputs.pop(""), UTC)
            return inputs if -_SKEW <= age < VALID_FOR else {}
        return {}


class SearchSeal:
    """Encrypts the inputs of a search, so that neither logs nor the browser's history show names.

    The result has an address: going back, reloading and the next page work. Only its person opens it, on the same path.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._seal = Seal(keys, purpose=_SEARCH)

    def seal(self, inputs: Mapping[str, str], *, person_id: str, path: str, at: datetime) -> str:
        """Return the inputs as a text for an address."""
        return self._seal.seal(inputs, person_id, path, at=at)

    def unseal(self, sealed: str, *, person_id: str, path: str, now: datetime) -> Mapping[str, str]:
        """Return the inputs; none if the text is too old, changed, of another person or of another page."""
        return self._seal.unseal(sealed, person_id, path, now=now)


class FormSeal:
    """Marks each form with the person it is shown to, and seals the inputs of one that came without a session.

    The mark names nobody. The inputs open for that person alone, on the same path; until then the page that has them
    shows no word of them.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = tuple(keys)
        self._seal = Seal(keys, purpose=_KEPT_FORM)

    def mark(self, form_id: str, *, person_id: str) -> str:
        """Return the mark of a form that is shown to a person."""
        return _mark(self._keys[0], form_id, person_id)

    def is_mark(self, mark: str, form_id: str, *, person_id: str) -> bool:
        """Return whether the form was shown to the person."""
        marks = (_mark(key, form_id, person_id) for key in self._keys)
        return any(hmac.compare_digest(_bytes(mark), _bytes(valid)) for valid in marks)

    def keep(self, inputs: Mapping[str, Sequence[str]], *, mark: str, path: str, at: datetime) -> str:
        """Return the inputs of a form, sealed."""
        return self._seal.seal(inputs, mark, path, at=at)

    def kept(self, sealed: str, *, mark: str, path: str, now: datetime) -> Mapping[str, Sequence[str]]:
        """Return the inputs; none if they are too old, changed, or of another form or page."""
        return self._seal.unseal(sealed, mark, path, now=now)


def _mark(key: bytes, form_id: str, person_id: str) -> str:
    digest = hmac.new(key, _bytes(f"{_FORM_MARK}\n{form_id}\n{person_id}"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:_MARK_BYTES]).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
