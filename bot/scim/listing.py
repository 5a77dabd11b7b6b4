"""Find and page accounts and groups by SCIM filters."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from scim2_models import Context, SearchRequest
from scim2_models.path import CompareOperator, Comparison

from bot.scim.reading import Read, ScimReader
from bot.scim.resources import MOST_RESULTS, AccountGroup, WorkAccount
from dialogs.provisioning.model import ScimUser, external_term, name_term

LIST_RESPONSE: Final = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_INTEGERS: Final = ("startIndex", "count")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Lists of one municipality's accounts and groups, and single ones with the attributes a request asks for."""

    reader: ScimReader

    async def users(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the accounts a query finds, one page of them. Raises pydantic's ValidationError, SCIMException."""
        search = SearchRequest[WorkAccount].model_validate(_given(query))
        groups = await self.reader.groups()
        start, count = _window(search)

        def model(read: Read) -> Any:
            return WorkAccount.model_validate(self.reader.shown_user(read, groups))

        if search.filter is None:
            total, page = await self._unfiltered(start, count)
        else:
            found = [each for each in await self._candidates(search) if search.filter.match(model(each))]
            total, page = len(found), found[start - 1 : start - 1 + count]
        return _response(total, start, [_dumped(model(each), search) for each in page])

    async def groups(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the groups a query finds, one page of them. Raises as ``users``."""
        search = SearchRequest[AccountGroup].model_validate(_given(query))
        start, count = _window(search)
        about_members = search.filter is not None and "members" in str(search.filter).lower()
        found = []
        for read in await self.reader.groups():
            members = await self.reader.members(read.record.id) if about_members else ()
            group = AccountGroup.model_validate(self.reader.shown_group(read, members))
            if search.filter is None or search.filter.match(group):
                found.append(read)
        page = [await self.group(each, search) for each in found[start - 1 : start - 1 + count]]
        return _response(len(found), start, page)

    async def everything(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return the accounts a query finds, then the groups, one page of them. Raises as ``users``."""
        search = SearchRequest[WorkAccount | AccountGroup].model_validate(_given(query))
        start, count = _window(search)
        total, shown = 0, list[dict[str, Any]]()
        for find in (self.users, self.groups):
            window = {"startIndex": max(start - total, 1), "count": count - len(shown)}
            try:
                found = await find({**query, **window})
            except ValidationError:
                continue  # an attribute that only the other kind has matches nothing
            total += found["totalResults"]
            shown += found["Resources"]
        return _response(total, start, shown)

    async def user(self, read: Read, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return one account with the attributes asked for."""
        search = SearchRequest[WorkAccount].model_validate(_shape(query))
        groups = await self.reader.groups() if read.record.groups else ()
        return _dumped(WorkAccount.model_validate(self.reader.shown_user(read, groups)), search)

    async def one_group(self, read: Read, query: Mapping[str, Any]) -> dict[str, Any]:
        """Return one group with the attributes asked for."""
        return await self.group(read, SearchRequest[AccountGroup].model_validate(_shape(query)))

    async def group(self, read: Read, search: Any) -> dict[str, Any]:
        """Return one group; its members are read only if they are asked for."""
        excluded = {str(each).rpartition(":")[2].lower() for each in search.excluded_attributes or ()}
        named = {str(each).rpartition(":")[2].lower().partition(".")[0] for each in search.attributes or ()}
        wanted = "members" not in excluded and (not named or "members" in named)
        members = await self.reader.members(read.record.id) if wanted else ()
        return _dumped(AccountGroup.model_validate(self.reader.shown_group(read, members)), search)

    async def _unfiltered(self, start: int, count: int) -> tuple[int, Sequence[Read]]:
        here = f"municipality:{self.reader.municipality_id}"
        total = await self.reader.store.count(ScimUser.KIND, here)
        page: list[Read] = []
        seen, after = 0, ""
        while count and start <= total and (found := await self.reader.next_page(ScimUser, after=after)):
            page += found[max(start - 1 - seen, 0) :][: count - len(page)]
            seen, after = seen + len(found), found[-1].record.id
            if len(page) >= count:
                break
            await asyncio.sleep(0)
        return total, page

    async def _candidates(self, search: Any) -> Sequence[Read]:
        """Return the accounts a filter can match: by index where it compares a name, else all."""
        node, here = search.filter.ast, self.reader.municipality_id
        if isinstance(node, Comparison) and node.op is CompareOperator.eq and node.attr_path.sub_attr is None:
            match node.attr_path.attr.lower():
                case "username":
                    return await self.reader.with_term(ScimUser, name_term(here, str(node.value)))
                case "externalid":
                    return await self.reader.with_term(ScimUser, external_term(here, str(node.value)))
                case "id":
                    found = await self.reader.find_one(ScimUser, str(node.value))
                    return [] if found is None else [found]
        everyone: list[Read] = []
        after = ""
        while found_page := await self.reader.next_page(ScimUser, after=after):
            everyone += found_page
            after = found_page[-1].record.id
            await asyncio.sleep(0)
        return everyone


def _shape(query: Mapping[str, Any]) -> dict[str, Any]:
    return {name: query[name] for name in ("attributes", "excludedAttributes") if query.get(name)}


def _given(query: Mapping[str, Any]) -> dict[str, Any]:
    given: dict[str, Any] = _shape(query)
    given |= {name: query[name] for name in _INTEGERS if query.get(name) is not None}
    return given | ({"filter": query["filter"]} if query.get("filter") else {})


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
