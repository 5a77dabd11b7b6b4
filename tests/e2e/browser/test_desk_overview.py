"""The overview in a browser: for the provider, with numbers of a few weeks, on a small screen and in the dark."""

from collections.abc import AsyncIterator, Mapping
from datetime import date, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from bot.channels.web.desk.statistics import previous_quarter
from dialogs.core.person import Role
from dialogs.insight.model import (
    ClosedPeriod,
    HandoffFigures,
    end_of,
    is_week,
    last_closed_week,
    monday,
    month_of,
    week_of,
    weeks_of,
)
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage

PROVIDER = "dgi"


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    stage = DeskStage()
    await stage.start()
    newest = monday(last_closed_week(stage.clock.now()))
    for number, id_ in enumerate(stage.content.organisation.municipalities):
        weeks = [week_of(newest - timedelta(weeks=back)) for back in range(12)]
        for period in {*weeks, *map(month_of, weeks)}:
            await stage.put(closed(id_, period, 40 * number + int(period[-2:])))
    yield stage
    await stage.stop()


def closed(municipality_id: str, period: str, number: int) -> ClosedPeriod:
    cells: Mapping[str, int | None] = {
        "questions": number + 20 if number > 60 else None,
        "answer": number + 9,
        "answer#o365-what": number,
        "answer@health": number,
        "helped": number // 2,
        "unknown": 11,
        "handed_over": None,
    }
    work = HandoffFigures(created=9, resolved=7, own_unit=2, accept_minutes=(4, 50), resolve_minutes=(70, 3000))
    weekly = (
        {}
        if is_week(period)
        else {week: number + 5 * n if number > 60 else None for n, week in enumerate(weeks_of(period))}
    )
    return ClosedPeriod(
        municipality_id=municipality_id,
        period=period,
        cells=cells,
        weekly=weekly,
        handoffs=work,
        ended_at=end_of(period),
    )


async def test_the_overview_meets_wcag_and_fits(desk: DeskStage, page: Page) -> None:
    admin = await desk.holder_of(Role.ADMIN, municipality_id=PROVIDER)
    await page.goto(f"{desk.desk}/overview?as={admin.id}")
    await expect(page.get_by_role("img", name="Spørsmål hver uke")).to_be_visible()
    await expect(page.get_by_role("table", name="Hva som kom ut av spørsmålene")).to_contain_text("skjult")
    assert await unfit(page) == []


async def test_a_municipality_and_a_span_are_chosen_and_the_numbers_are_a_file(desk: DeskStage, page: Page) -> None:
    admin = await desk.holder_of(Role.ADMIN, municipality_id=PROVIDER)
    await page.goto(f"{desk.desk}/overview?as={admin.id}")
    await page.get_by_label("Kommune", exact=True).select_option("hurdal")
    await page.get_by_role("button", name="Vis").click()
    await expect(page.get_by_role("heading", name="Oversikt: Hurdal kommune")).to_be_visible()
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Last ned tallene").click()
    file = await (await started.value).path()
    text = file.read_text("utf-8")
    assert text.startswith("\ufeffOversikt;Hurdal kommune")


async def test_the_previous_quarter_is_one_link_away(desk: DeskStage, page: Page) -> None:
    admin = await desk.holder_of(Role.ADMIN, municipality_id=PROVIDER)
    await page.goto(f"{desk.desk}/overview?as={admin.id}")
    link = page.get_by_role("link", name="Forrige kvartal")
    chosen = previous_quarter(desk.clock.now().date())
    assert f"first={chosen['first']}&last={chosen['last']}" in (await link.get_attribute("href") or "")


@pytest.mark.parametrize(
    ("today", "first", "last"),
    [("2026-11-27", "2026-07-01", "2026-09-30"), ("2027-01-01", "2026-10-01", "2026-12-31")],
)
def test_the_previous_quarter_is_a_calendar_quarter(today: str, first: str, last: str) -> None:
    chosen = previous_quarter(date.fromisoformat(today))
    assert chosen == {"first": date.fromisoformat(first), "last": date.fromisoformat(last)}
