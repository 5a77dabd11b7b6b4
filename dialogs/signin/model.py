"""Records of web sign-in. They contain only SHA-256 hashes of browser tokens."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar

from dialogs.core.data_rules import DataRules, Erasing, Ground, Purpose, Whose
from knowledge.organisation.person_id import PersonId


class SignInMethod(StrEnum):
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
    RULES: ClassVar[DataRules] = DataRules(most="one for each sign-in, within the budget of its address")

    id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.IDENTITY]
    way: Annotated[SignInMethod, Purpose.IDENTITY]
    created_at: Annotated[datetime, Purpose.TIME]
    seen_at: Annotated[datetime, Purpose.TIME]
    expires_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        """Return the terms for person and day of expiry."""
        yield f"person:{self.person_id}"
        yield expiry_term(self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLink:
    """An unused one-time sign-in link. ``id`` is the hash of its token."""

    KIND: ClassVar[str] = "signin_link"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one for each link")

    id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.IDENTITY]
    created_at: Annotated[datetime, Purpose.TIME]
    expires_at: Annotated[datetime, Purpose.TIME]

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
    RULES: ClassVar[DataRules] = DataRules(
        most="one", whose=Whose.FORMER, ground=Ground.LEGAL_OBLIGATION, terms=(), erasing=Erasing.KEPT_FORMER
    )

    id: Annotated[str, Purpose.KEEP_OUT]
    key: Annotated[str, Purpose.ORDER]

    def terms(self) -> Iterable[str]:
        """Return terms for counting: all records, and records by key."""
        yield "all"
        yield f"key:{self.key}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerKey:
    """Fingerprint of the key for hashes of former employees; there is one record."""

    KIND: ClassVar[str] = "former_key"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: one in all",
        whose=Whose.NOBODY,
        ground=Ground.LEGAL_OBLIGATION,
        terms=(),
        erasing=Erasing.KEPT_FORMER,
    )
    ID: ClassVar[str] = "leaver"

    fingerprint: Annotated[str, Purpose.KEEP_OUT]

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
