"""The e-learning on the desk in a browser: for the provider, then for one municipality."""

from datetime import timedelta

from playwright.async_api import Page, expect

from dialogs.core.person import Role
from dialogs.insight.model import ClosedPeriod
from dialogs.insight.period import end_of, last_closed_week, monday, week_of
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage


async def test_the_shares_of_modules_are_read_for_all_and_for_one_municipality(page: Page) -> None:
    desk = DeskStage()
    await desk.start()
    try:
        newest = last_closed_week(desk.clock.now())
        before = week_of(monday(newest) - timedelta(weeks=1))
        for id_ in desk.content.organisation.municipalities:
            for week in (before, newest):
                await desk.put(
                    ClosedPeriod(
                        municipality_id=id_,
                        period=week,
                        cells={
                            "course": 30,
                            "course#avoid-phishing": 25,
                            "course#avoid-phishing@health": 25,
                            "course#write-together": None,
                            "course#write-together@health": None,
                        },
                        staff={"all": 100, "health": 60},
                        ended_at=end_of(week),
                    )
                )
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
    finally:
        await desk.stop()
