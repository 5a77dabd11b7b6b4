"""The page of operation: sentences about the own municipality for an administrator, all of them for the provider."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect

from bot.ports import HealthFinding
from dialogs.core.person import Role
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage

SECRET = "/srv/heia/web.key of Nes"


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    stage = DeskStage()
    stage.findings = (
        HealthFinding(area="disk", state="ok", found="fast"),
        HealthFinding(area="settings", state="warn", found=SECRET, advice="chmod 600"),
        HealthFinding(area="sign-in", state="fail", found="no key"),
        HealthFinding(
            area="registry",
            state="warn",
            found="nes: 3 of 40 units have no ambassador",
            key="units_without",
            municipality_id="nes",
            values={"number": 3, "units": 40},
        ),
        HealthFinding(area="web", state="warn", found="anyone", advice="HEIA_WEB_GUESTS", key="guests"),
    )
    await stage.start()
    yield stage
    await stage.stop()


async def test_an_administrator_reads_about_the_own_municipality_and_the_provider_everything(
    desk: DeskStage, page: Page
) -> None:
    provider = next(iter(each.id for each in desk.content.organisation.municipalities.values() if each.provider))
    other = next(each for each in desk.content.organisation.municipalities if each not in {provider, "nes"})
    for municipality_id, units, everything in (("nes", 1, 0), (other, 0, 0), (provider, 1, 1)):
        admin = await desk.holder_of(Role.ADMIN, municipality_id=municipality_id)
        await page.goto(f"{desk.desk}/operation?as={admin.id}")
        rows = page.get_by_role("row")
        await expect(rows.nth(1)).to_contain_text("Virker ikke")
        await expect(rows.nth(5)).to_contain_text("I orden")
        await expect(page.get_by_text("Nes kommune: 3 av 40 enheter har ingen ambassadør.")).to_have_count(units)
        await expect(page.get_by_text("Alle som når nettsiden, kan spørre som gjest.")).to_have_count(everything)
        await expect(page.get_by_text("Kommandoen heia doctor på tjeneren sier hva det er")).to_have_count(
            2 * everything
        )
        for raw in (SECRET, "chmod", "no key", "HEIA_WEB_GUESTS"):
            await expect(page.get_by_text(raw)).to_have_count(0)
        assert await unfit(page) == []
