"""A screenshot on its way: from one page to another, from a page into Teams and back, and gone with its owner's data."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, expect

from tests.e2e.chat import PATIENCE_MS, Chat
from tests.e2e.program import Program, program
from tests.unit.images.pictures import drawn, file_of, noise

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKER, NEAREST, ELSEWHERE = "p020", "p021", "p025"
UNKNOWN = "kaffemaskinen på hjørnet brummer så rart"


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
    await picture.evaluate("image => image.decode()")
    assert await picture.evaluate("image => image.naturalWidth") == width


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
    assert await asker.page.get_by_label("Send bildet med").is_checked()
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
