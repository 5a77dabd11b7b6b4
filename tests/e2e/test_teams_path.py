"""Heia in Teams, through Agents Playground: personal chat, group and channel."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.e2e.forked import program
from tests.e2e.playground.client import Json, Playground, playing
from tests.e2e.program import Program, free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def heia(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    folder: Path = tmp_path_factory.mktemp("heia")
    async with program(folder) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def teams(heia: Program) -> AsyncIterator[Playground]:
    async with playing(bot=heia.messages, port=free_port()) as playground:
        yield playground


def card_of(shown: Json) -> Json:
    """Return the card of a shown message."""
    card: Json = shown["message"]["attachments"][0]["content"]
    return card


async def test_a_new_colleague_is_welcomed_and_told_what_is_stored(teams: Playground) -> None:
    await teams.raw("22", {"type": "installationUpdate", "action": "add"})
    welcome = await teams.next_text("mine data")
    assert "Hei, jeg er Heia!" in str(card_of(welcome))


async def test_a_question_is_answered_with_source_and_date_and_thanked_for_in_place(teams: Playground) -> None:
    await teams.say("når får vi office 365?")
    answer = await teams.next_card("ask.helped")
    assert " · kontrollert " in str(card_of(answer))
    [picture] = [element for element in card_of(answer)["body"] if element["type"] == "Image"]
    assert picture["altText"].startswith("Planen for ")
    response = await teams.press(answer, "ask.helped")
    assert response["type"] == "application/vnd.microsoft.card.adaptive"
    assert "ask.helped" not in str(response["value"])
    updated = await teams.next("updateMessage")
    assert updated["message"]["messageId"] == answer["message"]["messageId"]


async def test_an_unclear_question_is_asked_back_and_the_choice_is_answered_in_the_same_card(teams: Playground) -> None:
    await teams.say("møterom")
    choice = await teams.next_card("ask.pick")
    ways_out = ("ask.none", "handoff.start")  # the second where probably none of the choices is right
    assert any(way in str(card_of(choice)) for way in ways_out)
    response = await teams.press(choice, "ask.pick")
    assert "Kilde:" in str(response["value"])
    await teams.next("updateMessage")


async def test_a_booked_course_leads_to_its_calendar_file(teams: Playground) -> None:
    await teams.say("vis klasseromskursene")
    await teams.press(await teams.next_card("classroom.sign_up"), "classroom.sign_up", session_id="sample-nes-3")
    booked = await teams.next_text("Last ned til kalenderen")
    assert "Du har plass på kurset." in str(card_of(booked))
    assert re.search(r"\[Last ned til kalenderen\]\(http://[^)]+/chat/enter\?token=", str(card_of(booked)))


async def test_in_a_group_heia_answers_when_mentioned_and_says_nothing_otherwise(teams: Playground) -> None:
    await teams.say("hva er en ambassadør?", conversation=teams.group, mention=True)
    answer = await teams.next_card("ask.helped")
    assert answer["message"]["directLineConversationId"] == teams.group
    before = len(teams.seen)
    await teams.raw("21", {"text": "hva er en ambassadør?"}, conversation=teams.group)
    await teams.say("takk", conversation=teams.group, mention=True)
    await teams.next()
    assert len(teams.seen) == before + 1


async def test_the_plan_of_the_one_who_asks_is_no_picture_in_a_group(teams: Playground) -> None:
    await teams.say("når får vi office 365?", conversation=teams.group, mention=True)
    answer = await teams.next_card("ask.helped")
    assert all(element["type"] != "Image" for element in card_of(answer)["body"])


async def test_in_a_channel_heia_answers_under_the_message(teams: Playground) -> None:
    await teams.say("hva er en ambassadør?", conversation=teams.channel, mention=True)
    answer = await teams.next_card("ask.helped")
    assert answer["message"]["directLineConversationId"].startswith(teams.channel)


async def test_an_activity_that_comes_twice_is_answered_once(teams: Playground) -> None:
    before = len(teams.seen)
    sent = await teams.raw("20", {"text": "hva er office 365 hjelpesenter?"})
    await teams.next_card("ask.helped")
    await asyncio.gather(*(teams.again(sent) for _ in range(5)))
    await teams.say("takk")
    await teams.next()
    assert len(teams.seen) == before + 2


async def test_fifty_people_at_once_are_all_answered(teams: Playground) -> None:
    await asyncio.gather(*(teams.raw("20", {"text": "når får vi office 365?"}) for _ in range(50)))
    for _ in range(50):
        await teams.next_card("ask.helped")
