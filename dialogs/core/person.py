"""A person known to the bot, from the registry or from the conversation."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Erasing, FieldSource, Purpose, Whose, month_term
from dialogs.core.event import ChannelName
from knowledge.article.article import Language

# Prefix of guest ids; the id generator adds it for the prefix "guest".
GUEST_PREFIX: Final = "guest-"
# Prefix of ids of people that wrote in Teams before they were in the registry.
ACCOUNT_PREFIX: Final = "entra-"
# Prefix of ids of people that signed in on the web, at a provider other than Entra, before they were in the registry.
SIGNED_IN_PREFIX: Final = "signin-"

# Search term of all guests.
GUESTS: Final = "guests"


def account_person_id(tenant_id: str, object_id: str) -> str:
    """Return the id of an Entra identity that is new to the bot.

    It is the same wherever it appears first, in Teams or on the web, so that two simultaneous first messages create
    one person.
    """
    return f"{ACCOUNT_PREFIX}{hashlib.sha256(f'{tenant_id}/{object_id}'.encode()).hexdigest()[:20]}"


def is_guest_id(person_id: str) -> bool:
    """Return whether an id belongs to a guest of the web page."""
    return person_id.startswith(GUEST_PREFIX)


class Role(StrEnum):
    """A permission beyond asking questions, within the person's municipality.

    A leader decides, and sees coverage, within the branch of their unit; the statistics are those of the municipality.
    """

    EMPLOYEE = "employee"
    AMBASSADOR = "ambassador"
    ANNOUNCER = "announcer"
    APPROVER = "approver"
    EDITOR = "editor"
    ADMIN = "admin"
    DPO = "dpo"
    CONTACT = "contact"
    OPERATOR = "operator"
    LEADER = "leader"
    TEACHER = "teacher"
    REVIEWER = "reviewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Address of a person in a channel. Only that channel interprets ``data``."""

    channel: ChannelName
    data: Mapping[str, str] = field(default_factory=dict)
    reachable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A user of the bot, or a person of the registry that may get messages.

    ``object_id`` and ``tenant_id`` are the verified Entra identity; a guest of the web page has neither. ``language``
    follows the person's messages unless ``language_chosen`` is set. ``muted``: no announcements; ``quiet``:
    announcements in office hours only; critical ones ignore both. ``refreshers``: now and then a question from a
    completed module. ``mail_alerts``: an e-mail when something waits. ``left``: was in the
    registry, but no longer is; such a person has no municipality and cannot choose one.
    """

    KIND: ClassVar[str] = "person"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one",
        whose=Whose.STAFF,
        months=12,
        dated="created_at",
        terms=(),
        by_id=True,
        erasing=Erasing.KEPT_REGISTERED,
    )

    id: Annotated[str, Purpose.ORDER, FieldSource.REGISTRY]
    name: Annotated[str, Purpose.IDENTITY, FieldSource.REGISTRY]
    municipality_id: Annotated[str | None, Purpose.PLACE, FieldSource.REGISTRY] = None
    unit_id: Annotated[str | None, Purpose.PLACE, FieldSource.REGISTRY] = None
    roles: Annotated[frozenset[Role], Purpose.IDENTITY, FieldSource.REGISTRY] = frozenset({Role.EMPLOYEE})
    language: Annotated[Language, Purpose.CHOICE, FieldSource.REGISTRY] = Language.NB
    language_chosen: Annotated[bool, Purpose.CHOICE] = False
    object_id: Annotated[str | None, Purpose.IDENTITY, FieldSource.REGISTRY] = None
    tenant_id: Annotated[str | None, Purpose.IDENTITY, FieldSource.REGISTRY] = None
    email: Annotated[str | None, Purpose.REACH, FieldSource.REGISTRY] = None
    addresses: Annotated[Mapping[ChannelName, Address], Purpose.REACH] = field(default_factory=dict)
    last_channel: Annotated[ChannelName | None, Purpose.REACH] = None
    registered: Annotated[bool, Purpose.ORDER, FieldSource.REGISTRY] = False
    left: Annotated[bool, Purpose.ORDER, FieldSource.REGISTRY] = False
    welcomed: Annotated[bool, Purpose.ORDER] = False
    muted: Annotated[bool, Purpose.CHOICE, FieldSource.SETTING] = False
    quiet: Annotated[bool, Purpose.CHOICE, FieldSource.SETTING] = False
    refreshers: Annotated[bool, Purpose.CHOICE, FieldSource.SETTING] = True
    mail_alerts: Annotated[bool, Purpose.CHOICE, FieldSource.SETTING] = False
    created_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        """Return the search terms for audiences and look-ups."""
        yield "all"
        if self.registered:
            yield "registered"
        else:
            yield month_term(self.created_at)
        if self.is_guest:
            yield GUESTS
        if self.object_id:
            yield f"object:{self.object_id}"
        if self.object_id and self.tenant_id:
            yield f"entra:{self.tenant_id}/{self.object_id}"
        if self.email:
            yield f"email:{self.email.lower()}"
        if self.municipality_id:
            yield f"municipality:{self.municipality_id}"
        if self.unit_id:
            yield f"unit:{self.unit_id}"
        for role in self.roles:
            yield f"role:{role}"
            if self.municipality_id:
                yield f"role:{role}@{self.municipality_id}"

    def has(self, *roles: Role) -> bool:
        """Return whether the person has any of ``roles``."""
        return not self.roles.isdisjoint(roles)

    def reached_at(self, address: Address) -> Self:
        """Return the person with ``address`` as the last used address."""
        return replace(self, addresses={**self.addresses, address.channel: address}, last_channel=address.channel)

    def without_address(self, channel: ChannelName) -> Self:
        addresses = {name: address for name, address in self.addresses.items() if name != channel}
        return replace(
            self, addresses=addresses, last_channel=None if self.last_channel == channel else self.last_channel
        )

    @property
    def is_guest(self) -> bool:
        """Whether the person is an unverified visitor of the web page.

        Guests see no names of colleagues.
        """
        return is_guest_id(self.id)

    @property
    def vouched_for(self) -> bool:
        """Whether the registry or a verified account identifies the person. Announcements require it."""
        return not self.is_outsider and (self.registered or self.has_account)

    @property
    def is_outsider(self) -> bool:
        """Whether the person is a guest or has left.

        Outsiders see no names of colleagues and get no announcements.
        """
        return self.is_guest or self.left

    @property
    def mailable(self) -> bool:
        """Whether the registry vouches for the person's e-mail address."""
        return self.registered and not self.left and bool(self.email)

    @property
    def account(self) -> tuple[str, str] | None:
        """The Entra identity (tenant, object) in lower case; None without one."""
        if not (self.tenant_id and self.object_id):
            return None
        return self.tenant_id.lower(), self.object_id.lower()

    @property
    def has_account(self) -> bool:
        """Whether a verified account at the employer identifies the person."""
        return self.account is not None or self.id.startswith(SIGNED_IN_PREFIX)

    @property
    def placed(self) -> bool:
        """Whether municipality and unit are known."""
        return self.municipality_id is not None and self.unit_id is not None
