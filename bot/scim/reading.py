"""Read accounts and groups of one municipality, and show them as SCIM resources."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.directory.current import PAGE
from bot.ports import Key, Store, Stored
from bot.records.codec import decode
from bot.scim.fault import ScimFault
from bot.scim.urns import CORE_GROUP
from dialogs.provisioning.model import ScimGroup, ScimUser

R = TypeVar("R", ScimUser, ScimGroup)


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A record and its version."""

    record: Any
    version: int

    @property
    def etag(self) -> str:
        """The version as SCIM and HTTP write it."""
        return f'W/"{self.version}"'


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimReader:
    """Reads data sent by one municipality's directory, and nothing of another's.

    ``base_url``: where the server is reached, such as ``https://heia.example/scim/v2``.
    """

    store: Store
    municipality_id: str
    base_url: str

    async def one(self, kind: type[R], id_: str) -> Read:
        """Return an account or a group. Raises ScimFault: there is none in this municipality."""
        read = await self.find_one(kind, id_)
        if read is None:
            raise ScimFault(404, f"There is no {id_}")
        return read

    async def find_one(self, kind: type[R], id_: str) -> Read | None:
        """Return an account or a group of this municipality, or None."""
        key = Key(kind=kind.KIND, id=id_)
        stored = (await self.store.get([key])).get(key)
        if stored is None:
            return None
        record = decode(kind, stored)
        gone = isinstance(record, ScimUser) and record.deleted
        if gone or record.municipality_id != self.municipality_id:
            return None
        return Read(record=record, version=stored.version)

    async def groups(self) -> Sequence[Read]:
        """Return all groups."""
        page = await self.store.find(ScimGroup.KIND, f"municipality:{self.municipality_id}")
        return [Read(record=decode(ScimGroup, stored), version=stored.version) for stored in page]

    async def with_term(self, kind: type[R], term: str) -> Sequence[Read]:
        """Return the records with an exact term."""
        return [
            Read(record=decode(kind, stored), version=stored.version)
            for stored in await self.store.find(kind.KIND, term)
        ]

    async def next_page(self, kind: type[R], *, after: str) -> Sequence[Read]:
        """Return the next records of the municipality, ordered by id."""
        term = f"municipality:{self.municipality_id}"
        page: Sequence[Stored] = await self.store.find(kind.KIND, term, after=after, limit=PAGE)
        return [Read(record=decode(kind, stored), version=stored.version) for stored in page]

    async def member_ids(self, group_id: str, *, among: Iterable[str] | None = None) -> Sequence[str]:
        """Return the ids of the accounts in a group, ordered, or of those ``among`` some ids."""
        if among is not None:
            accounts = await self.store.get([Key(kind=ScimUser.KIND, id=id_) for id_ in sorted(set(among))])
            users = [decode(ScimUser, stored) for stored in accounts.values()]
            return sorted(user.id for user in users if group_id in user.groups and not user.deleted)
        ids: list[str] = []
        while page := await self.store.find(
            ScimUser.KIND, f"group:{group_id}", after=ids[-1] if ids else "", limit=PAGE
        ):
            ids += [stored.key.id for stored in page]
            await asyncio.sleep(0)  # a group may have 50,000 members
        return ids

    async def size_of(self, group_id: str) -> int:
        """Return the number of accounts in a group."""
        return await self.store.count(ScimUser.KIND, f"group:{group_id}")

    def shown_user(self, user: Read, groups: Iterable[Read]) -> dict[str, Any]:
        """Return an account as a resource."""
        record: ScimUser = user.record
        names = {read.record.id: read.record.name for read in groups}
        shown = {
            **record.resource,
            "id": record.id,
            "meta": self._meta("User", "Users", user),
        }
        if record.external_id:
            shown["externalId"] = record.external_id
        if record.groups:
            shown["groups"] = [{"value": group_id, "display": names.get(group_id, "")} for group_id in record.groups]
        return shown

    def shown_group(self, group: Read, member_ids: Iterable[str] = ()) -> dict[str, Any]:
        """Return a group as a resource."""
        record: ScimGroup = group.record
        shown: dict[str, Any] = {
            "schemas": [CORE_GROUP],
            "id": record.id,
            "displayName": record.name,
            "meta": self._meta("Group", "Groups", group),
        }
        if record.external_id:
            shown["externalId"] = record.external_id
        if listed := self.shown_members(member_ids):
            shown["members"] = listed
        return shown

    def shown_members(self, ids: Iterable[str]) -> list[dict[str, str]]:
        """Return the members of a group."""
        return [{"value": id_, "$ref": f"{self.base_url}/Users/{id_}"} for id_ in ids]

    def _meta(self, kind: str, endpoint: str, read: Read) -> Mapping[str, Any]:
        return {
            "resourceType": kind,
            "created": read.record.created_at.isoformat(),
            "lastModified": read.record.changed_at.isoformat(),
            "location": f"{self.base_url}/{endpoint}/{read.record.id}",
            "version": read.etag,
        }
