"""Records of web sign-in. They contain only SHA-256 hashes of browser tokens."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar


class Way(StrEnum):
    """Way of signing in."""

    CHOSEN = "chosen"
    LINK = "link"
    GUEST = "guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSession:
    """A signed-in browser.

    ``id`` is the hash of the cookie. ``seen_at`` is coarse: at most one write per ``SEEN_EVERY``. ``expires_at`` is set
    once and never extended.
    """

    KIND: ClassVar[str] = "signin_session"
    SCHEMA: ClassVar[int] = 1

    id: str
    person_id: str
    way: Way
    created_at: datetime
    seen_at: datetime
    expires_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the terms for person and day of expiry."""
        yield f"person:{self.person_id}"
        yield expiry_term(self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLink:
    """An unused one-time sign-in link. ``id`` is the hash of its token."""

    KIND: ClassVar[str] = "signin_link"
    SCHEMA: ClassVar[int] = 1

    id: str
    person_id: str
    created_at: datetime
    expires_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the terms for person and day of expiry."""
        yield f"person:{self.person_id}"
        yield expiry_term(self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerIdentity:
    """Keyed hash of an identity that left the registry.

    It reveals neither the person nor the date.

    ``id`` is the hash of an Entra account or of a registry id; ``key`` is the fingerprint of the key used.
    """

    KIND: ClassVar[str] = "former_identity"
    SCHEMA: ClassVar[int] = 1

    id: str
    key: str

    def terms(self) -> Iterable[str]:
        """Return terms for counting: all records, and records by key."""
        yield "all"
        yield f"key:{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerKey:
    """Fingerprint of the key for hashes of former employees; there is one record."""

    KIND: ClassVar[str] = "former_key"
    SCHEMA: ClassVar[int] = 1
    ID: ClassVar[str] = "leaver"

    fingerprint: str

    @property
    def id(self) -> str:
        """Return the constant id."""
        return self.ID

    def terms(self) -> Iterable[str]:
        """Return no terms: the record is read by id only."""
        return ()


def expiry_term(at: datetime) -> str:
    """Return the term of everything that expires on the day of ``at`` (UTC)."""
    return f"expires:{at:%Y-%m-%d}"
