"""The SCIM server on every store."""

from bot.ports import Store
from tests.unit.scim.conftest import served
from tests.unit.scim.test_scim_conformance import wrong_in


async def test_every_check_of_the_scim_tester_passes_on_the_store(store: Store) -> None:
    async with served(store) as site:
        assert await wrong_in(site) == []
