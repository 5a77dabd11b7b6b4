"""Read, find and page accounts and groups of one municipality, and show them as SCIM resources."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import ValidationError
from scim2_models import Context, SearchRequest
from scim2_models.path import CompareOperator, Comparison

from bot.directory.current import PAGE
from bot.ports import Key, Store, Stored
from bot.records.codec import decode
from bot.scim.config import CORE_GROUP
from bot.scim.fault import ScimFault
from bot.scim.resources import MOST_RESULTS, AccountGroup, WorkAccount
from dialogs.provisioning.model import ScimGroup, ScimUser, external_term, name_term

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


# Find and page accounts and groups by SCIM filters.

LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_INTEGERS: Final = ("startIndex", "count")
# Accounts compared with a filter before people are answered again: about 10 ms.
AT_ONCE: Final = 20
# A comparison with one member, the form in which Entra asks whether an account is in a group.
_ONE_MEMBER: Final = re.compile(
    r'members(?:\.value)?\s+eq\s+"(?P<a>[^"\\]*)"|members\[\s*value\s+eq\s+"(?P<b>[^"\\]*)"\s*\]', re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Lists of one municipality's accounts and groups, and single ones with the attributes a request asks for.

    ``turn``: held while accounts are filtered, which one request of a municipality does at a time.
    """

    reader: ScimReader
    turn: asyncio.Lock

    async def users(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the accounts a query finds, one page of them. Raises pydantic's ValidationError, SCIMException."""
        search = SearchRequest[WorkAccount].model_validate(_given(query))
        start, count = _window(search)
        if search.filter is None:
            total, page = await self._unfiltered(start, count)
        else:
            total, page = await self._filtered(search, start, count)
        groups = await self._groups_of(page)
        return _response(total, start, [_dumped(self._model(read, groups), search) for read in page])

    async def groups(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the groups a query finds, one page of them. Raises as ``users``."""
        search = SearchRequest[AccountGroup].model_validate(_given(query))
        start, count = _window(search)
        matching = []
        for read in await self.reader.groups():
            members = await self._members_in_question(read.record.id, search)
            group = AccountGroup.model_validate(self.reader.shown_group(read, members))
            if search.filter is None or search.filter.match(group):
                matching.append(read)
        page = [await self.group(read, search) for read in matching[start - 1 : start - 1 + count]]
        return _response(len(matching), start, page)

    async def everything(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the accounts a query finds, then the groups, one page of them. Raises as ``users``."""
        search = SearchRequest[WorkAccount | AccountGroup].model_validate(_given(query))
        start, count = _window(search)
        total, shown = 0, list[dict[str, Any]]()
        for find in (self.users, self.groups):
            window = {"startIndex": max(start - total, 1), "count": count - len(shown)}
            try:
                answer = await find({**query, **window})
            except ValidationError:
                continue  # an attribute that only the other kind has matches nothing
            total += answer["totalResults"]
            shown += answer["Resources"]
        return _response(total, start, shown)

    async def user(self, read: Read, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return one account with the attributes asked for."""
        search = SearchRequest[WorkAccount].model_validate(_shape(query))
        return _dumped(self._model(read, await self._groups_of([read])), search)

    async def one_group(self, read: Read, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return one group with the attributes asked for."""
        return await self.group(read, SearchRequest[AccountGroup].model_validate(_shape(query)))

    async def group(self, read: Read, search: Any) -> dict[str, Any]:
        """Return one group; its members are read only if they are asked for."""
        # Not through the model, which would take seconds for 50,000 members.
        dumped = _dumped(AccountGroup.model_validate(self.reader.shown_group(read)), search)
        if parts := _parts_of_members(search):
            members = self.reader.shown_members(await self.reader.member_ids(read.record.id))
            if members:
                dumped["members"] = [{part: member[part] for part in parts} for member in members]
        return dumped

    async def _groups_of(self, page: Sequence[Read]) -> Sequence[Read]:
        return await self.reader.groups() if any(read.record.groups for read in page) else ()

    def _model(self, read: Read, groups: Sequence[Read]) -> Any:
        return WorkAccount.model_validate(self.reader.shown_user(read, groups))

    async def _members_in_question(self, group_id: str, search: Any) -> Sequence[str]:
        """Return the members that decide whether a filter matches: those it names, or else all."""
        text = "" if search.filter is None else str(search.filter)
        rest = _ONE_MEMBER.sub("", text)
        if "members" in rest.lower():
            return await self.reader.member_ids(group_id)
        named = [match["a"] or match["b"] for match in _ONE_MEMBER.finditer(text)]
        return await self.reader.member_ids(group_id, among=named) if named else ()

    async def _filtered(self, search: Any, start: int, count: int) -> tuple[int, Sequence[Read]]:
        """Return the number of accounts that match, and a page of them."""
        total, page = 0, list[Read]()
        async with self.turn:
            groups = await self.reader.groups() if "groups" in str(search.filter).lower() else ()
            async for read in self._candidates(search):
                if search.filter.match(self._model(read, groups)):
                    total += 1
                    if start <= total < start + count:
                        page.append(read)
        return total, page

    async def _unfiltered(self, start: int, count: int) -> tuple[int, Sequence[Read]]:
        here = f"municipality:{self.reader.municipality_id}"
        total = await self.reader.store.count(ScimUser.KIND, here)
        page: list[Read] = []
        seen, after = 0, ""
        while count and start <= total and (portion := await self.reader.next_page(ScimUser, after=after)):
            page += portion[max(start - 1 - seen, 0) :][: count - len(page)]
            seen, after = seen + len(portion), portion[-1].record.id
            if len(page) >= count:
                break
            await asyncio.sleep(0)
        return total, page

    async def _candidates(self, search: Any) -> AsyncIterator[Read]:
        """Yield the accounts a filter can match: by index where it compares a name, else all."""
        node, here = search.filter.ast, self.reader.municipality_id
        reads: Sequence[Read] | None = None
        if isinstance(node, Comparison) and node.op is CompareOperator.eq and node.attr_path.sub_attr is None:
            match node.attr_path.attr.lower():
                case "username":
                    reads = await self.reader.with_term(ScimUser, name_term(here, str(node.value)))
                case "externalid":
                    reads = await self.reader.with_term(ScimUser, external_term(here, str(node.value)))
                case "id":
                    read = await self.reader.find_one(ScimUser, str(node.value))
                    reads = [] if read is None else [read]
        if reads is not None:
            for candidate in reads:
                yield candidate
            return
        after = ""
        while page := await self.reader.next_page(ScimUser, after=after):
            for number, candidate in enumerate(page):
                yield candidate
                if number % AT_ONCE == 0:
                    await asyncio.sleep(0)
            after = page[-1].record.id


def _shape(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: query[name] for name in ("attributes", "excludedAttributes") if query.get(name)}


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = _shape(query)
    given |= {name: query[name] for name in _INTEGERS if query.get(name) is not None}
    return given | ({"filter": query["filter"]} if query.get("filter") else {})


def _parts_of_members(search: Any) -> Sequence[str]:
    """Return the parts of members that a request asks for; none without members."""
    left_out = {str(attribute).rpartition(":")[2].lower() for attribute in search.excluded_attributes or ()}
    named = {str(attribute).rpartition(":")[2].lower() for attribute in search.attributes or ()}
    if "members" in left_out or (named and not any(name.partition(".")[0] == "members" for name in named)):
        return ()
    chosen = {name.partition(".")[2] for name in named if name.startswith("members.")}
    parts = [part for part in ("value", "$ref") if f"members.{part}" not in left_out]
    return [part for part in parts if not chosen or "members" in named or part in chosen]


def _window(search: Any) -> tuple[int, int]:
    start = max(search.start_index or 1, 1)
    return start, min(MOST_RESULTS if search.count is None else max(search.count, 0), MOST_RESULTS)


def _dumped(model: Any, search: Any) -> dict[str, Any]:
    dumped: dict[str, Any] = model.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE, response_parameters=search)
    return dumped


def _response(total: int, start: int, resources: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "schemas": [LIST_RESPONSE],
        "totalResults": total,
        "startIndex": start,
        "itemsPerPage": len(resources),
    }
    return {**shown, "Resources": list(resources)}
