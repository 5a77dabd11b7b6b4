"""The connector the other tests lean on does what Microsoft's documents say of theirs."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.channels.teams.adapter import TeamsAdapter
from bot.ports import Delivery, Faulted, Landed, Throttled
from dialogs.core.message import Message
from dialogs.core.person import Address
from tests.channels import TEAMS
from tests.fakes.connector import DOCUMENTED, Connector, ConnectorProcess, Limits, Rule
from tests.unit.teams.conftest import TENANT

Owed = Callable[..., Delivery]
HELLO = Message(text="Hei")


def chat(connector: Connector, id: str, tenant: str = TENANT) -> Address:
    data = {"service_url": connector.service_url(tenant), "conversation_id": id, "tenant_id": tenant}
    return Address(channel=TEAMS, data=data)


async def test_the_eighth_message_a_second_to_one_chat_is_throttled_and_others_are_not(
    adapter: TeamsAdapter, connector: Connector, owed: Owed
) -> None:
    await connector.reset(DOCUMENTED)
    sent = [await adapter.send(owed(), chat(connector, "a:1"), HELLO) for _ in range(8)]
    assert [type(outcome) for outcome in sent] == [Landed] * 7 + [Throttled]
    assert isinstance(await adapter.send(owed(), chat(connector, "a:2"), HELLO), Landed)
    await adapter.send(owed(), chat(connector, "a:1"), HELLO)
    tally = await connector.tally()
    assert (tally.landed, tally.throttled, tally.early) == (8, 2, 1)


async def test_a_tenant_is_throttled_apart_from_the_others(
    adapter: TeamsAdapter, connector: Connector, owed: Owed
) -> None:
    await connector.reset(Limits(tenant=((3, 60.0),)))
    for number in range(3):
        assert isinstance(await adapter.send(owed(), chat(connector, f"a:{number}"), HELLO), Landed)
    outcome = await adapter.send(owed(), chat(connector, "a:9"), HELLO)
    assert isinstance(outcome, Throttled)
    assert outcome.retry_after_seconds == pytest.approx(60, abs=1)
    assert isinstance(await adapter.send(owed(), chat(connector, "b:1", "tenant-2"), HELLO), Landed)


async def test_a_lost_answer_leaves_the_message_there(adapter: TeamsAdapter, connector: Connector, owed: Owed) -> None:
    await connector.script(Rule(drop=True, landed=True, times=1))
    assert isinstance(await adapter.send(owed(), chat(connector, "a:1"), HELLO), Faulted)
    assert isinstance(await adapter.send(owed(), chat(connector, "a:1"), HELLO), Landed)
    assert len((await connector.messages())["a:1"]) == 2


@pytest.mark.full
async def test_a_killed_connector_comes_back_with_what_had_landed(
    adapter: TeamsAdapter, owed: Owed, tmp_path: Path
) -> None:
    async with ConnectorProcess(journal=tmp_path / "journal.jsonl") as connector:
        address = chat(connector, "a:1")
        first = await adapter.send(owed(), address, HELLO)
        await connector.kill()
        assert isinstance(await adapter.send(owed(), address, HELLO), Faulted)
        await connector.start()
        second = await adapter.send(owed(), address, HELLO)
        assert isinstance(first, Landed)
        assert isinstance(second, Landed)
        assert sorted((await connector.messages())["a:1"]) == [
            first.reference["activity_id"],
            second.reference["activity_id"],
        ]


async def test_many_at_once_are_counted(adapter: TeamsAdapter, connector: Connector, owed: Owed) -> None:
    await connector.script(Rule(delay_seconds=0.05))
    await asyncio.gather(*(adapter.send(owed(), chat(connector, f"a:{n}"), HELLO) for n in range(10)))
    tally = await connector.tally()
    assert (tally.landed, tally.most_in_flight) == (10, 10)
