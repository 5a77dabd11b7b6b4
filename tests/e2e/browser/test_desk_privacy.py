"""Data protection on the desk in a browser: a request is registered by one and confirmed by another."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from dialogs.core.person import Role
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage

PATHS = ("", "/requests", "/inventory?words=epost", "/record", "/audit")


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    stage = DeskStage()
    await stage.start()
    yield stage
    await stage.stop()


async def test_one_registers_an_erasure_and_another_confirms_it(desk: DeskStage, page: Page) -> None:
    officer = await desk.holder_of(Role.DPO)
    admin = await desk.holder_of(Role.ADMIN, municipality_id=officer.municipality_id)
    person = await desk.holder_of(Role.EDITOR, municipality_id=officer.municipality_id)
    await page.goto(f"{desk.desk}/privacy/requests?as={officer.id}")
    await page.get_by_label("Hvem gjelder det?").fill(person.name)
    await page.get_by_role("button", name="Vis").click()
    await page.get_by_role("radio", name=person.name).check()
    await page.get_by_label("Hva ber personen om?").select_option("erase")
    await page.get_by_role("button", name="Registrer et krav").click()
    await expect(page.get_by_role("row", name=person.name)).to_be_visible()
    await expect(page.get_by_text("Bekreft og slett")).to_have_count(0)
    assert await unfit(page) == []
    await page.goto(f"{desk.desk}/privacy/requests?as={admin.id}")
    await page.get_by_text("Bekreft og slett").click()
    await expect(page.get_by_role("button", name="Ja, slett nå")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_role("button", name="Ja, slett nå").click()
    await expect(page.get_by_role("table", name="Avsluttede krav")).to_contain_text("slettet")
    await expect(page.get_by_text(person.name)).to_have_count(0)


async def test_an_erasure_clears_the_open_chat_of_the_person(desk: DeskStage, page: Page, browser: Browser) -> None:
    officer = await desk.holder_of(Role.DPO)
    admin = await desk.holder_of(Role.ADMIN, municipality_id=officer.municipality_id)
    person = await desk.holder_of(Role.EDITOR, municipality_id=officer.municipality_id)
    context = await browser.new_context(locale="nb-NO")
    try:
        chat = await context.new_page()
        await chat.goto(f"{desk.url}?as={person.id}")
        await chat.get_by_label("Skriv til Heia").fill("jeg har en lilla elefant")
        await chat.keyboard.press("Enter")
        await expect(chat.locator("#log").get_by_text("lilla elefant")).to_be_visible()
        await page.goto(f"{desk.desk}/privacy/requests?as={officer.id}")
        await page.get_by_label("Hvem gjelder det?").fill(person.name)
        await page.get_by_role("button", name="Vis").click()
        await page.get_by_role("radio", name=person.name).check()
        await page.get_by_label("Hva ber personen om?").select_option("erase")
        await page.get_by_role("button", name="Registrer et krav").click()
        await expect(page.get_by_role("row", name=person.name)).to_be_visible()
        await page.goto(f"{desk.desk}/privacy/requests?as={admin.id}")
        await page.get_by_text("Bekreft og slett").click()
        await page.get_by_role("button", name="Ja, slett nå").click()
        await expect(page.get_by_role("table", name="Avsluttede krav")).to_contain_text("slettet")
        await expect(chat.locator("#log").get_by_text("lilla elefant")).to_have_count(0)
    finally:
        await context.close()


async def test_from_a_look_up_the_request_is_one_press_away_with_its_person_chosen(desk: DeskStage, page: Page) -> None:
    officer = await desk.holder_of(Role.DPO)
    person = await desk.holder_of(Role.AMBASSADOR, municipality_id=officer.municipality_id)
    await page.goto(f"{desk.desk}/privacy?as={officer.id}")
    await page.get_by_label("Hvem gjelder det?").fill(person.name)
    await page.get_by_role("button", name="Vis", exact=True).click()
    row = page.get_by_role("row", name=person.name)
    await row.get_by_role("button", name="Slå opp").click()  # what is held; the person stays in sight
    await expect(page.get_by_role("status", name="Svar")).to_be_visible()
    assert await unfit(page) == []
    await row.get_by_role("link", name=f"Registrer et krav {person.name}").click()
    await expect(page.get_by_role("radio", name=person.name)).to_be_checked()
    assert person.id not in page.url, "the address names nobody"
    await page.get_by_role("button", name="Registrer et krav").click()
    await expect(page.get_by_role("table").get_by_role("row", name=person.name)).to_be_visible()


async def test_the_pages_of_data_protection_meet_wcag_and_fit(desk: DeskStage, page: Page) -> None:
    officer = await desk.holder_of(Role.DPO)
    await page.goto(f"{desk.desk}?as={officer.id}")
    for path in PATHS:
        await page.goto(f"{desk.desk}/privacy{path}")
        assert await unfit(page) == [], path
