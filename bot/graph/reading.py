"""What changed in a directory: users and members of groups, by delta queries.

Source: https://learn.microsoft.com/graph/delta-query-overview, https://learn.microsoft.com/graph/api/user-delta and
https://learn.microsoft.com/graph/delta-query-groups, 2026-11-26. An object may come several times and in any order; a
changed one has at least the changed properties; a large group comes again with its next members.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from bot.graph.client import GraphClient
from bot.graph.config import MOST_GROUPS, GraphFault, GraphSource, ResyncNeeded
from dialogs.provisioning.graph import GraphState
from knowledge.organisation.importers.pupils import PUPIL_WORDS

# Of each user; only these are read.
PROPERTIES: Final = (
    "id", "accountEnabled", "displayName", "userPrincipalName", "mail", "department", "jobTitle", "employeeType",
    "userType", "preferredLanguage",
)  # fmt: skip
LICENCES: Final = "assignedLicenses"
MOST_PAGES: Final = 50_000
# Groups of pupils in one tenant; each fifty of them take a request in every run.
MOST_PUPIL_GROUPS: Final = 2_000
# The shortest beginnings of names that the pupil rule knows.
_BEGINNINGS: Final = sorted(
    word for word in PUPIL_WORDS if not any(word.startswith(beginning) for beginning in PUPIL_WORDS - {word})
)

User = Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class DirectoryChanges:
    """What a reading found. Object ids are in lower case.

    Attributes:
        full: everything was read; a missing user has left.
        groups: object id of each group that a rule names.
        pupils: object ids of all groups of pupils: named by a rule, known by their own name, or inside another.
        users: the properties of each user that came; None: the user was deleted.
        joined, left: members by group id.
        gone: groups that were deleted.
        users_link, group_links: where the next reading goes on.
    """

    full: bool
    groups: Mapping[str, str]
    pupils: set[str]
    users: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    joined: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    left: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    gone: set[str] = field(default_factory=set)
    users_link: str = ""
    group_links: tuple[str, ...] = ()

    @property
    def watched(self) -> frozenset[str]:
        """The object ids of all groups with followed members."""
        return frozenset({*self.groups.values(), *self.pupils})


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryReader:
    """Reads one municipality's directory."""

    client: GraphClient
    source: GraphSource

    async def everything(self) -> DirectoryChanges:
        """Read all users, and the members of the groups that rules name. Raises GraphFault, ResyncNeeded."""
        groups = await self._groups()
        named = {groups[name] for name in self.source.pupils.groups}
        changes = DirectoryChanges(full=True, groups=groups, pupils=named | await self.pupil_groups())
        done: set[str] = set()
        # A group of pupils may hold others, which become known while it is read.
        while ids := sorted(changes.watched - done)[:MOST_GROUPS]:
            done |= {*ids}
            wanted = quote(" or ".join(f"id eq '{id_}'" for id_ in ids))
            await self._read_groups(f"/groups/delta?$select=displayName,members&$filter={wanted}", changes)
            if len(changes.pupils) > MOST_PUPIL_GROUPS:
                raise GraphFault("too_many_groups")
        await self._read_users(f"/users/delta?$select={','.join(self._properties)}", changes)
        return changes

    async def since(self, state: GraphState) -> DirectoryChanges:
        """Read the changes since a state. Raises GraphFault; ResyncNeeded, also for a new group of pupils."""
        changes = DirectoryChanges(full=False, groups=state.groups, pupils={*state.pupil_groups})
        if not await self.pupil_groups() <= changes.pupils:
            raise ResyncNeeded
        for link in state.group_links:
            await self._read_groups(link, changes)
        if changes.pupils != {*state.pupil_groups}:
            raise ResyncNeeded
        await self._read_users(state.users_link, changes)
        return changes

    async def pupil_groups(self) -> frozenset[str]:
        """Return the object ids of groups with a name that means pupils, such as ``Elever 10A``. Raises GraphFault."""
        condition = quote(" or ".join(f"startswith(displayName,'{beginning}')" for beginning in _BEGINNINGS))
        link, ids, pages = f"/groups?$select=id,displayName&$top=999&$filter={condition}", set(), 0
        while link:
            pages += 1
            if pages > MOST_PUPIL_GROUPS:
                raise GraphFault("endless")
            page = await self.client.get(link)
            ids |= {_id(group) for group in _values(page) if self.source.pupil_rule.is_group(_name_of(group))}
            link = str(page.get("@odata.nextLink") or "")
        return frozenset(ids)

    async def user(self, object_id: str) -> dict[str, Any] | None:
        """Return all properties of one user; None if there is no such user. Raises GraphFault."""
        try:
            return _user(await self.client.get(f"/users/{object_id}?$select={','.join(self._properties)}"))
        except GraphFault as fault:
            if fault.reason == "http_404":
                return None
            raise

    async def groups_of(self, object_id: str) -> frozenset[str]:
        """Return the object ids of all groups a user is in, also by another group. Raises GraphFault."""
        answer = await self.client.post(f"/users/{object_id}/getMemberGroups", {"securityEnabledOnly": False})
        return frozenset(str(group_id).lower() for group_id in _values(answer))

    @property
    def _properties(self) -> tuple[str, ...]:
        return (*PROPERTIES, LICENCES) if self.source.scope.licensed else PROPERTIES

    async def _groups(self) -> Mapping[str, str]:
        """Return the object id of each group that a rule names, by name or id. Raises GraphFault."""
        return {name: await self._group(name) for name in sorted(self.source.named_groups)}

    async def _group(self, name: str) -> str:
        try:
            id_ = str(UUID(name))
        except ValueError:
            escaped = name.replace("'", "''")
            condition = quote(f"displayName eq '{escaped}'")
        else:
            condition = quote(f"id eq '{id_}'")
        groups = _values(await self.client.get(f"/groups?$select=id,displayName&$filter={condition}"))
        if len(groups) != 1:
            raise GraphFault("group_missing", name)
        return _id(groups[0])

    async def _read_users(self, link: str, changes: DirectoryChanges) -> None:
        async for items, last in self._pages(link):
            for item in items:
                id_ = _id(item)
                if "@removed" in item:
                    changes.users[id_] = None
                    continue
                # A user that was removed and comes again later was restored.
                changes.users[id_] = {**(changes.users.get(id_) or {}), **_user(item)}
            changes.users_link = last

    async def _read_groups(self, link: str, changes: DirectoryChanges) -> None:
        async for items, last in self._pages(link):
            for item in items:
                id_ = _id(item)
                if id_ not in changes.watched:
                    continue
                if "@removed" in item:
                    changes.gone.add(id_)
                for member in _list(item.get("members@delta", [])):
                    member_id, gone = _id(member), "@removed" in member
                    if id_ in changes.pupils and str(member.get("@odata.type")).endswith(".group"):
                        # Delta queries name direct members only, and the inner group's must not slip in.
                        changes.pupils.add(member_id)
                    (changes.left if gone else changes.joined)[id_].add(member_id)
                    (changes.joined if gone else changes.left)[id_].discard(member_id)
            if last:
                changes.group_links = (*changes.group_links, last)

    async def _pages(self, link: str) -> AsyncIterator[tuple[Sequence[Any], str]]:
        """Yield each page's objects, and the delta link with the last page."""
        seen: set[str] = set()
        while link not in seen and len(seen) < MOST_PAGES:
            seen.add(link)
            page = await self.client.get(link)
            following, last = page.get("@odata.nextLink"), page.get("@odata.deltaLink")
            if isinstance(last, str) == isinstance(following, str):
                raise GraphFault("half_answer")
            yield _values(page), last if isinstance(last, str) else ""
            if isinstance(last, str):
                return
            link = str(following)
        raise GraphFault("endless")


def _user(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the properties that Heia reads. Raises GraphFault: one has another type than documented."""
    user = {name: item[name] for name in (*PROPERTIES, LICENCES) if name in item}
    for name, value in user.items():
        expected = bool if name == "accountEnabled" else list if name == LICENCES else str
        if value is not None and not isinstance(value, expected):
            raise GraphFault("strange_answer", name)
    return user


def _id(item: Any) -> str:
    try:
        return str(UUID(item["id"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise GraphFault("strange_answer", "id") from None


def _name_of(item: Any) -> str:
    name = item.get("displayName") if isinstance(item, Mapping) else None
    return name if isinstance(name, str) else ""


def _values(page: Mapping[str, Any]) -> Sequence[Any]:
    return _list(page.get("value"))


def _list(value: Any) -> Sequence[Any]:
    if not isinstance(value, list):
        raise GraphFault("strange_answer", "value")
    return value
