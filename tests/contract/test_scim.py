"""The SCIM server on every store."""

import aiohttp
import pytest

from bot.ports import Store
from bot.scim.placing import place_people
from dialogs.core.person import Person
from tests.unit.scim.conftest import WORK, Caller, changed, served
from tests.unit.scim.test_scim_conformance import wrong_in
from tests.unit.scim.test_scim_guard import parts_of
from tests.unit.scim.test_scim_large_groups import announcers
from tests.unit.scim.test_scim_large_groups import group as group_of
from tests.unit.scim.test_scim_people import person_id
from tests.unit.scim.test_scim_places import BOTH, MAPPED, account_in_eidsvoll


@pytest.mark.full
async def test_every_check_of_the_scim_tester_passes_on_the_store(store: Store) -> None:
    async with served(store) as site:
        assert await wrong_in(site) == []


async def test_large_groups_and_people_placed_again_are_the_same_on_every_store(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.scim.groups.PORTION", 2)
    monkeypatch.setattr("bot.scim.placing.PORTION", 2)
    async with served(store, changed(BOTH)) as site, aiohttp.ClientSession() as http:
        nes, eidsvoll = Caller(site, http), Caller(site, http, "eidsvoll")
        ids = [(await nes.add(number, **{WORK: {"department": "Ukjent"}}))["id"] for number in range(1, 6)]
        group = await group_of(nes, ids)
        assert await announcers(site) == set(range(1, 6))
        assert await place_people(await parts_of(site), MAPPED, at=site.clock.now(), by="operator") == 5
        assert {each.unit_id for each in await site.people()} == {"nes-skole"}
        patch = {"Operations": [{"op": "remove", "path": "members", "value": [{"value": each} for each in ids[:3]]}]}
        assert (await nes.ask("PATCH", f"/Groups/{group['id']}", patch))[0] == 200
        assert await announcers(site) == {4, 5}
        status, found = await nes.ask("POST", "/Groups/.search", {"filter": f'members eq "{ids[4]}"'})
        assert (status, found["totalResults"]) == (200, 1)
        await nes.patch(f"/Users/{ids[0]}", {"op": "replace", "path": "active", "value": "False"})
        assert (await eidsvoll.ask("POST", "/Users", account_in_eidsvoll()))[0] == 201
        moved = await site.get(Person, person_id(1))
        assert moved is not None
        assert (moved.municipality_id, moved.unit_id) == ("eidsvoll", "eidsvoll-skole")
