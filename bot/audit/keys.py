"""Ed25519 keys of the audit log: the private one that signs, and all public ones that ever did."""

import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

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
