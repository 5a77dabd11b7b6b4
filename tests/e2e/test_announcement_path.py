"""An announcement reaches exactly those it concerns, is corrected where it stands, and can be taken back."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.e2e.chat import Chat
from tests.e2e.forked import program
from tests.e2e.playground.client import playing
from tests.e2e.program import Program, free_port

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNOUNCER, READER, NYNORSK_READER, ELSEWHERE = "p023", "p020", "p028", "p025"


@pytest_asyncio.fixture(loop_scope="session")
async def heia(tmp_path: Path) -> AsyncIterator[Program]:
    async with program(tmp_path) as started:
        yield started


async def write(announcer: Chat, title: str, text: str) -> None:
    """Write an announcement to everybody in Nes, up to the preview."""
    await announcer.say("ny kunngjøring")
    await announcer.fill("Overskrift (bokmål)", title)
    await announcer.fill("Tekst (bokmål)", text)
    await announcer.press("Se forhåndsvisning")
    await announcer.sees("Slik blir kunngjøringen")


async def test_an_announcement_is_sent_corrected_and_recalled_on_the_web(browser: Browser, heia: Program) -> None:
    announcer = await Chat.open(browser, heia.url, ANNOUNCER)
    reader = await Chat.open(browser, heia.url, READER)
    stranger = await Chat.open(browser, heia.url, ELSEWHERE)
    await write(announcer, "Digitalt Vindu er nede", "Vi er i gang med å rette feilen.")
    await announcer.press_starting("Send til ")
    await reader.sees("Vi er i gang med å rette feilen.")
    await announcer.press("Rett teksten")
    await announcer.fill("Tekst (bokmål)", "Feilen er rettet klokka ti.")
    await announcer.press("Oppdater hos alle")
    await announcer.press("Ja, gjør det nå")
    await reader.sees("Feilen er rettet klokka ti.")
    await reader.sees_no("Vi er i gang med å rette feilen.")
    await announcer.press("Trekk tilbake")
    await announcer.press("Ja, trekk tilbake")
    await reader.sees_no("Feilen er rettet klokka ti.")
    await announcer.sees("Trukket tilbake")
    await stranger.sees_no("Digitalt Vindu er nede")
    for chat in (announcer, reader, stranger):
        await chat.close()


async def test_a_reader_in_teams_gets_it_and_its_correction_in_place(browser: Browser, heia: Program) -> None:
    announcer = await Chat.open(browser, heia.url, ANNOUNCER)
    async with playing(bot=heia.messages, port=free_port()) as teams:
        await teams.say("hei")
        await teams.next()
        await write(announcer, "Digitalt Vindu er nede", "Vi er i gang med å rette feilen.")
        await announcer.press_starting("Send til ")
        first = await teams.next_text("Vi er i gang med å rette feilen.")
        assert first["action"] == "createMessage"
        await announcer.press("Rett teksten")
        await announcer.fill("Tekst (bokmål)", "Feilen er rettet klokka ti.")
        await announcer.press("Oppdater hos alle")
        await announcer.press("Ja, gjør det nå")
        corrected = await teams.next_text("Feilen er rettet klokka ti.")
        assert corrected["action"] == "updateMessage"
        assert corrected["message"]["messageId"] == first["message"]["messageId"]
    await announcer.close()


async def test_an_announcement_under_way_survives_a_kill_and_reaches_everybody_once(
    browser: Browser, heia: Program
) -> None:
    announcer = await Chat.open(browser, heia.url, ANNOUNCER)
    reader = await Chat.open(browser, heia.url, READER)
    await write(announcer, "Nye skrivere", "De gamle hentes på fredag.")
    await announcer.press_starting("Send til ")
    await heia.restart()
    await reader.sees("De gamle hentes på fredag.")
    await reader.sees_once("De gamle hentes på fredag.")
    await announcer.sees("Sendt")
    await announcer.close()
    await reader.close()


async def test_whoever_may_not_announce_is_told_so(browser: Browser, heia: Program) -> None:
    reader = await Chat.open(browser, heia.url, READER)
    await reader.say("ny kunngjøring")
    await reader.sees("Bare kunngjørere kan sende kunngjøringer.")
    await reader.sees_no("Overskrift (bokmål)")
    await reader.close()


async def test_an_announcement_stands_in_a_teams_channel_too_and_is_corrected_there(
    browser: Browser, heia: Program
) -> None:
    async with playing(bot=heia.messages, port=free_port()) as teams:
        await teams.tell("23", "install", conversation=teams.channel)
        await teams.next_text("Hei, jeg er Heia!")
        announcer = await Chat.open(browser, heia.url, ANNOUNCER)
        await announcer.say("ny kunngjøring")
        await announcer.fill("Overskrift (bokmål)", "Digitalt Vindu er nede")
        await announcer.fill("Tekst (bokmål)", "Vi er i gang med å rette feilen.")
        await announcer.press("Flere valg")
        await announcer.page.get_by_label("Lag › Kanal").last.check()
        await announcer.press("Se forhåndsvisning")
        await announcer.sees("Legges også ut i 1 kanal: Lag › Kanal")
        await announcer.press_starting("Send til ")
        first = await teams.next_text("Vi er i gang med å rette feilen.")
        assert first["action"] == "createMessage"
        assert "Nevn meg med @" in str(first)
        await announcer.sees("lagt ut")
        await announcer.press("Rett teksten")
        await announcer.fill("Tekst (bokmål)", "Feilen er rettet klokka ti.")
        await announcer.press("Oppdater hos alle")
        await announcer.press("Ja, gjør det nå")
        corrected = await teams.next_text("Feilen er rettet klokka ti.")
        assert corrected["action"] == "updateMessage"
        assert corrected["message"]["messageId"] == first["message"]["messageId"]
        await teams.say("når kommer office 365?", conversation=teams.channel, mention=True)
        await teams.next_card("ask.helped")
        await announcer.close()


async def test_the_announcer_sees_the_curve_and_takes_the_recipients_along(browser: Browser, heia: Program) -> None:
    announcer = await Chat.open(browser, heia.url, ANNOUNCER)
    await write(announcer, "Kurs på torsdag", "Møt opp i kantina.")
    reader = await Chat.open(browser, heia.url, READER)
    await announcer.press_starting("Send til ")
    await reader.sees("Møt opp i kantina.")  # before the first delivery there is no curve
    await announcer.press("Vis rapport")
    await announcer.sees("Rapport: Kurs på torsdag")
    curve = announcer.page.get_by_alt_text("Kurve over hvor mange som har fått kunngjøringen, over tid")
    await announcer.page.wait_for_function("image => image.naturalWidth > 0", arg=await curve.element_handle())
    box = await curve.bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert box["height"] > 100
    async with announcer.page.expect_download() as pending:
        await announcer.press("Last ned mottakerne som regneark (CSV)")
    download = await pending.value
    assert download.suggested_filename.endswith(".csv")
    rows = (await download.path()).read_text("utf-8-sig").splitlines()
    assert rows[0].startswith("person_id,name,municipality")
    assert any(",sent,web," in row for row in rows[1:])
    await reader.close()
    await announcer.close()
