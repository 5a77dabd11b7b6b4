"""Records of web sign-in. They contain only SHA-256 hashes of browser tokens."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Ground, Purpose, Whose, month_term
from dialogs.core.person import Role
from knowledge.organisation.unit import PersonId

# The month from which marks of earlier versions, which have no date, are kept.
FIRST_DATED: Final = datetime(2026, 11, 1, tzinfo=UTC)


class SignInMethod(StrEnum):
    """Way of signing in."""

    CHOSEN = "chosen"
    LINK = "link"
    GUEST = "guest"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSession:
    """A signed-in browser.

    ``id`` is the hash of the cookie. ``seen_at`` is coarse: at most one write per ``SEEN_EVERY``. ``expires_at`` is set
    once and never extended. ``provider``: the identity provider, empty for other ways; ``provider_session``: hash of
    the session there (``sid``); ``authenticated_at``: when the provider last asked for a proof, or the link of an
    operator was used; None if that is not known.
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
    provider: Annotated[str, Purpose.IDENTITY] = ""
    provider_session: Annotated[str, Purpose.IDENTITY] = ""
    authenticated_at: Annotated[datetime | None, Purpose.TIME] = None

    def terms(self) -> Iterable[str]:
        """Return the terms for person, day of expiry and session at the provider."""
        yield f"person:{self.person_id}"
        yield expiry_term(self.expires_at)
        if self.provider_session:
            yield provider_session_term(self.provider_session)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInTransaction:
    """A sign-in at a provider that has begun.

    It holds hashes only: ``id`` of the state in the address, ``browser`` of the browser's secret. Nonce and code
    verifier are derived from both, so they are in no store. ``next_path``: page to show afterwards. ``fresh``: the
    provider must ask for a proof again.
    """

    KIND: ClassVar[str] = "signin_transaction"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each started sign-in, within the budget of its address", whose=Whose.NOBODY, terms=()
    )

    id: Annotated[str, Purpose.ORDER]
    browser: Annotated[str, Purpose.ORDER]
    provider: Annotated[str, Purpose.ORDER]
    next_path: Annotated[str, Purpose.ORDER]
    fresh: Annotated[bool, Purpose.ORDER] = False
    created_at: Annotated[datetime, Purpose.TIME]
    expires_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        """Return the term for the day of expiry."""
        yield expiry_term(self.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInAccount:
    """The person of an account at a provider.

    ``id`` is a keyed hash of issuer and subject, the same hash that keeps a leaver out later. ``roles`` are those the
    provider's groups gave, ``appointed`` whether the configuration names the account as administrator: a sign-in takes
    back no role that came from elsewhere.
    """

    KIND: ClassVar[str] = "signin_account"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each provider", whose=Whose.STAFF, erasing=Erasing.KEPT_REGISTERED
    )

    id: Annotated[str, Purpose.IDENTITY]
    person_id: Annotated[PersonId, Purpose.IDENTITY]
    provider: Annotated[str, Purpose.IDENTITY]
    roles: Annotated[frozenset[Role], Purpose.IDENTITY] = frozenset()
    appointed: Annotated[bool, Purpose.IDENTITY] = False
    created_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        """Return the term for the person."""
        yield f"person:{self.person_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedLogoutToken:
    """A provider's logout token that was obeyed, so that it is not obeyed twice. ``id``: hash of issuer and id."""

    KIND: ClassVar[str] = "signin_logout"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="one for each sign-out at a provider", whose=Whose.NOBODY, terms=())

    id: Annotated[str, Purpose.ORDER]
    expires_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        """Return the term for the day of expiry."""
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

    ``id`` is the hash of an Entra account or of a registry id; ``key`` is the fingerprint of the key used.
    ``marked_at`` is the first instant of a month, so that it reveals no day.
    """

    KIND: ClassVar[str] = "former_identity"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each account, and one",
        whose=Whose.FORMER,
        ground=Ground.LEGAL_OBLIGATION,
        months=24,
        dated="marked_at",
        terms=(),
        erasing=Erasing.KEPT_FORMER,
    )

    id: Annotated[str, Purpose.KEEP_OUT]
    key: Annotated[str, Purpose.ORDER]
    # Marks of earlier versions have no date; their terms are those of this month (migration 0012).
    marked_at: Annotated[datetime, Purpose.TIME] = FIRST_DATED

    def terms(self) -> Iterable[str]:
        """Return terms for counting, all records and records by key, and for retention."""
        yield "all"
        yield f"key:{self.key}"
        yield month_term(self.marked_at)


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


def provider_session_term(provider_session: str) -> str:
    """Return the term of the sessions that began in one session at a provider."""
    return f"provider_session:{provider_session}"


def expiry_term(at: datetime) -> str:
    """Return the term of everything that expires on the day of ``at`` (UTC)."""
    return f"expires:{at:%Y-%m-%d}"
