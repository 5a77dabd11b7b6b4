"""Records of web sign-in. None of them holds what a browser presents: only its SHA-256 hash."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar


class Way(StrEnum):
    """How a person signed in."""

    CHOSEN = "chosen"
    LINK = "link"
    GUEST = "guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSession:
    """One browser that is signed in. ``id`` is the hash of the cookie.

    ``seen_at`` is coarse: at most one write per ``SEEN_EVERY`` of use. ``expires_at`` is set once and does not slide.
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
        """Return the person, and the day after which it can go."""
        yield f"person:{self.person_id}"
        yield expiry_term(self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLink:
    """A one-time sign-in link that is not used yet. ``id`` is the hash of its token."""

    KIND: ClassVar[str] = "signin_link"
    SCHEMA: ClassVar[int] = 1

    id: str
    person_id: str
    created_at: datetime
    expires_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the person, and the day after which it can go."""
        yield f"person:{self.person_id}"
        yield expiry_term(self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerIdentity:
    """Keyed hash of an identity that was in the registry and is not now. It says neither whose nor since when.

    ``id`` is the hash of an Entra account or of a registry id; ``key`` the fingerprint of the key it was made with.
    """

    KIND: ClassVar[str] = "former_identity"
    SCHEMA: ClassVar[int] = 1

    id: str
    key: str

    def terms(self) -> Iterable[str]:
        """Return the words for counting: how many there are, and how many of one key."""
        yield "all"
        yield f"key:{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerKey:
    """Fingerprint of the key that marks of former members are made with; there is one."""

    KIND: ClassVar[str] = "former_key"
    SCHEMA: ClassVar[int] = 1
    ID: ClassVar[str] = "leaver"

    fingerprint: str

    @property
    def id(self) -> str:
        """Return the id of the only one."""
        return self.ID

    def terms(self) -> Iterable[str]:
        """Return nothing: it is looked up by its id."""
        return ()


def expiry_term(at: datetime) -> str:
    """Return the term of everything that expires on the day of ``at`` (UTC)."""
    return f"expires:{at:%Y-%m-%d}"
