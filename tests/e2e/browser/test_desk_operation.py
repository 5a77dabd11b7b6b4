"""The page of operation: plain words for an administrator, details for those who run the service only."""

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
    )
    await stage.start()
    yield stage
    await stage.stop()


async def test_an_administrator_reads_plain_words_and_the_provider_the_details(desk: DeskStage, page: Page) -> None:
    provider = next(iter(each.id for each in desk.content.organisation.municipalities.values() if each.provider))
    ours = next(each for each in desk.content.organisation.municipalities if each != provider)
    for municipality_id, details in ((ours, 0), (provider, 1)):
        admin = await desk.holder_of(Role.ADMIN, municipality_id=municipality_id)
        await page.goto(f"{desk.desk}/operation?as={admin.id}")
        rows = page.get_by_role("row")
        await expect(rows.nth(1)).to_contain_text("Virker ikke")
        await expect(rows.nth(3)).to_contain_text("I orden")
        await expect(page.get_by_text(SECRET)).to_have_count(details)
        assert await unfit(page) == []
