"""Announcements on the desk in a browser: from an empty draft to a sent, corrected announcement, without the chat."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, expect

from bot.images.files import FileImages
from dialogs.core.person import Role
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.images.pictures import drawn, file_of


@pytest_asyncio.fixture(loop_scope="session")
async def desk(tmp_path: Path) -> AsyncIterator[DeskStage]:
    stage = DeskStage(images=FileImages(tmp_path))
    await stage.start()
    yield stage
    await stage.stop()


async def compose(desk: DeskStage, page: Page) -> None:
    announcer = await desk.holder_of(Role.ANNOUNCER)
    await page.goto(f"{desk.desk}/announcements?as={announcer.id}")
    await page.get_by_role("button", name="Ny kunngjøring").click()
    await page.get_by_label("Overskrift (bokmål)").fill("Teams er nede")
    await page.get_by_label("Tekst (bokmål)", exact=True).fill("Vi jobber **med saken**.")


async def test_the_preview_follows_what_is_written_and_the_sent_one_has_a_report(desk: DeskStage, page: Page) -> None:
    await compose(desk, page)
    await expect(page.locator("#preview strong", has_text="med saken")).to_have_count(3)
    await page.get_by_role("button", name="Lagre og forhåndsvis").click()
    await expect(page.get_by_role("heading", name="Teams er nede", level=1)).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_label("Overskrift (bokmål)").fill("Teams er oppe")
    await page.get_by_role("button", name="Lagre og gå til sending").click()
    await expect(page.get_by_role("heading", name="Send «Teams er oppe»", level=1)).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_role("button", name="Send til").click()
    await expect(page.get_by_role("heading", name="Teams er oppe", level=1)).to_be_visible()
    await expect(page.get_by_role("table", name="Historikk")).to_contain_text("Sendt")
    await page.get_by_text("Rett kunngjøringen").click()
    await expect(page.get_by_label("Overskrift (bokmål)")).to_be_visible()
    assert await unfit(page) == []
    for path in ("/announcements", "/announcements/calendar"):
        await page.goto(f"{desk.desk}{path}")
        await expect(page.get_by_text("Teams er oppe").first).to_be_visible()
        assert await unfit(page) == []


async def test_an_image_is_uploaded_described_and_shown_in_the_preview(desk: DeskStage, page: Page) -> None:
    await compose(desk, page)
    await page.get_by_text("Lenker, bilde, varighet og bekreftelse").click()
    picture = {"name": "kart.png", "mimeType": "image/png", "buffer": file_of(drawn())}
    await page.get_by_label("Last opp et bilde").set_input_files(picture)
    await page.get_by_label("Hva bildet viser, for dem som ikke ser det (bokmål)").fill("Et kart over bygget")
    await page.get_by_role("button", name="Lagre og forhåndsvis").click()
    shown = page.get_by_role("img", name="Et kart over bygget")
    await expect(shown).to_have_count(3)
    await expect(shown.first).to_have_js_property("complete", True)
    await expect(shown.first).not_to_have_js_property("naturalWidth", 0)
    assert await unfit(page) == []
