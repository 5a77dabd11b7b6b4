"""What was written on the desk and not sent: after an ended session, in this tab, and for another person."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from dialogs.core.person import Person, Role
from dialogs.editing.model import ArticleHead
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage
from tests.sessions import end_all_sessions

ARTICLE = "/articles/password-change"


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    stage = DeskStage()
    await stage.start()
    yield stage
    await stage.stop()


async def editor_of(desk: DeskStage) -> Person:
    return await desk.holder_of(Role.EDITOR, municipality_id="dgi")


async def test_a_late_form_goes_on_after_signing_in_again_without_a_script(desk: DeskStage, browser: Browser) -> None:
    editor = await editor_of(desk)
    context = await browser.new_context(java_script_enabled=False, locale="nb-NO")
    try:
        page = await context.new_page()
        await page.goto(f"{desk.desk}{ARTICLE}?as={editor.id}")
        await page.get_by_label("Tittel", exact=True).first.fill("Nytt passord")
        await page.get_by_label("Hva er endret, og hvorfor").first.fill('"></form><b>grunn')
        await end_all_sessions(desk.sessions, editor.id, at=desk.clock.now())
        await page.get_by_role("button", name="Lagre utkast").click()
        await expect(page.get_by_role("heading", name="Du er logget ut")).to_be_visible()
        assert "Nytt passord" not in await page.content()
        second = await context.new_page()
        await second.goto(f"{desk.desk}?as={editor.id}")
        await page.get_by_role("button", name="Hent skjemaet").click()
        await expect(page.get_by_label("Tittel", exact=True).first).to_have_value("Nytt passord")
        assert await desk.all_of(ArticleHead) == []
        await page.get_by_role("button", name="Lagre utkast").click()
        await expect(page.get_by_label("Tittel", exact=True).first).to_have_value("Nytt passord")
        [head] = await desk.all_of(ArticleHead)
        assert head.draft_id is not None
    finally:
        await context.close()


async def test_the_page_after_an_ended_session_is_fit(desk: DeskStage, page: Page) -> None:
    editor = await editor_of(desk)
    await page.goto(f"{desk.desk}{ARTICLE}?as={editor.id}")
    await page.get_by_label("Tittel", exact=True).first.fill("Nytt passord")
    await end_all_sessions(desk.sessions, editor.id, at=desk.clock.now())
    await page.get_by_role("button", name="Lagre utkast").click()
    await expect(page.get_by_role("button", name="Hent skjemaet")).to_be_visible()
    assert await unfit(page) == []
