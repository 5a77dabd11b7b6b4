"""A screenshot on its way: from page to page, from a page into Teams and back, and gone with its owner's data."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Locator, expect

from tests.e2e.browser.axe import violations
from tests.e2e.chat import PATIENCE_MS, Chat
from tests.e2e.forked import program
from tests.e2e.playground.client import Json, Playground, playing
from tests.e2e.program import Program, free_port
from tests.sentences import UNKNOWN
from tests.unit.images.pictures import drawn, file_of, noise, opened

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKER, NEAREST, ELSEWHERE = "p020", "p021", "p025"


@pytest_asyncio.fixture(loop_scope="session")
async def heia(tmp_path: Path) -> AsyncIterator[Program]:
    async with program(tmp_path) as started:
        yield started


def kept(heia: Program) -> list[str]:
    """Return the files of images the program keeps."""
    folder = heia.folder / "data" / "images"
    return sorted(file.name for file in folder.iterdir()) if folder.is_dir() else []


async def attach(chat: Chat, *files: tuple[str, bytes]) -> None:
    """Choose files as the person does, and wait until they are uploaded."""
    given: list[Any] = [{"name": name, "mimeType": "image/png", "buffer": body} for name, body in files]
    async with chat.page.expect_file_chooser() as chosen:
        await chat.page.get_by_role("button", name="Legg ved bilde").click()
    await (await chosen.value).set_files(given)


async def shows(picture: Locator, width: int) -> None:
    """Wait until a picture is drawn, this many pixels wide."""
    await expect(picture).to_be_visible(timeout=PATIENCE_MS)
    await expect(picture).to_have_js_property("naturalWidth", width, timeout=PATIENCE_MS)


def pictures(chat: Chat) -> Locator:
    return chat.log.locator("img.picture")


async def test_a_screenshot_goes_with_the_question_and_an_answer_comes_back_with_one(
    browser: Browser, heia: Program
) -> None:
    asker = await Chat.open(browser, heia.url, ASKER)
    helper = await Chat.open(browser, heia.url, NEAREST)
    stranger = await Chat.open(browser, heia.url, ELSEWHERE)
    await attach(asker, ("skjerm.png", file_of(drawn(500, 300))))
    await asker.say(UNKNOWN)
    await shows(pictures(asker).first, 500)
    await asker.sees("Bilder kan jeg ikke lese")
    await asker.press("Ja, spør en kollega")
    await shows(pictures(asker).last, 500)
    assert not await asker.page.get_by_label("Send bildet med").is_checked()
    await asker.sees("De kan vise mennesker")
    await asker.page.get_by_label("Send bildet med").check()
    await asker.press_in_log("Send")
    await helper.sees("Et bilde følger med")
    await expect(pictures(helper)).to_have_count(0)
    await helper.press("Jeg tar den")
    await shows(pictures(helper).first, 500)
    await attach(helper, ("svar.png", file_of(drawn(300, 200))))
    await helper.say("Slik skal det se ut")
    await asker.sees("Slik skal det se ut")
    await shows(pictures(asker).last, 300)
    await asker.page.reload()
    await expect(pictures(asker)).to_have_count(2)
    await shows(pictures(asker).first, 500)
    await shows(pictures(asker).last, 300)
    await expect(pictures(stranger)).to_have_count(0)
    assert len(kept(heia)) == 2
    for chat in (asker, helper, stranger):
        await chat.close()


PASTE = """([bytes, type]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "image.png", { type }));
  const words = document.getElementById("words");
  words.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""
