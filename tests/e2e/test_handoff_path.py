"""A question finds the nearest colleague and comes back answered: on the web, in Teams, and between the two."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.e2e.chat import Chat
from tests.e2e.forked import program
from tests.e2e.playground.client import playing
from tests.e2e.program import Program, free_port
from tests.sentences import UNKNOWN

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKER, NEAREST, NEIGHBOUR, ELSEWHERE = "p020", "p021", "p022", "p025"


@pytest_asyncio.fixture(loop_scope="session")
async def heia(tmp_path: Path) -> AsyncIterator[Program]:
    async with program(tmp_path) as started:
        yield started


async def test_a_question_is_declined_once_and_answered_by_the_next_on_the_web(browser: Browser, heia: Program) -> None:
    asker = await Chat.open(browser, heia.url, ASKER)
    first = await Chat.open(browser, heia.url, NEAREST)
    stranger = await Chat.open(browser, heia.url, ELSEWHERE)
    await asker.say(UNKNOWN)
    await asker.press("Ja, spør en kollega")
    await asker.fill("Dette blir sendt", "Kaffemaskinen i tredje brummer. Hvem ringer vi?")
    await asker.press_in_log("Send")
    await asker.sees("Sendt til Ambassadør Helse Nord 1")
    await first.sees("Kaffemaskinen i tredje brummer. Hvem ringer vi?")
    await first.press("Kan ikke nå")
    await first.sees("Spørsmålet gikk videre til neste.")
    await asker.sees_no("Sendt til Ambassadør Helse Nord 1")
    second_name = await asker.named_in("Sendt til ")
    second = await Chat.open(browser, heia.url, await heia.person_named(second_name))
    await second.press("Jeg tar den")
    await asker.sees("har tatt spørsmålet ditt")
    await second.say("Ring vaktmesteren på 99.")
    await asker.sees("Ring vaktmesteren på 99.")
    await asker.say("Tusen takk, det gjør jeg!")
    await second.sees("Tusen takk, det gjør jeg!")
    await second.press("Løst")
    await second.fill("Svaret i korte trekk", "Vaktmesteren ordner maskinen.")
    await second.press("Marker som løst")
    await asker.sees("Løste det seg?")
    await asker.press("Ja, det hjalp")
    await asker.press("5 – svært god")
    await asker.sees("får se tilbakemeldingen")
    await second.sees("Ansatt Helse Nord 1 sier at det hjalp")
    await second.sees("Tilbakemelding: 5 – svært god")
    await stranger.sees_no("Kaffemaskinen")
    for chat in (asker, first, second, stranger):
        await chat.close()


async def test_a_slip_is_undone_and_what_is_meant_is_done_with_the_page_closed_and_the_program_killed(
    browser: Browser, heia: Program
) -> None:
    asker = await Chat.open(browser, heia.url, ASKER)
    helper = await Chat.open(browser, heia.url, NEAREST)
    await asker.say(UNKNOWN)
    await asker.press("Ja, spør en kollega")
    await asker.press_in_log("Send")
    await helper.press("Jeg tar den")
    await helper.press("Løst")
    await helper.fill("Svaret i korte trekk", "Vaktmesteren ordner maskinen.")
    await helper.press("Marker som løst")
    await helper.sees("Spørsmålet blir lukket om 10 sekunder.")
    await helper.press("Angre")
    await helper.sees("Du angret at spørsmålet skulle lukkes.")
    typed = helper.page.get_by_label("Svaret i korte trekk").last
    await expect(typed).to_have_value("Vaktmesteren ordner maskinen.")
    await helper.press("Marker som løst")
    await helper.sees("Spørsmålet blir lukket om 10 sekunder.")
    await helper.close()
    await asker.sees_no("Vaktmesteren ordner maskinen.")
    await heia.restart()
    await asker.sees("Vaktmesteren ordner maskinen.")
    await asker.sees("Løste det seg?")
    await asker.close()


async def test_an_asker_is_warned_edits_and_sends_anyway(browser: Browser, heia: Program) -> None:
    asker = await Chat.open(browser, heia.url, ASKER)
    first = await Chat.open(browser, heia.url, NEAREST)
    await asker.say(UNKNOWN)
    await asker.press("Ja, spør en kollega")
    await asker.fill("Dette blir sendt", "passordet mitt er Sommer2024!")
    await asker.press_in_log("Send")
    await asker.sees("Vil du se over teksten før den sendes?")
    await asker.press_in_log("Rediger")
    await asker.fill("Dette blir sendt", "Eleven Ola Nordmann i 7B er låst ute")
    await asker.press_in_log("Send")
    await asker.sees("Det ser ut som teksten handler om en elev eller et barn som kan kjennes igjen.")
    await first.sees_no("Sommer2024!")
    await first.sees_no("Ola Nordmann")
    await asker.press_in_log("Send likevel")
    await first.sees("Eleven Ola Nordmann i 7B er låst ute")
    await first.sees_no("Vil du se over teksten")
    for chat in (asker, first):
        await chat.close()


async def test_an_asker_in_teams_and_an_ambassador_on_the_web(browser: Browser, heia: Program) -> None:
    helper = await Chat.open(browser, heia.url, NEAREST)
    async with playing(bot=heia.messages, port=free_port()) as teams:
        await teams.say(UNKNOWN)
        await teams.press(await teams.next_card("handoff.start"), "handoff.start")
        preview = await teams.next_card("handoff.send")
        await teams.press(preview, "handoff.send", question="Kaffemaskinen brummer. Hvem ringer vi?")
        await helper.sees("Kaffemaskinen brummer. Hvem ringer vi?")
        await helper.press("Jeg tar den")
        await teams.next_text("har tatt spørsmålet ditt")
        await helper.say("Ring vaktmesteren på 99.")
        await teams.next_text("Ring vaktmesteren på 99.")
        await teams.say("Takk skal du ha!")
        await helper.sees("Takk skal du ha!")
        await helper.press("Løst")
        await helper.fill("Svaret i korte trekk", "Vaktmesteren ordner maskinen.")
        await helper.press("Marker som løst")
        await teams.press(await teams.next_card("handoff.confirm"), "handoff.confirm")
        await helper.sees("sier at det hjalp")
    await helper.close()


async def test_an_asker_on_the_web_and_an_ambassador_in_teams(browser: Browser, heia: Program) -> None:
    asker = await Chat.open(browser, heia.url, ASKER)
    async with playing(bot=heia.messages, port=free_port()) as teams:
        await teams.say_as("21", "hei")
        await teams.next()
        await asker.say(UNKNOWN)
        await asker.press("Ja, spør en kollega")
        await asker.press_in_log("Send")
        await teams.press_as("21", await teams.next_card("handoff.accept"), "handoff.accept")
        await asker.sees("har tatt spørsmålet ditt")
        await teams.say_as("21", "Hvilken maskin er det?")
        await asker.sees("Hvilken maskin er det?")
        await asker.say("Den i tredje etasje")
        await teams.next_text("Den i tredje etasje")
    await asker.close()


async def test_a_handoff_survives_the_program_being_killed_at_every_step(browser: Browser, heia: Program) -> None:
    asker = await Chat.open(browser, heia.url, ASKER)
    helper = await Chat.open(browser, heia.url, NEAREST)
    await asker.say(UNKNOWN)
    await asker.press("Ja, spør en kollega")
    await asker.press_in_log("Send")
    await asker.sees("Sendt til Ambassadør Helse Nord 1")
    await heia.restart()
    await helper.press("Jeg tar den")
    await asker.sees("har tatt spørsmålet ditt")
    await heia.restart()
    await helper.say("Er du der ennå?")
    await asker.sees("Er du der ennå?")
    await heia.restart()
    await asker.say("Ja, her er jeg")
    await helper.sees("Ja, her er jeg")
    await asker.sees_once("Er du der ennå?")
    await helper.sees_once("Ja, her er jeg")
    await asker.close()
    await helper.close()
