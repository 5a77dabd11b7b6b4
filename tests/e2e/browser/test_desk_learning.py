"""The e-learning on the desk in a browser: for the provider, then for one municipality."""

from playwright.async_api import Page, expect

from dialogs.core.person import Role
from dialogs.insight.learning import ModuleTotals
from dialogs.insight.model import last_closed_week
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage


async def test_the_shares_of_modules_are_read_for_all_and_for_one_municipality(page: Page) -> None:
    desk = DeskStage()
    await desk.start()
    try:
        newest = last_closed_week(desk.clock.now())
        for id_ in desk.content.organisation.municipalities:
            totals = ModuleTotals(
                municipality_id=id_,
                published={"avoid-phishing": 50, "avoid-phishing@health": 50},
                pending={"write-together@health": 3},
                staff={"all": 100, "health": 60},
                counted_until=newest,
                counted_at=desk.clock.now(),
            )
            await desk.put(totals)
        admin = await desk.holder_of(Role.ADMIN, municipality_id="dgi")
        await page.goto(f"{desk.desk}/learning?as={admin.id}")
        await expect(page.get_by_role("heading", name="E-læring: Alle kommuner")).to_be_visible()
        row = page.get_by_role("table", name="Kursene").get_by_role("row", name="Gå ikke på svindel")
        await expect(row).to_contain_text("50 %")
        await expect(row.get_by_role("cell")).to_have_count(3)
        assert await unfit(page) == []
        await page.get_by_label("Kommune", exact=True).select_option("hurdal")
        await page.get_by_role("button", name="Vis").click()
        await expect(page.get_by_role("heading", name="E-læring: Hurdal kommune")).to_be_visible()
        sectors = page.get_by_role("table", name="Andel i hver sektor")
        await expect(sectors.get_by_role("row", name="Gå ikke på svindel")).to_contain_text("83 %")
        await expect(sectors.get_by_role("row", name="Skriv sammen")).to_contain_text("skjult")
        assert await unfit(page) == []
        await page.get_by_role("table", name="Kursene").get_by_role("link", name="Gå ikke på svindel").click()
        await expect(page.get_by_text("modules/avoid-phishing.yaml")).to_be_visible()
        await expect(page.get_by_text("Etter riktig svar:").first).to_be_visible()
        assert await unfit(page) == []
    finally:
        await desk.stop()
