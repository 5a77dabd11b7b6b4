"""Administrators hear when a directory takes the unit or a role from many people within a day."""

from tests.unit.scim.conftest import WORK, Caller, Site
from tests.unit.scim.test_scim_guard import filled, registered
from tests.unit.scim.test_scim_removals_told import ADMINS, told


async def test_they_hear_once_that_more_than_a_quarter_lost_their_unit(site: Site, nes: Caller) -> None:
    ids = await filled(nes, 24)
    await site.put(*ADMINS)
    for number, id_ in enumerate(ids[:13], start=1):
        assert not await told(site) or number > 11
        await nes.patch(f"/Users/{id_}", {"op": "replace", "path": f"{WORK}:department", "value": "Ukjent"})
    heard = await told(site)
    assert set(heard) == {"admin-nes", "admin-drift"}
    assert "more than a quarter" in heard["admin-drift"].message.text
    acts = await site.acts()
    assert acts.count(("scim.many_demoted", "scim:nes", "nes")) == 1
    assert await registered(site) == 24 + len(ADMINS)


async def test_a_loss_of_ten_in_a_day_is_no_news(site: Site, nes: Caller) -> None:
    ids = await filled(nes, 20)
    await site.put(*ADMINS)
    for id_ in ids[:10]:
        await nes.patch(f"/Users/{id_}", {"op": "replace", "path": f"{WORK}:department", "value": "Ukjent"})
    assert not await told(site)


async def test_a_loss_of_eleven_is_no_news_where_it_is_less_than_a_quarter(site: Site, nes: Caller) -> None:
    ids = await filled(nes, 48)
    await site.put(*ADMINS)
    for id_ in ids[:12]:
        await nes.patch(f"/Users/{id_}", {"op": "replace", "path": f"{WORK}:department", "value": "Ukjent"})
    assert not await told(site)
