"""A page that sends too much is asked to wait, and nothing of that reaches the bot."""

import uuid
from datetime import timedelta

import pytest
from aiohttp import WSCloseCode

from bot.budget import Rate, TurnBudget, TurnRates
from bot.channels.web.chat import endpoint
from bot.channels.web.chat.conversation import NOT_OPENED, TOO_MANY
from bot.channels.web.chat.frame import MAX_BYTES
from bot.content.catalogue import load_catalogue
from knowledge.article.article import Language
from tests.unit.web.conftest import HeldClock, Page, SetUp

RATES = TurnRates(person=Rate(burst=3, per_minute=6))
TOO_FAST = load_catalogue()[Language.NB]("web.fault.too_fast")


async def said(page: Page, text: str) -> str:
    """Say something and return what it was answered with: a sentence, or nothing for an ordinary turn."""
    frame = {"type": "say", "id": str(uuid.uuid4()), "text": text}
    await page.say(frame)
    while True:
        answer = await page.socket.receive_json(timeout=5)
        if answer.get("id") == frame["id"] and answer["type"] in {"ack", "fault"}:
            return str(answer.get("text", ""))


async def test_a_person_above_their_budget_is_asked_to_wait(set_up: SetUp, clock: HeldClock) -> None:
    stage, client = await set_up(turns=TurnBudget(RATES, clock=clock))
    page = await client.page("ansatt-1")
    assert [await said(page, f"hei {number}") for number in range(5)] == ["", "", "", TOO_FAST, TOO_FAST]
    assert stage.inbox.said() == ["hei 0", "hei 1", "hei 2"]
    clock.at += timedelta(seconds=10)
    assert await said(page, "hei igjen") == ""


async def test_a_second_page_of_the_same_person_has_no_budget_of_its_own(set_up: SetUp, clock: HeldClock) -> None:
    _, client = await set_up(turns=TurnBudget(RATES, clock=clock))
    one, two = await client.page("ansatt-1"), await client.page("ansatt-1")
    assert [await said(page, "hei") for page in (one, two, one)] == ["", "", ""]
    assert await said(two, "hei") == TOO_FAST


async def test_another_person_does_not_notice(set_up: SetUp, clock: HeldClock) -> None:
    _, client = await set_up(turns=TurnBudget(RATES, clock=clock))
    loud, quiet = await client.page("ansatt-1"), await client.page("ansatt-2")
    for _ in range(30):
        await said(loud, "hei")
    assert await said(quiet, "hei") == ""


async def test_a_guest_has_a_budget(set_up: SetUp, clock: HeldClock) -> None:
    _, client = await set_up(allow_guests=True, turns=TurnBudget(RATES, clock=clock))
    await client.ask("POST", "/chat/guest")
    guest = await client.page_with(None)
    assert [await said(guest, "hei") for _ in range(4)] == ["", "", "", TOO_FAST]


async def test_pings_and_unreadable_frames_take_no_turn(set_up: SetUp, clock: HeldClock) -> None:
    _, client = await set_up(turns=TurnBudget(RATES, clock=clock))
    page = await client.page("ansatt-1")
    for _ in range(20):
        await page.say({"type": "ping"})
        await page.say("{")
    assert [await said(page, "hei") for _ in range(3)] == [""] * 3


async def test_a_page_that_sends_without_end_is_hung_up_on(set_up: SetUp, clock: HeldClock) -> None:
    rates = TurnRates(person=Rate(burst=3, per_minute=6), frames=Rate(burst=50, per_minute=6))
    _, client = await set_up(turns=TurnBudget(rates, clock=clock))
    page, quiet = await client.page("ansatt-1"), await client.page("ansatt-2")
    for _ in range(51):
        await page.say({"type": "ping"})
    assert await page.ended() == TOO_MANY
    assert await said(quiet, "hei") == ""


async def test_a_socket_that_never_says_who_it_is_is_closed(set_up: SetUp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoint, "OPENED_WITHIN_SECONDS", 0.05)
    stage, client = await set_up()
    silent = await client.dial(None)
    assert await Page(silent).ended() == NOT_OPENED
    assert len(stage.channel.connections) == 0


@pytest.mark.parametrize("compress", [0, 15])
async def test_a_message_larger_than_any_page_sends_ends_the_connection(set_up: SetUp, compress: int) -> None:
    stage, client = await set_up()
    token = await client.badge("ansatt-1")
    socket = await client.http.ws_connect(
        client.origin + "/chat/socket", headers={"Origin": client.origin}, compress=compress, max_msg_size=0
    )
    page = Page(socket)
    await page.say({"type": "open", "token": token})
    await page.hear("hello")
    await page.say('{"type": "say", "text": "' + "a" * 3 * MAX_BYTES + '"}')
    assert await page.ended() == WSCloseCode.MESSAGE_TOO_BIG
    assert stage.inbox.said() == []


async def test_one_whose_day_is_spent_is_told_so(set_up: SetUp, clock: HeldClock) -> None:
    rates = TurnRates(person=Rate(burst=30, per_minute=60), person_day=Rate(burst=2, per_minute=0.1))
    _, client = await set_up(turns=TurnBudget(rates, clock=clock))
    page = await client.page("ansatt-1")
    spent = load_catalogue()[Language.NB]("common.enough_today")
    assert [await said(page, "hei") for _ in range(3)] == ["", "", spent]