DROP = """([bytes, type]) => {
  const data = new DataTransfer();
  data.items.add(new File([new Uint8Array(bytes)], "slept.png", { type }));
  for (const kind of ["dragover", "drop"]) {
    document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


async def test_an_image_can_be_pasted_dropped_taken_back_and_sent_alone(browser: Browser, heia: Program) -> None:
    asker = await Chat.open(browser, heia.url, ASKER)
    await asker.sees("Hei")
    attached = asker.page.locator("#attached li")
    await asker.page.evaluate(PASTE, [list(file_of(drawn(200, 100))), "image/png"])
    await asker.page.evaluate(DROP, [list(file_of(drawn(120, 90))), "image/png"])
    await expect(attached).to_have_count(2)
    await expect(attached.locator("progress")).to_have_count(0)
    assert len(kept(heia)) == 2
    assert await violations(asker.page) == []
    await asker.page.get_by_role("button", name="Fjern slept.png").press("Enter")
    await expect(attached).to_have_count(1)
    await expect(asker.page.locator("#words")).to_be_focused()
    await asker.page.locator("#send").click()
    await asker.sees("Bilder kan jeg ikke lese, men en kollega kan")
    await shows(pictures(asker).first, 200)
    assert len(kept(heia)) == 1
    await asker.log.locator(".frame").first.press("Enter")
    viewer = asker.page.locator("#viewer")
    await expect(viewer).to_be_visible()
    assert await violations(asker.page) == []
    await asker.page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()
    await asker.close()


async def test_what_heia_does_not_take_is_said_and_nothing_is_kept(browser: Browser, heia: Program) -> None:
    asker = await Chat.open(browser, heia.url, ASKER)
    await asker.sees("Hei")
    fault = asker.page.locator("#fault")
    await attach(asker, ("regning.png", b"MZ" + bytes(2000)))
    await expect(fault).to_contain_text("Heia tar bare imot bilder")
    await attach(asker, ("stort.png", file_of(drawn())[:8] + bytes(11 * 1024 * 1024)))
    await expect(fault).to_contain_text("Bildet er for stort")
    await attach(asker, *((f"{n}.png", file_of(drawn())) for n in range(5)))
    await expect(fault).to_contain_text("mange bilder")
    await expect(asker.page.locator("#attached li")).to_have_count(4)
    assert not [line for line in heia.log.splitlines() if "error" in line.lower()]
    await asker.close()


async def test_a_message_sent_while_its_image_is_on_the_way_waits_for_it(browser: Browser, heia: Program) -> None:
    asker = await Chat.open(browser, heia.url, ASKER)
    await asker.sees("Hei")
    await asker.page.route("**/chat/images", _late)
    await attach(asker, ("skjerm.png", file_of(drawn(500, 300))))
    await asker.say("hvorfor virker ikke dette her?")
    await expect(asker.page.locator("#fault")).to_contain_text("Meldingen sendes når det er klart")
    await asker.sees("kan du sende bildet med")
    await shows(pictures(asker).first, 500)
    await asker.close()


async def _late(route: Any) -> None:
    await asyncio.sleep(1.5)
    await route.continue_()


async def test_deleting_ones_data_takes_the_image_from_the_disk_and_from_the_colleagues_page(
    browser: Browser, heia: Program
) -> None:
    asker = await Chat.open(browser, heia.url, ASKER)
    helper = await Chat.open(browser, heia.url, NEAREST)
    await attach(asker, ("skjerm.png", file_of(drawn(500, 300))))
    await asker.say(UNKNOWN)
    await asker.press("Ja, spør en kollega")
    await asker.page.get_by_label("Send bildet med").check()
    await asker.press_in_log("Send")
    await helper.press("Jeg tar den")
    await shows(pictures(helper).first, 500)
    # Words written before the page says who reads along would have to be sent twice.
    await asker.sees("Det du skriver her nå, går til")
    await asker.say("mine data")
    await asker.sees("Bilder som er sendt")
    await asker.press("Slett …")
    await asker.press("Slett nå")
    await expect(pictures(helper)).to_have_count(0, timeout=PATIENCE_MS)
    async with asyncio.timeout(10):
        while kept(heia):  # noqa: ASYNC110 - the program is another process
            await asyncio.sleep(0.1)
    await asker.close()
    await helper.close()


# Teams


@asynccontextmanager
async def attic(body: bytes) -> AsyncIterator[str]:
    """Keep a pasted image where Teams would: at the service, one request away."""

    async def give(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="image/png")

    app = web.Application()
    app.router.add_get("/v3/attachments/{id}/views/original", give)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v3/attachments/0-eu-d1/views/original"
    finally:
        await runner.cleanup()


async def carried(teams: Playground, text: str) -> list[Json]:
    """Return the attachments of the newest message in which ``text`` stands, as the bot sent it to Teams."""
    found: list[Json] = []
    async with asyncio.timeout(15):
        while not found:
            await asyncio.sleep(0.05)
            bodies = [entry.get("log", {}).get("request", {}).get("body") for entry in teams.log]
            found = [body for body in bodies if isinstance(body, dict) and text in json.dumps(body, ensure_ascii=False)]
    attachments: list[Json] = found[-1]["attachments"]
    return attachments


def inline(attachments: list[Json]) -> bytes:
    """Return the image a message in Teams carries inside."""
    [card] = attachments
    [url] = [each["url"] for each in card["content"]["body"] if each["type"] == "Image"]
    return base64.b64decode(url.partition(";base64,")[2])


async def test_from_the_web_into_teams_and_back(browser: Browser, heia: Program) -> None:
    asker = await Chat.open(browser, heia.url, ASKER)
    async with playing(bot=heia.messages, port=free_port()) as teams, attic(file_of(drawn(260, 130))) as pasted:
        await teams.say_as("21", "hei")
        await teams.next()
        await attach(asker, ("skjerm.png", file_of(drawn(500, 300))))
        await asker.say(UNKNOWN)
        await asker.press("Ja, spør en kollega")
        await asker.page.get_by_label("Send bildet med").check()
        await asker.press_in_log("Send")
        await teams.press_as("21", await teams.next_card("handoff.accept"), "handoff.accept")
        assert opened(inline(await carried(teams, "sendte med spørsmålet"))).size == (500, 300)
        await asker.sees("har tatt spørsmålet ditt")
        await attach(asker, ("stort.png", file_of(noise(60, 40).resize((1600, 1000)))))
        await asker.say("Og slik ser det ut nå")
        reduced = await carried(teams, "Og slik ser det ut nå")
        assert len(inline(reduced)) <= 60_000
        assert "Bildet er forminsket" in str(reduced)
        await attach(asker, ("umulig.png", file_of(noise(1600, 1600))))
        await asker.say("Ser du dette?")
        [told] = await carried(teams, "Ser du dette?")
        assert "for stort til å vises her" in str(told)
        image = {"contentType": "image/*", "contentUrl": pasted}
        await teams.raw("21", {"text": "slik skal det være", "attachments": [image]})
        await asker.sees("slik skal det være")
        await shows(pictures(asker).last, 260)
        await teams.raw("21", {"text": "", "attachments": [{**image, "contentUrl": "https://attacker.example/x.png"}]})
        await teams.next_text("kan jeg ikke hente")
    await asker.close()


async def test_somebody_in_teams_sends_an_image_to_nobody_and_goes_on_to_a_colleague(
    browser: Browser, heia: Program
) -> None:
    helper = await Chat.open(browser, heia.url, NEAREST)
    async with playing(bot=heia.messages, port=free_port()) as teams, attic(file_of(drawn(260, 130))) as pasted:
        await teams.raw("20", {"text": "", "attachments": [{"contentType": "image/*", "contentUrl": pasted}]})
        await teams.press(await teams.next_card("handoff.start"), "handoff.start")
        preview = await teams.next_card("handoff.send")
        assert opened(inline(await carried(teams, "Send bildet med"))).size == (260, 130)
        await teams.press(preview, "handoff.send", question="Hva betyr denne feilen?", images="true")
        await helper.press("Jeg tar den")
        await shows(pictures(helper).first, 260)
    await helper.close()
