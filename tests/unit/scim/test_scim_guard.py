"""Mass removals wait for an administrator; sessions end whatever waits."""

from datetime import timedelta

import pytest

from bot.app.clock import SystemRandomSource
from bot.ports import Conflict
from bot.scim.change import Parts, ScimChange
from bot.scim.jobs import approve_removals
from bot.signin.former import FormerMarks
from dialogs.core.person import Person
from dialogs.provisioning.model import ScimUser
from dialogs.signin.model import WebSession
from tests.unit.scim.conftest import CONFIG, CONTENT, Caller, Site
from tests.unit.scim.test_scim_people import person_id


async def filled(nes: Caller, people: int) -> list[str]:
    """Return the ids of accounts that were added the day before."""
    ids = [(await nes.add(number))["id"] for number in range(1, people + 1)]
    nes.site.clock.at += timedelta(hours=25)
    return ids


async def registered(site: Site) -> int:
    return await site.store.count(Person.KIND, "registered")


@pytest.mark.full
async def test_more_than_a_quarter_of_a_day_waits_and_an_administrator_lets_it_go(site: Site, nes: Caller) -> None:
    ids = await filled(nes, 60)
    session = await site.sign_in(person_id(16))
    for id_ in ids[:15]:
        await nes.patch(f"/Users/{id_}", {"op": "Replace", "path": "active", "value": "False"})
    assert await registered(site) == 45
    shown = await nes.patch(f"/Users/{ids[15]}", {"op": "Replace", "path": "active", "value": "False"})
    assert (await nes.ask("DELETE", f"/Users/{ids[16]}"))[0] == 204
    assert (await nes.ask("GET", f"/Users/{ids[16]}"))[0] == 404
    assert (shown["active"], await registered(site)) == (False, 45)
    assert await site.get(WebSession, session) is None  # ended at once all the same
    assert await site.store.count(ScimUser.KIND, "waiting:nes") == 2
    assert ("scim.removal_waits", "scim:nes", person_id(16)) in await site.acts()

    parts = await parts_of(site)
    assert await approve_removals(parts, CONFIG.source[0], at=site.clock.now(), by="operator:kari") == 2
    assert (await registered(site), await site.store.count(ScimUser.KIND, "waiting:nes")) == (43, 0)
    assert ("scim.removal_approved", "operator:kari", person_id(17)) in await site.acts()
    assert await site.get(ScimUser, ids[16]) is None


@pytest.mark.full
async def test_new_accounts_make_the_share_no_smaller(site: Site, nes: Caller) -> None:
    ids = await filled(nes, 44)
    for number in range(100, 150):
        await nes.add(number)
    for id_ in ids:
        await nes.ask("DELETE", f"/Users/{id_}")
    assert await site.store.count(ScimUser.KIND, "waiting:nes") == 33
    assert await registered(site) == 83


@pytest.mark.full
async def test_after_a_day_people_leave_at_once_again(site: Site, nes: Caller) -> None:
    ids = await filled(nes, 60)
    for id_ in ids[:15]:
        await nes.patch(f"/Users/{id_}", {"op": "replace", "path": "active", "value": False})
    site.clock.at += timedelta(hours=25)
    await nes.patch(f"/Users/{ids[15]}", {"op": "replace", "path": "active", "value": False})
    assert await registered(site) == 44


@pytest.mark.full
async def test_who_is_activated_again_or_added_again_no_longer_waits(site: Site, nes: Caller) -> None:
    ids = await filled(nes, 60)
    for id_ in ids[:16]:
        await nes.patch(f"/Users/{id_}", {"op": "replace", "path": "active", "value": False})
    await nes.ask("DELETE", f"/Users/{ids[20]}")
    assert await site.store.count(ScimUser.KIND, "waiting:nes") == 2
    await nes.patch(f"/Users/{ids[15]}", {"op": "replace", "path": "active", "value": True})
    await nes.add(21)
    assert await site.store.count(ScimUser.KIND, "waiting:nes") == 0
    assert await registered(site) == 45


async def test_a_few_people_may_always_leave(site: Site, nes: Caller) -> None:
    for id_ in await filled(nes, 10):
        assert (await nes.ask("DELETE", f"/Users/{id_}"))[0] == 204
    assert await registered(site) == 0


@pytest.mark.full
async def test_removals_in_one_municipality_do_not_count_in_another(site: Site, nes: Caller) -> None:
    ids = await filled(nes, 60)
    for id_ in ids[:16]:
        await nes.patch(f"/Users/{id_}", {"op": "replace", "path": "active", "value": False})
    other = nes.of("eidsvoll")
    shown = await other.add(99, externalId="e1")
    await other.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "active", "value": False})
    assert await site.store.count(ScimUser.KIND, "waiting:eidsvoll") == 0


async def test_two_processes_cannot_both_take_the_last_free_removal(site: Site, nes: Caller) -> None:
    """Every change of an account writes the counts, so the second of two conflicts and decides again."""
    await nes.add(1)
    one, two = [await ScimChange.begin(await parts_of(site), CONFIG.source[0], at=site.clock.now()) for _ in range(2)]
    await one.commit()
    with pytest.raises(Conflict):
        await two.commit()


async def parts_of(site: Site) -> Parts:
    return Parts(store=site.store, rng=SystemRandomSource(), former=FormerMarks(b"l" * 32), content=CONTENT)
