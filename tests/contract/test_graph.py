"""A directory that is read through Microsoft Graph, on every store."""

from bot.ports import Store
from tests.unit.graph.conftest import town_on


async def test_people_come_change_and_leave_on_the_store(store: Store) -> None:
    async with town_on(store, page=20) as town:
        for number in range(1, 51):
            town.graph.put(number)
        await town.run()
        assert len(await town.people()) == 50
        town.graph.put(1, displayName="Nytt Navn", accountEnabled=True)
        town.graph.put(2, accountEnabled=False)
        town.graph.delete(3)
        town.graph.put(51)
        await town.run()
        people = await town.people()
        assert {*people} == {"1", *map(str, range(4, 52))}
        assert people["1"].name == "Nytt Navn"
        for number in range(4, 30):
            town.graph.delete(number)
        await town.run()
        assert (await town.waiting(), len(await town.people())) == (26, 49)
