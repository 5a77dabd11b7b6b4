"""Records of directories: accounts, groups, tokens, and people awaiting removal."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose, month_term
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find_all
from dialogs.core.speaker import Viewer
from knowledge.organisation.unit import PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimUser:
    """An account of a municipality's directory.

    Attributes:
        resource: the attributes that Heia keeps, as the directory sent them.
        groups: ids of the groups it is a member of.
        roles: what its groups gave; a role from elsewhere is not taken back.
        unplaced: its department is no unit of the municipality.
        waiting: its removal from the registry waits for an administrator.
        deleted: the directory deleted it while its removal waits.
        elsewhere: its person is in another municipality; it is looked at again in every run.
    """

    KIND: ClassVar[str] = "scim_user"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each municipality",
        whose=Whose.STAFF,
        months=12,
        dated="changed_at",
        erasing=Erasing.KEPT_REGISTERED,
    )

    id: Annotated[str, Purpose.ORDER]
    person_id: Annotated[PersonId, Purpose.IDENTITY]
    municipality_id: Annotated[str, Purpose.PLACE]
    external_id: Annotated[str, Purpose.IDENTITY] = ""
    user_name: Annotated[str, Purpose.IDENTITY]
    resource: Annotated[Mapping[str, Any], Purpose.IDENTITY]
    groups: Annotated[tuple[str, ...], Purpose.IDENTITY] = ()
    roles: Annotated[frozenset[Role], Purpose.IDENTITY] = frozenset()
    active: Annotated[bool, Purpose.ORDER] = False
    unplaced: Annotated[bool, Purpose.PLACE] = False
    waiting: Annotated[bool, Purpose.ORDER] = False
    deleted: Annotated[bool, Purpose.ORDER] = False
    elsewhere: Annotated[bool, Purpose.ORDER] = False
    created_at: Annotated[datetime, Purpose.TIME]
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        """Return the terms for person, municipality, groups and the directory's own names."""
        here = self.municipality_id
        yield f"person:{self.person_id}"
        if not self.deleted:
            yield f"municipality:{here}"
            yield name_term(here, self.user_name)
            yield from (external_term(here, self.external_id) for _ in range(bool(self.external_id)))
            yield from (f"group:{group_id}" for group_id in self.groups)
        if self.active:
            yield f"active:{here}"
        else:
            yield month_term(self.changed_at)
        if self.unplaced and self.active:
            yield unplaced_term(here)
        if self.waiting:
            yield waiting_term(here)
        if self.elsewhere:
            yield elsewhere_term(here)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimGroup:
    """A group of a municipality's directory. Its members are found by their accounts."""

    KIND: ClassVar[str] = "scim_group"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="none: one for each group of a directory", whose=Whose.NOBODY, terms=())

    id: Annotated[str, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    name: Annotated[str, Purpose.IDENTITY]
    external_id: Annotated[str, Purpose.ORDER] = ""
    created_at: Annotated[datetime, Purpose.TIME]
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        """Return the terms for municipality and the directory's own id."""
        yield f"municipality:{self.municipality_id}"
        if self.external_id:
            yield external_term(self.municipality_id, self.external_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimToken:
    """A token with which a municipality's directory signs in. ``id`` is its hash."""

    KIND: ClassVar[str] = "scim_token"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="none: two for each municipality", whose=Whose.NOBODY, terms=())

    id: Annotated[str, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.PLACE]
    created_at: Annotated[datetime, Purpose.TIME]
    expires_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        """Return the term for the municipality."""
        yield f"municipality:{self.municipality_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimCounts:
    """Removals, additions, losses and refused pupils by hour, for the last day; changed with every account.

    ``id`` is the municipality's. Two processes that add an account at once conflict here. ``rules_digest`` is that of
    the rules by which everyone was last placed; ``demoted``: people that lost their unit or a role.
    """

    KIND: ClassVar[str] = "scim_counts"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="none: one for each municipality", whose=Whose.NOBODY, terms=())

    id: Annotated[str, Purpose.ORDER]
    removed: Annotated[Mapping[str, int], Purpose.ORDER] = field(default_factory=dict)
    refused: Annotated[Mapping[str, int], Purpose.ORDER] = field(default_factory=dict)
    rules_digest: Annotated[str, Purpose.ORDER] = ""
    added: Annotated[Mapping[str, int], Purpose.ORDER] = field(default_factory=dict)
    demoted: Annotated[Mapping[str, int], Purpose.ORDER] = field(default_factory=dict)

    def terms(self) -> Iterable[str]:
        """Return no terms: the record is read by id only."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownWord:
    """A value of an export that leads to no unit or municipality, and how many people have it."""

    field: Annotated[str, Purpose.ORDER]
    value: Annotated[str, Purpose.PLACE]
    people: Annotated[int, Purpose.ORDER]


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryRun:
    """The last import of a mapped file.

    Attributes:
        id: the municipalities that the file covers, separated by commas, or ``directory`` for all.
        file_dated: when the file was made.
        digest: of everything the import depended on besides the registry.
        audit_number: last link of the audit log after the import.
    """

    KIND: ClassVar[str] = "directory_run"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: one for each set of municipalities that has a file", whose=Whose.NOBODY, terms=()
    )

    id: Annotated[str, Purpose.ORDER]
    file_dated: Annotated[datetime, Purpose.TIME]
    ran_at: Annotated[datetime, Purpose.TIME]
    rows: Annotated[int, Purpose.ORDER] = 0
    unknown: Annotated[tuple[UnknownWord, ...], Purpose.PLACE] = ()
    digest: Annotated[str, Purpose.ORDER] = ""
    audit_number: Annotated[int, Purpose.ORDER] = 0

    def terms(self) -> Iterable[str]:
        """Return the term of every run."""
        yield "all"


def name_term(municipality_id: str, user_name: str) -> str:
    """Return the term of the account with a user name, regardless of capitals."""
    return f"name:{municipality_id}/{user_name.lower()}"


def external_term(municipality_id: str, external_id: str) -> str:
    """Return the term of an account or group by the directory's id."""
    return f"external:{municipality_id}/{external_id}"


def waiting_term(municipality_id: str) -> str:
    """Return the term of accounts with an unconfirmed removal."""
    return f"waiting:{municipality_id}"


def unplaced_term(municipality_id: str) -> str:
    """Return the term of active accounts without a unit."""
    return f"unplaced:{municipality_id}"


def elsewhere_term(municipality_id: str) -> str:
    """Return the term of accounts with a person in another municipality."""
    return f"elsewhere:{municipality_id}"


# People awaiting removal: a directory deactivated them, and no administrator has confirmed it yet.


def awaits_removal(person: Person) -> Asking[bool]:
    """Return whether a directory deactivated the person, and the removal waits for an administrator."""
    if not person.registered:
        return False
    accounts = yield from find_all(ScimUser, f"person:{person.id}")
    return any(account.waiting for account in accounts)


def suspension_view(viewer: Viewer) -> Asking[bool]:
    """Return whether the reader awaits removal, and so may use no page."""
    return (yield from awaits_removal(viewer.person))
