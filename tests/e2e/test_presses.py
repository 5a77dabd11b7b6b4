"""The presses and words that daily tasks cost, counted in a browser: on a large screen, and on a phone.

A press is a click, a tap or Enter; a choice in a list that unfolds is two. Where nothing may be scrolled, a
control is pressed only once it is in sight.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, ViewportSize, expect

from tests.e2e.chat import PATIENCE_MS, Chat
from tests.e2e.forked import program
from tests.e2e.program import Program
from tests.sentences import UNKNOWN

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKER, HELPER, REVIEWER, EDITOR = "p020", "p021", "p206", "p291"
LARGE: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 390, "height": 740}
SCREENS = pytest.mark.parametrize("screen", [LARGE, PHONE], ids=["large", "phone"])
# What lies below the edge, or under the bar that sticks to it, is not the topmost element at its own middle.
IN_SIGHT = """element => {
    const box = element.getBoundingClientRect();
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return top !== null && (element.contains(top) || top.contains(element));
}"""


@dataclass
class Task:
    """A person at a page, whose presses and words are counted."""

    chat: Chat
    presses: int = 0
    words: int = 0

    @classmethod
    async def begin(cls, browser: Browser, url: str, person_id: str, screen: ViewportSize) -> "Task":
        chat = await Chat.open(browser, url, person_id)
        await chat.page.emulate_media(reduced_motion="reduce")
        await chat.page.set_viewport_size(screen)
        return cls(chat)

    def button(self, name: str) -> Locator:
        """The newest button with this title in the conversation."""
        return self.chat.log.get_by_role("button", name=name, exact=True).last

    async def press(self, control: Locator, *, anywhere: bool = False) -> None:
        """Press what is in sight; ``anywhere`` allows scrolling to it."""
        await control.wait_for()
        if not anywhere:
            async with asyncio.timeout(PATIENCE_MS / 1000):
                # Asked anew each time, because a card may be replaced meanwhile.
                while not await control.evaluate(IN_SIGHT):
                    await self.chat.page.wait_for_timeout(50)
        await control.click()
        self.presses += 1

    async def write(self, field: Locator, text: str) -> None:
        await field.fill(text)
        self.words += len(text.split())

    async def send(self, field: Locator) -> None:
        await field.press("Enter")
        self.presses += 1


@pytest_asyncio.fixture(loop_scope="session")
async def heia(tmp_path: Path) -> AsyncIterator[Program]:
    async with program(tmp_path) as started:
        yield started


async def asked(browser: Browser, heia: Program, screen: ViewportSize) -> Task:
    """Ask a colleague what no article answers."""
    task = await Task.begin(browser, heia.url, ASKER, screen)
    box = task.chat.page.locator("#words")
    await task.write(box, UNKNOWN)
    await task.send(box)
    await task.press(task.button("Ja, spør en kollega"), anywhere=True)
    await task.press(task.button("Send"), anywhere=True)
    await task.chat.sees("Sendt til Ambassadør Helse Nord 1")
    return task


@SCREENS
async def test_an_unknown_question_goes_to_a_colleague_with_the_third_press(
    browser: Browser, heia: Program, screen: ViewportSize
) -> None:
    task = await asked(browser, heia, screen)
    assert (task.presses, task.words) == (3, len(UNKNOWN.split()))


@SCREENS
async def test_a_question_is_taken_answered_and_closed_with_the_third_press_without_scrolling(
    browser: Browser, heia: Program, screen: ViewportSize
) -> None:
    asker = await asked(browser, heia, screen)
    task = await Task.begin(browser, heia.url, HELPER, screen)
    await task.press(task.button("Jeg tar den"))
    await task.press(task.button("Løst"))
    await task.write(task.chat.page.get_by_label("Svaret i korte trekk").last, "Den står ved inngang B.")
    await task.press(task.button("Marker som løst"))
    await asker.chat.sees("Den står ved inngang B.")
    assert (task.presses, task.words) == (3, 5)


@SCREENS
async def test_a_question_is_passed_on_with_the_third_press(
    browser: Browser, heia: Program, screen: ViewportSize
) -> None:
    await asked(browser, heia, screen)
    task = await Task.begin(browser, heia.url, HELPER, screen)
    await task.press(task.button("Gi videre"))
    await task.press(task.chat.log.get_by_role("radio").first)
    await task.press(task.button("Gi videre"), anywhere=True)
    await task.chat.sees("Spørsmålet blir gitt videre om 10 sekunder.")
    assert (task.presses, task.words) == (3, 0)


async def test_an_article_is_corrected_in_three_languages_with_the_fourth_press(
    browser: Browser, heia: Program
) -> None:
    task = await Task.begin(browser, heia.url, EDITOR, LARGE)
    page = task.chat.page
    await page.goto(f"{heia.url}/desk?as={EDITOR}")
    search = page.get_by_role("searchbox", name="Hva leter du etter?")
    await task.write(search, "passord")
    await task.send(search)
    await task.press(page.get_by_role("link", name="Hvordan bytter jeg passord?", exact=True))
    for language in ("nb", "nn", "en"):
        await task.write(page.locator(f"#answer_{language}"), "**Ctrl + Alt + Delete**.")
    await task.press(page.get_by_role("button", name="Lagre utkast"), anywhere=True)
    await task.press(page.get_by_role("button", name="Publiser nå"), anywhere=True)
    await expect(page.get_by_role("status")).to_contain_text("er publisert")
    assert task.presses == 4


@SCREENS
async def test_a_waiting_application_is_decided_with_the_second_press_from_the_start_page(
    browser: Browser, heia: Program, screen: ViewportSize
) -> None:
    task = await Task.begin(browser, heia.url, REVIEWER, screen)
    page = task.chat.page
    await page.goto(f"{heia.url}/desk?as={REVIEWER}")
    await task.press(page.locator("main th a").first)
    await task.press(page.get_by_role("button", name="Godkjenn", exact=True), anywhere=True)
    await expect(page.get_by_role("status").first).to_be_visible()
    assert (task.presses, task.words) == (2, 0)
