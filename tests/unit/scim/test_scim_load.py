"""What one directory sends, however much and however odd, holds up nobody else."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

import pytest

from bot.ports import Commit
from bot.records.codec import write_of
from bot.scim.reading import Listing, ScimReader
from dialogs.core.decision import Put
from dialogs.provisioning.model import ScimUser
from tests.unit.scim.conftest import GROUP, PATCH, Caller, Site, account

SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
MANY = 400


async def turns_during(work: Awaitable[object]) -> int:
    """Return how often others come between."""
    task, turns = asyncio.ensure_future(work), 0
    while not task.done():
        turns += 1
        await asyncio.sleep(0)
    await task
    return turns


@pytest.fixture
async def reader(site: Site, nes: Caller) -> ScimReader:
    """Return the reader of a directory with many accounts."""
    shown = await nes.add(1)
    [person] = await site.people()
    user = await site.get(ScimUser, shown["id"])
    assert user is not None
    writes = []
    for number in range(MANY):
        id_ = f"p{number:04}"
        one = replace(user, id=f"u{number:04}", person_id=id_, user_name=f"{id_}@nes.example", external_id=id_)
        writes += [write_of(Put(record=each), {}) for each in (one, replace(person, id=id_, object_id=id_))]
    await site.store.commit(Commit(at=site.clock.now(), records=tuple(writes)))
    return ScimReader(store=site.store, municipality_id="nes", base_url="")


async def test_a_filter_over_everyone_lets_others_come_between(reader: ScimReader) -> None:
    listing = Listing(reader=reader, turn=asyncio.Lock())
    assert await turns_during(listing.users({"filter": 'displayName co "zz"'})) >= MANY // 50


async def test_filters_of_a_municipality_come_one_after_another(reader: ScimReader) -> None:
    listing = Listing(reader=reader, turn=asyncio.Lock())
    await listing.turn.acquire()
    waiting = asyncio.ensure_future(listing.users({"filter": 'displayName co "zz"'}))
    for _ in range(MANY):
        await asyncio.sleep(0)
    assert not waiting.done()
    listing.turn.release()
    assert (await waiting)["totalResults"] == 0


async def test_a_patch_has_a_bounded_number_of_changes(nes: Caller) -> None:
    shown = await nes.add(1)
    _, group = await nes.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "A"})
    one = {f'emails[type eq "t{number}"].value': f"a{number}@nes.example" for number in range(101)}
    spread: list[dict[str, Any]] = [{"op": "add", "value": one}]
    listed = [{"op": "add", "path": path, "value": value} for path, value in one.items()]
    named = [{"op": "replace", "path": "displayName", "value": f"A{number}"} for number in range(101)]
    for path, operations in (("Users", spread), ("Users", listed), ("Groups", named)):
        id_ = shown["id"] if path == "Users" else group["id"]
        status, _ = await nes.ask("PATCH", f"/{path}/{id_}", {"schemas": [PATCH], "Operations": operations})
        assert status == 413


async def test_an_account_has_a_bounded_number_of_addresses(site: Site, nes: Caller) -> None:
    emails = [{"value": f"a{number}@nes.example"} for number in range(51)]
    assert (await nes.ask("POST", "/Users", account(1, emails=emails)))[0] == 400
    assert await site.people() == []
    assert (await nes.ask("POST", "/Users", account(1, emails=emails[:50])))[0] == 201


async def test_a_name_hides_and_reorders_nothing(site: Site, nes: Caller) -> None:
    await nes.add(1, displayName="Kari\u202e\u200b\n  Nordmann")
    [person] = await site.people()
    assert person.name == "Kari Nordmann"


@pytest.mark.parametrize("attributes", [None, "userName", 5, {}, [], [None]])
async def test_a_search_with_odd_attributes_is_answered(nes: Caller, attributes: object) -> None:
    for path in ("/.search", "/Users/.search", "/Groups/.search"):
        status, _ = await nes.ask("POST", path, {"schemas": [SEARCH], "attributes": attributes})
        assert status < 500
