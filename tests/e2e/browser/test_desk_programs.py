"""The register of programs and the applications in a browser: accessible, and a decision counts at once."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from playwright.async_api import Page, expect

from dialogs.core.person import Role
from dialogs.rollout.software.model import Application
from dialogs.rollout.software.reviewers import sector_of
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    """The desk of a municipality with an application for a program."""
    stage = DeskStage()
    await stage.start()
    reviewer = await stage.holder_of(Role.REVIEWER)
    asker = await stage.holder_of(Role.EMPLOYEE, municipality_id=reviewer.municipality_id)
    now = stage.clock.now()
    await stage.put(
        Application(
            id="app-1",
            person_id=asker.id,
            municipality_id=str(reviewer.municipality_id),
            sector=sector_of(stage.content, reviewer),
            program="Inkscape",
            reason="Tegne skilt og kart til turstier",
            users="Tre på teknisk",
            link="https://inkscape.example",
            due_at=now + timedelta(days=10),
            applied_at=now,
            changed_at=now,
        )
    )
    yield stage
    await stage.stop()


async def test_a_reviewer_decides_and_the_register_has_it(desk: DeskStage, page: Page) -> None:
    reviewer = await desk.holder_of(Role.REVIEWER)
    await page.goto(f"{desk.desk}/applications?as={reviewer.id}")
    await expect(page.get_by_role("status")).to_contain_text("1 søknad venter på svar")
    await page.get_by_role("link", name="Inkscape").click()
    await expect(page.get_by_role("heading", name="Avgjør søknaden")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_label("Kommentar til de andre").fill("Brukes av tre andre kommuner.")
    await page.get_by_role("button", name="Legg til").click()
    await expect(page.get_by_text("Brukes av tre andre kommuner.")).to_be_visible()
    await page.get_by_label("Vurdering (ROS, DPIA)").fill("Ingen personopplysninger.")
    await page.get_by_role("button", name="Lagre vurderingen").click()
    await expect(page.get_by_role("blockquote").filter(has_text="Ingen personopplysninger.")).to_be_visible()
    await page.get_by_label("Bruk heller").fill("GIMP")
    await page.get_by_role("button", name="Avslå").click()
    await expect(page.get_by_role("alert")).to_contain_text("Skriv en begrunnelse")
    await expect(page.get_by_label("Bruk heller")).to_have_value("GIMP")
    await page.get_by_label("Bruk heller").fill("")
    await page.get_by_label("Noen ord til den som søkte").fill("Bare uten kart over private tomter.")
    await page.get_by_role("button", name="Godkjenn med vilkår").click()
    await expect(page.get_by_text("Avgjort av")).to_be_visible()
    await desk.publish_programs()
    await page.get_by_role("link", name="Programregister").click()
    await page.get_by_role("searchbox", name="Søk etter program").fill("inkskape")
    await page.get_by_role("button", name="Vis").click()
    await expect(page.get_by_role("status")).to_contain_text("1 program")
    assert await unfit(page) == []
    await page.get_by_role("link", name="Inkscape").click()
    await expect(page.get_by_text("Bare uten kart over private tomter.").first).to_be_visible()
    await page.get_by_text("Endre opplysningene").first.click()
    await page.get_by_label("Bokmål: brukes til").fill("Tegne vektorgrafikk")
    await page.get_by_role("button", name="Lagre Endre opplysningene").click()
    await expect(page.get_by_role("status")).to_contain_text("Inkscape er lagret.")
    await page.get_by_text("Vurder på nytt").first.click()
    await page.get_by_label("Bruk heller").first.fill("Finnes ikke")
    await page.get_by_role("button", name="Lagre", exact=False).first.click()
    await expect(page.get_by_role("alert")).to_contain_text("Fant ikke «Finnes ikke» i programregisteret.")
    await expect(page.get_by_label("Bruk heller").first).to_have_value("Finnes ikke")
    await expect(page.get_by_role("link", name="Finnes ikke")).to_have_count(0)
    await expect(page.get_by_label("Godkjenningen går ut").first).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_role("button", name="Fjern programmet").click()
    await expect(page.get_by_role("alert")).to_contain_text("Vil du fjerne Inkscape og 1 vurdering?")
    assert await unfit(page) == []
    await page.get_by_role("link", name="Behold").click()
    await expect(page.get_by_role("heading", name="Inkscape")).to_be_visible()
    await page.goto(f"{desk.desk}/programs/+new")
    await expect(page.get_by_label("Andre navn")).to_be_visible()
    assert await unfit(page) == []
