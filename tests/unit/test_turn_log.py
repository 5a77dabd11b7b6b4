"""The log of a turn leads to the messages it sent, by an id that names nobody."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from structlog.contextvars import merge_contextvars
from structlog.testing import LogCapture

from bot.ports import Commit, Delivery, PostWrite, Settled, StoreUnavailable, TurnFailed
from bot.turn.effect_writes import turn_id
from dialogs.core.event import Said
from dialogs.core.message import Message
from tests.draining import drain
from tests.unit.delivery.scene import NOON, in_teams
from tests.unit.delivery.test_courier import Stand
from tests.unit.privacy.test_erasing_in_a_store import House, house

__all__ = ["house"]


@pytest.fixture
def lines() -> Iterator[list[dict[str, Any]]]:
    """What is logged, with what is bound to it."""
    capture = LogCapture()
    structlog.configure(processors=[merge_contextvars, capture])
    yield capture.entries  # type: ignore[misc]
    structlog.reset_defaults()


async def test_every_message_of_a_turn_carries_its_id(house: House, lines: list[dict[str, Any]]) -> None:
    await house.happens("ana", Said(utterance="hei"))
    sent = await house.store.deliveries_of_recipient("ana")
    assert sent
    assert {each.turn for each in sent} == {turn_id("web:1")}
    [line] = [line for line in lines if line["event"] == "turn_committed"]
    assert (line["turn"], line["deliveries"]) == (turn_id("web:1"), [each.id for each in sent])
    assert "ana" not in turn_id("web:ana")


async def test_a_fault_in_a_turn_is_logged_once_with_its_id(house: House, lines: list[dict[str, Any]]) -> None:
    async def fails(_: Commit) -> list[Delivery]:
        raise ZeroDivisionError

    house.store.commit = fails  # type: ignore[method-assign, assignment]
    with pytest.raises(TurnFailed):
        await house.happens("ana", Said(utterance="hei"))
    [line] = [line for line in lines if line["log_level"] == "error"]
    assert (line["event"], line["turn"]) == ("turn_failed", turn_id("web:1"))


async def test_a_reply_that_was_sent_and_could_not_be_noted_is_no_failed_turn(house: House) -> None:
    async def away(_: list[Settled], *, later: bool) -> None:
        raise StoreUnavailable

    house.store.settle = away  # type: ignore[method-assign, assignment]
    assert not (await house.happens("ana", Said(utterance="hei"))).duplicate


async def test_what_the_courier_logs_of_a_delivery_has_the_id_of_the_turn_that_posted_it(
    lines: list[dict[str, Any]],
) -> None:
    stand = Stand()
    await stand.know(*(in_teams(f"p{n}") for n in range(3)))
    posts = tuple(
        PostWrite(recipient=f"p{n}", slot="s", message=Message(text="Hei"), due_at=NOON, turn=f"turn-{n}")
        for n in range(3)
    )
    await stand.store.commit(Commit(at=NOON, posts=posts))
    async with asyncio.timeout(10):
        await drain(stand.courier)
    told = {line["turn"]: line["delivery_id"] for line in lines if line["event"] == "delivery_tried"}
    sent = [await stand.delivery(f"p{n}", "s") for n in range(3)]
    assert told == {each.turn: each.id for each in sent}
    assert "turn" not in structlog.contextvars.get_contextvars()
