"""Signed statements about the audit log and of erasures, and the keys that sign and verify them.

A statement is a JSON object with ``kind``, ``at``, the short name of its ``key`` and a ``signature``. Signed are the
bytes ``heia-audit-statement-1``, a line feed, and the object without its signature as canonical JSON: ASCII, keys
sorted, no spaces.
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bot.ports import AuditPoint

# Ed25519 keys of the audit log: the private one that signs, and all public ones that ever did.

KEY_FILE: Final = "audit.key"
PUBLIC_FILE: Final = "audit.pub"
# A key as text: 32 bytes in hex, private or public.
KEY_TEXT: Final = re.compile(r"[0-9a-f]{64}")


class BadKey(ValueError):
    """The text is no key."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key. ``seed``: 32 bytes in hex."""

    seed: str

    def __post_init__(self) -> None:
        if not KEY_TEXT.fullmatch(self.seed):
            raise BadKey("the key of the audit log must be 64 digits 0-9, a-f")

    def __repr__(self) -> str:
        return f"SigningKey({self.id})"

    @property
    def public(self) -> str:
        """The public key in hex."""
        return self._private().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()

    @property
    def id(self) -> str:
        """Short name of the key, from its public part."""
        return key_id(self.public)

    def sign(self, message: bytes) -> str:
        """Return the signature in hex."""
        return self._private().sign(message).hex()

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(self.seed))


def key_id(public: str) -> str:
    """Return the short name of a public key: the start of its SHA-256."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()[:16]


def is_signed(public: str, message: bytes, signature: str) -> bool:
    """Return whether ``signature`` is that of the public key."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def read_public(file: Path) -> Mapping[str, str]:
    """Return the public keys of a file by short name, oldest first. Raises OSError, BadKey.

    A line is a key in hex, perhaps with a comment after a space; ``#`` begins a comment line.
    """
    return parse_public(file.read_text("utf-8", "replace"))


def parse_public(text: str) -> Mapping[str, str]:
    """Return the public keys of a text by short name. Raises BadKey."""
    words = [line.split()[0] for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if wrong := [word for word in words if not KEY_TEXT.fullmatch(word)]:
        raise BadKey(f"{len(wrong)} lines hold no public key")
    return {key_id(word): word for word in words}


def keep_public(folder: Path, public: str, *, at: datetime) -> None:
    """Add a public key to the file of public keys, unless it is there. Raises OSError, BadKey."""
    file = folder / PUBLIC_FILE
    before = ""
    with suppress(FileNotFoundError):
        before = file.read_text("utf-8")
    if public in parse_public(before).values():
        return
    replace_file(file, f"{before}{public} {at.date().isoformat()}\n")


def replace_file(file: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only. Raises OSError."""
    unfinished = file.with_name(f"{file.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        unfinished.replace(file)
        sync_folder(file.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


MAX_LINE: Final = 10_000


class StatementKind(StrEnum):
    """HEAD: the log ends here at this time. CHECKPOINT: it begins after this. KEY: the next key that signs."""

    HEAD = "head"
    CHECKPOINT = "checkpoint"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A signed statement. ``fields`` has all but the signature."""

    fields: Mapping[str, Any]
    signature: str

    @classmethod
    def head(cls, point: AuditPoint, *, at: datetime, key: SigningKey) -> Self:
        """State where the log ends."""
        return cls._signed({"kind": StatementKind.HEAD.value, **_place(point)}, at=at, key=key)

    @classmethod
    def checkpoint(cls, point: AuditPoint, *, newest: str, months: int, at: datetime, key: SigningKey) -> Self:
        """State that all up to a place was removed, because it was older than ``months``.

        ``newest`` is the time of the last removed entry.
        """
        fields = {"kind": StatementKind.CHECKPOINT.value, **_place(point), "newest": newest, "months": months}
        return cls._signed(fields, at=at, key=key)

    @classmethod
    def new_key(cls, public: str, *, at: datetime, key: SigningKey) -> Self:
        """State by the old key which one signs from now on."""
        return cls._signed({"kind": StatementKind.KEY.value, "public": public}, at=at, key=key)

    @classmethod
    def parse(cls, line: str | bytes) -> Self:
        """Return the statement of a line. Raises ValueError."""
        if len(line) > MAX_LINE:
            raise ValueError("too long for a statement")
        document = json.loads(line, parse_constant=_refuse)
        if not isinstance(document, dict):
            raise ValueError("no statement")
        return cls.from_document(document)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the statement of a JSON object. Raises ValueError."""
        fields = dict(document)
        signature = fields.pop("signature", None)
        texts = {"at", "key"} | ({"public"} if fields.get("kind") == StatementKind.KEY else {"hash"})
        if not isinstance(signature, str) or not all(isinstance(fields.get(name), str) for name in texts):
            raise ValueError("no statement")
        number = fields.get("number")
        if StatementKind(fields.get("kind", "")) is StatementKind.KEY:
            sound = KEY_TEXT.fullmatch(fields["public"]) is not None
        else:
            sound = isinstance(number, int) and not isinstance(number, bool)
        if not sound:
            raise ValueError("no statement")
        return cls(fields, signature)

    @classmethod
    def _signed(cls, fields: dict[str, Any], *, at: datetime, key: SigningKey) -> Self:
        fields |= {"at": at.astimezone(UTC).isoformat(timespec="seconds"), "key": key.id}
        return cls(fields, key.sign(_message(fields)))

    @property
    def kind(self) -> StatementKind:
        """The kind of statement."""
        return StatementKind(self.fields["kind"])

    @property
    def at(self) -> str:
        """When it was signed, as ISO 8601 in UTC."""
        return str(self.fields["at"])

    @property
    def key(self) -> str:
        """Short name of the key that signed."""
        return str(self.fields["key"])

    @property
    def point(self) -> AuditPoint:
        """The place in the chain, of a head or a checkpoint."""
        return AuditPoint(number=self.fields["number"], hash=self.fields["hash"])

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {**self.fields, "signature": self.signature}

    def line(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=True) + "\n"

    def is_signed_by(self, keys: Mapping[str, str]) -> bool:
        """Return whether one of the public keys, by short name, signed it."""
        public = keys.get(self.key)
        return public is not None and is_signed(public, _message(self.fields), self.signature)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _place(point: AuditPoint) -> dict[str, Any]:
    return {"number": point.number, "hash": point.hash}


def _message(fields: Mapping[str, Any]) -> bytes:
    text = json.dumps(fields, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return b"heia-audit-statement-1\n" + text.encode("ascii")


# Signed receipts of erasures: number and time, verifiable with the public key.

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
