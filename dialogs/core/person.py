"""A person the bot knows, as the registry or the person told it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final, Self

from dialogs.core.event import ChannelName
from dialogs.core.month import month_term
from knowledge.article.article import Language

GUEST_PREFIX: Final = "guest-"
"""What the id of a guest on the web page begins with, as ``Chance.id`` makes it of "guest"."""
ACCOUNT_PREFIX: Final = "entra-"
"""What the id of a person begins with who wrote in Teams before the registry had them."""

GUESTS: Final = "guests"
"""Term of every guest."""


def is_guest_id(person_id: str) -> bool:
    """Return whether an id is that of a guest on the web page."""
    return person_id.startswith(GUEST_PREFIX)


class Role(StrEnum):
    """What a person may do beyond asking."""

    EMPLOYEE = "employee"
    AMBASSADOR = "ambassador"
    ANNOUNCER = "announcer"
    APPROVER = "approver"
    EDITOR = "editor"
    ADMIN = "admin"
    DPO = "dpo"
    CONTACT = "contact"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a channel reaches a person. ``data`` is the channel's own and means nothing elsewhere."""

    channel: ChannelName
    data: Mapping[str, str] = field(default_factory=dict)
    reachable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone who talks with the bot, or is in the registry and may be written to.

    ``object_id`` and ``tenant_id`` are the verified identity in Entra; a guest on the web page has neither.
    ``language`` follows what the person writes until ``language_chosen``. ``muted`` wants no announcements, ``quiet``
    wants them in office hours only; critical ones come all the same. ``left``: was in the registry and is not now; such
    a person has no municipality and cannot choose one.
    """

    KIND: ClassVar[str] = "person"
    SCHEMA: ClassVar[int] = 1

    id: str
    name: str
    municipality_id: str | None = None
    unit_id: str | None = None
    roles: frozenset[Role] = frozenset({Role.EMPLOYEE})
    language: Language = Language.NB
    language_chosen: bool = False
    object_id: str | None = None
    tenant_id: str | None = None
    email: str | None = None
    addresses: Mapping[ChannelName, Address] = field(default_factory=dict)
    last_channel: ChannelName | None = None
    registered: bool = False
    left: bool = False
    welcomed: bool = False
    muted: bool = False
    quiet: bool = False
    created_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the words audiences and look-ups use."""
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
        """Tell whether the person holds any of ``roles``."""
        return not self.roles.isdisjoint(roles)

    def reached_at(self, address: Address) -> Self:
        """Return the person as reached through ``address`` just now."""
        return replace(self, addresses={**self.addresses, address.channel: address}, last_channel=address.channel)

    @property
    def is_guest(self) -> bool:
        """Whether they came to the web page unasked and nobody vouches for them. They are told no colleague's name."""
        return is_guest_id(self.id)

    @property
    def vouched_for(self) -> bool:
        """Whether the registry or a verified account identifies them. Announcements are for these people only."""
        return not self.is_outsider and (self.registered or self.account is not None)

    @property
    def is_outsider(self) -> bool:
        """Whether the person is told no colleague's name and gets no announcement: a guest, or one who has left."""
        return self.is_guest or self.left

    @property
    def account(self) -> tuple[str, str] | None:
        """The Entra identity (tenant, object) in lower case; None without one."""
        if not (self.tenant_id and self.object_id):
            return None
        return self.tenant_id.lower(), self.object_id.lower()

    @property
    def placed(self) -> bool:
        """Whether municipality and unit are known."""
        return self.municipality_id is not None and self.unit_id is not None
