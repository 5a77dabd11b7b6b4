"""The frame of the desk in a browser: by keyboard, on a small screen, in the dark, on paper."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect

from dialogs.core.person import Role
from dialogs.handoff.model import Handoff
from knowledge.article.article import Language
from tests.e2e.browser.axe import unfit, violations
from tests.e2e.browser.desk_stage import DeskStage


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    stage = DeskStage()
    await stage.start()
    yield stage
    await stage.stop()


async def test_a_keyboard_leads_past_the_navigation_and_changes_the_language(desk: DeskStage, page: Page) -> None:
    admin = await desk.holder_of(Role.ADMIN)
    await page.goto(f"{desk.desk}?as={admin.id}")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()
    await page.get_by_role("button", name="English").press("Enter")
    await expect(page.get_by_role("status")).to_be_visible()
    await expect(page.get_by_role("heading", name="Start", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="You are signed out of Heia")).to_be_visible()
    await page.get_by_role("link", name="Sign in again").click()
    await expect(page.get_by_role("heading", name="Her stoppet det")).to_be_visible()


async def test_the_frame_meets_wcag_and_fits(desk: DeskStage, page: Page) -> None:
    admin = await desk.holder_of(Role.ADMIN)
    for path in (f"?as={admin.id}", "/none"):
        await page.goto(f"{desk.desk}{path}")
        assert await unfit(page) == []


async def test_work_is_decided_with_the_second_press_from_the_start_page(desk: DeskStage, page: Page) -> None:
    contact = await desk.holder_of(Role.CONTACT)
    at = desk.clock.now()
    asked = Handoff(
        id="handoff-1",
        asker_id="asker",
        municipality_id=contact.municipality_id or "",
        unit_id=contact.unit_id or "",
        language=Language.NB,
        question="Hvem?",
        created_at=at,
        changed_at=at,
    )
    await desk.put(asked.promise(at).escalate((contact.id,), at, until=at))
    await page.goto(f"{desk.desk}?as={contact.id}")
    section = page.get_by_role("region", name="Ett spørsmål venter på deg")
    await expect(section.get_by_text("over fristen", exact=True)).to_be_visible()
    await expect(page.get_by_role("link", name="Åpne spørsmål 1 venter")).to_be_visible()
    assert await unfit(page) == []
    await section.get_by_role("link").click()
    await expect(page.get_by_role("button", name="Ta spørsmålet")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_role("button", name="Ta spørsmålet").click()
    await expect(page.get_by_role("status").get_by_role("link", name="Til samtalen")).to_be_visible()
    await page.goto(desk.desk)
    await expect(page.get_by_role("link", name="Åpne spørsmål 1 venter")).to_be_visible()


async def test_one_search_finds_from_every_page(desk: DeskStage, page: Page) -> None:
    editor = await desk.holder_of(Role.EDITOR)
    await page.goto(f"{desk.desk}/articles?as={editor.id}")
    await page.get_by_role("searchbox", name="Hva leter du etter?").fill("passord")
    await page.get_by_role("searchbox", name="Hva leter du etter?").press("Enter")
    await expect(page.get_by_role("heading", name="Finn på arbeidsbenken")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_role("link", name="Hvordan bytter jeg passord?").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("passord")


async def test_the_next_page_points_right_and_the_previous_left(desk: DeskStage, page: Page) -> None:
    editor = await desk.holder_of(Role.EDITOR)
    await page.goto(f"{desk.desk}/articles?as={editor.id}")
    turned = "each => getComputedStyle(each, '::before').rotate"
    assert await page.get_by_role("link", name="Neste side").evaluate(turned) in {"0deg", "none"}
    await page.get_by_role("link", name="Neste side").click()
    await expect(page.get_by_role("link", name="Forrige side")).to_be_visible()
    assert await page.get_by_role("link", name="Forrige side").evaluate(turned) == "180deg"


async def test_the_menu_folds_on_a_small_screen_and_opens_by_keyboard(desk: DeskStage, page: Page) -> None:
    admin = await desk.holder_of(Role.ADMIN)
    await page.set_viewport_size({"width": 320, "height": 740})
    await page.goto(f"{desk.desk}/people?as={admin.id}")
    way = page.get_by_role("navigation", name="Sider", exact=True).get_by_role("link", name="Dekning")
    await expect(way).to_have_count(0)
    heading = page.get_by_role("heading", level=1)
    assert await heading.evaluate("each => each.getBoundingClientRect().top") < 740 / 6
    await page.get_by_text("Meny", exact=True).press("Enter")
    await expect(way).to_be_visible()
    assert await violations(page) == []
    await way.click()
    await expect(heading).to_have_text("Dekning")
    cell = page.get_by_role("cell").first
    assert await cell.evaluate("each => getComputedStyle(each, '::before').content") != "none"
    assert await page.evaluate(
        "[...document.querySelectorAll('.desk-scroll')].every(e => e.scrollWidth <= e.clientWidth)"
    )


async def test_the_chat_leads_to_the_desk_and_back(desk: DeskStage, page: Page) -> None:
    admin = await desk.holder_of(Role.ADMIN)
    await page.goto(f"{desk.url}?as={admin.id}")
    await page.get_by_role("link", name="Arbeidsbenken").click()
    await expect(page.get_by_role("heading", name="Forside")).to_be_visible()
    await page.get_by_role("link", name="Til samtalen").click()
    await expect(page.get_by_label("Skriv til Heia")).to_be_visible()
