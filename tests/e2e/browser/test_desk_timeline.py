"""The plan in a browser: an announcer adds, moves and finishes a milestone, on a small screen and in the dark."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from dialogs.core.person import Role
from tests.e2e.browser.axe import violations
from tests.e2e.browser.desk_stage import DeskStage


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    stage = DeskStage()
    await stage.start()
    yield stage
    await stage.stop()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
async def test_a_milestone_is_added_moved_and_done(desk: DeskStage, page: Page, scheme: str, width: int) -> None:
    announcer = await desk.holder_of(Role.ANNOUNCER, municipality_id="nes")
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await page.set_viewport_size({"width": width, "height": 740})
    await page.goto(f"{desk.desk}/timeline?as={announcer.id}")
    await expect(page.get_by_role("heading", name="Planen for Nes kommune")).to_be_visible()
    picture = page.get_by_role("img", name="Planen for Nes kommune")
    await expect(picture).to_be_visible()
    box = await picture.bounding_box()
    assert box is not None
    assert (box["height"] > box["width"], box["x"] + box["width"] <= width) == (width < 768, True)
    await expect(page.get_by_role("table", name="Milepæler")).to_contain_text("Office 365 med Teams")
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= width

    await page.get_by_role("link", name="Ny milepæl").click()
    for language in ("Bokmål", "Nynorsk", "English"):
        await page.get_by_role("group", name="Hva som skjer").get_by_label(language, exact=True).fill("Teams")
    await page.get_by_label("Når, eller fra").fill("31. februar 2027")
    await page.get_by_role("button", name="Lagre").click()
    await expect(page.get_by_role("alert")).to_contain_text("Den datoen finnes ikke")
    await expect(page.get_by_label("Når, eller fra")).to_have_value("31. februar 2027")
    assert await violations(page) == []
    await page.get_by_label("Når, eller fra").fill("mars 2027")
    await page.get_by_role("button", name="Lagre").click()
    await expect(page.get_by_role("status")).to_contain_text("Ingenting er sendt")

    await page.get_by_role("link", name="Teams", exact=True).click()
    await expect(page.get_by_label("Når, eller fra")).to_have_value("mars 2027")
    await page.get_by_label("Når, eller fra").fill("mai 2027")
    await page.get_by_role("button", name="Lagre").click()
    await expect(page.get_by_role("table", name="Historikk")).to_contain_text("mars 2027")
    await expect(page.get_by_role("link", name="Se utkastet til kunngjøring")).to_be_visible()
    assert await violations(page) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
    await page.get_by_label("Det er allerede ferdig").check()
    await page.get_by_role("button", name="Lagre").click()
    await expect(page.get_by_role("button", name="Åpne igjen")).to_be_visible()
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Tilbake til planen").click()
        await page.get_by_role("link", name="Last ned til lysbilde").click()
    file = await (await started.value).path()
    assert file.read_bytes().startswith(b"\x89PNG")
