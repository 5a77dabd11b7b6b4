"""The pictures of the front page, taken from the demo. Run as a module, or by ``make pictures``."""

import asyncio
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from PIL import Image, ImageChops
from playwright.async_api import Browser, Page, ViewportSize

from tests.e2e.chat import Chat
from tests.e2e.chromium import chromium
from tests.e2e.program import program
from tests.needs import CHROMIUM, found, sentence
from tests.sentences import UNKNOWN

FOLDER: Final = Path(__file__).parents[1] / "docs/pictures"
NAMES: Final = ("chat", "ambassador", "desk")
ASKER, HELPER, CONTACT = "p020", "p021", "p024"
SIZE: Final[ViewportSize] = {"width": 960, "height": 900}
COLOURS: Final = 96
# A time of day changes less than this share of a picture.
SHARE_OF_TIMES: Final = 0.001
# What a palette may do to a colour, of 255.
PALETTE_STEP: Final = 40


async def take_pictures(browser: Browser, url: str, folder: Path) -> None:
    """Walk from a question to its helper and to the desk; write a picture of each into the folder."""
    asker = await _open_chat(browser, url, ASKER)
    await asker.say("hvorfor får vi ikke office 365?")
    await asker.sees("Det hjalp")
    write_picture(await taken(asker.page), folder / "chat.png")
    await asker.say(UNKNOWN)
    await asker.press("Ja, spør en kollega")
    await asker.press_in_log("Send")
    helper = await _open_chat(browser, url, HELPER)
    await helper.press("Jeg tar den")
    await asker.sees("har tatt spørsmålet ditt")
    await helper.say("Den står i boden ved inngang B. Vaktmesteren har nøkkelen.")
    await asker.sees("inngang B")
    await asker.say("Tusen takk, der var den!")
    await helper.sees("Tusen takk, der var den!")
    write_picture(await taken(helper.page), folder / "ambassador.png")
    contact = await _open_chat(browser, url, CONTACT)
    await contact.page.goto(f"{url}/desk?as={CONTACT}")
    write_picture(await taken(contact.page), folder / "desk.png")
    for chat in (asker, helper, contact):
        await chat.close()


async def _open_chat(browser: Browser, url: str, person_id: str) -> Chat:
    chat = await Chat.open(browser, url, person_id, scale=2)
    await chat.page.set_viewport_size(SIZE)
    await chat.page.emulate_media(reduced_motion="reduce")
    return chat


async def taken(page: Page) -> Image.Image:
    """Return what the page shows, in few colours."""
    shot = await page.screenshot(animations="disabled", caret="hide")
    return Image.open(BytesIO(shot)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)


def write_picture(picture: Image.Image, file: Path) -> None:
    """Write a picture, unless the file shows the same but for times of day."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if file.exists():
        with Image.open(file) as kept:
            if looks_like(kept, picture):
                return
    picture.save(file, optimize=True)


def looks_like(before: Image.Image, after: Image.Image) -> bool:
    """Return whether two pictures differ in no more than times of day."""
    if before.size != after.size:
        return False
    difference = ImageChops.difference(before.convert("RGB"), after.convert("RGB")).convert("L")
    changed = sum(difference.histogram()[PALETTE_STEP:])
    return changed <= SHARE_OF_TIMES * before.width * before.height


async def _main() -> None:
    path = found(CHROMIUM)
    if path is None:
        sys.exit(sentence([CHROMIUM]))
    with TemporaryDirectory() as data:
        async with program(Path(data)) as heia, chromium(path) as browser:
            await take_pictures(browser, heia.url, FOLDER)


if __name__ == "__main__":
    asyncio.run(_main())
