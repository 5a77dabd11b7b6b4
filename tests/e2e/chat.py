"""A person at the web chat, in a real browser."""

import re

from playwright.async_api import Browser, Locator, Page, expect

PATIENCE_MS = 30_000


class Chat:
    """One person's page. What they see is looked for in the conversation alone."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @classmethod
    async def open(cls, browser: Browser, url: str, person_id: str, *, scale: int = 1) -> "Chat":
        """Open the chat as a sample person, in a browser window of their own."""
        context = await browser.new_context(
            locale="nb-NO", viewport={"width": 900, "height": 900}, device_scale_factor=scale
        )
        context.set_default_timeout(PATIENCE_MS)
        page = await context.new_page()
        await page.goto(f"{url}/chat?as={person_id}")
        return cls(page)

    async def close(self) -> None:
        await self.page.context.close()

    @property
    def log(self) -> Locator:
        return self.page.locator("#log")

    async def say(self, text: str) -> None:
        """Write and send."""
        box = self.page.locator("form.composer textarea")
        await box.fill(text)
        await box.press("Enter")

    async def press(self, title: str) -> None:
        """Press the newest button with this title."""
        await self.page.get_by_role("button", name=title, exact=True).last.click()

    async def press_starting(self, start: str) -> None:
        """Press the newest button of the conversation whose title begins so."""
        await self.log.get_by_role("button", name=re.compile(f"^{re.escape(start)}")).last.click()

    async def press_in_log(self, title: str) -> None:
        """Press the newest button of the conversation; the page has one with the same title."""
        await self.log.get_by_role("button", name=title, exact=True).last.click()

    async def named_in(self, start: str) -> str:
        """Return what stands between ``start`` and the next comma in the newest text that has it."""
        text = await self.log.get_by_text(start).last.inner_text()
        return text.split(start, 1)[1].split(",", 1)[0]

    async def fill(self, label: str, text: str) -> None:
        """Write into the newest field whose label begins so."""
        await self.page.get_by_label(re.compile(rf"^{re.escape(label)}")).last.fill(text)

    async def choose(self, label: str, title: str) -> None:
        """Choose in the newest list with this label."""
        await self.page.get_by_label(label).last.select_option(label=title)

    async def sees(self, text: str) -> None:
        """Wait until the conversation shows this text."""
        await expect(self.log.get_by_text(text).last).to_be_visible(timeout=PATIENCE_MS)

    async def sees_no(self, text: str) -> None:
        """Check that the conversation shows this text nowhere."""
        await expect(self.log.get_by_text(text)).to_have_count(0, timeout=PATIENCE_MS)

    async def sees_once(self, text: str) -> None:
        """Check that the conversation shows this text exactly once."""
        await expect(self.log.get_by_text(text, exact=True)).to_have_count(1, timeout=PATIENCE_MS)

    async def shot(self, file: str) -> None:
        """Keep a picture of the page."""
        await self.page.screenshot(path=file)
