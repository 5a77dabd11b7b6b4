"""Notices on the screen: chosen by a press, empty, and only while nobody looks."""

from playwright.async_api import Page, expect

from dialogs.core.message import Message
from tests.e2e.browser.axe import violations
from tests.e2e.browser.stage import Stage

ME = "ansatt-1"
# A browser whose answer and whose notices the test sees. Headless Chromium shows none.
BROWSER = """
window.raised = [];
window.away = false;
window.Notification = class extends EventTarget {
  static permission = "default";
  static async requestPermission() { return (this.permission = window.allows); }
  constructor(title, options) { super(); window.raised.push([title, options.body, options.tag]); }
  close() {}
};
Object.defineProperty(document, "hidden", { get: () => window.away });
"""


async def opened(stage: Stage, page: Page, *, allows: str) -> None:
    await page.add_init_script(f"window.allows = {allows!r};{BROWSER}")
    await page.goto(f"{stage.url}?as={ME}")
    await expect(page.get_by_label("Skriv til Heia")).to_be_visible()


async def comes(stage: Stage, page: Page, number: int, *, away: bool) -> None:
    """Let a message come while the page is in the background or not."""
    await expect(page.get_by_label("Skriv til Heia")).to_be_visible()
    await page.evaluate("(away) => (window.away = away)", away)
    await stage.post(ME, f"text-{number}", Message(text=f"Kari Nordmann spør om lønn {number}"))
    await expect(page.get_by_text(f"Kari Nordmann spør om lønn {number}").first).to_be_visible()


async def test_a_chosen_notice_says_nothing_and_comes_only_while_the_page_is_away(stage: Stage, page: Page) -> None:
    await opened(stage, page, allows="granted")
    await comes(stage, page, 1, away=True)
    assert await page.evaluate("window.raised") == []
    assert await page.title() == "Heia"
    await page.get_by_role("button", name="Varsle på skjermen", pressed=False).click()
    await expect(page.get_by_role("button", name="Varsle på skjermen", pressed=True)).to_be_visible()
    await comes(stage, page, 2, away=False)
    assert await page.evaluate("window.raised") == []
    await comes(stage, page, 3, away=True)
    assert await page.evaluate("window.raised") == [["Heia", "Noe venter på deg.", "heia"]]
    assert await page.title() == "(2) Heia"
    await page.get_by_role("button", name="Varsle på skjermen").click()
    await expect(page.get_by_role("button", name="Varsle på skjermen", pressed=False)).to_be_visible()
    await comes(stage, page, 4, away=True)
    assert len(await page.evaluate("window.raised")) == 1
    assert await violations(page) == []


async def test_a_browser_that_refuses_is_explained(stage: Stage, page: Page) -> None:
    await opened(stage, page, allows="denied")
    await page.get_by_role("button", name="Varsle på skjermen").click()
    await expect(page.get_by_text("Nettleseren tillater ikke varsler fra Heia")).to_be_visible()
    await expect(page.get_by_role("button", name="Varsle på skjermen", pressed=False)).to_be_visible()
    await comes(stage, page, 1, away=True)
    assert await page.evaluate("window.raised") == []
