"""The pages of the ambassador network in a browser: accessible, small and dark, and what is pressed there happens."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TypeVar

import pytest_asyncio
from playwright.async_api import Page, expect

from bot.ports import Key
from bot.records.codec import decode
from dialogs.ambassadors.application import AmbassadorApplication
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.person import Person, Role
from dialogs.core.record import Record
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from knowledge.article.article import Language
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage

R = TypeVar("R", bound=Record)
PATHS = ("people", "coverage", "questions", "questions/handoff-1", "directory")


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    """The desk of a municipality with an application and a late question."""
    stage = DeskStage()
    await stage.start()
    admin = await stage.holder_of(Role.ADMIN)
    people = [decode(Person, each) for each in await stage.store.find(Person.KIND, f"municipality:{here(admin)}")]
    asker, applicant = [each for each in people if each.roles == {Role.EMPLOYEE}][:2]
    now = stage.clock.now()
    asked = Handoff(
        id="handoff-1",
        asker_id=asker.id,
        municipality_id=here(admin),
        unit_id=asker.unit_id or "",
        language=Language.NB,
        question="Hvem har sett passordet mitt?",
        topics=frozenset({"teams"}),
        created_at=now - timedelta(hours=9),
        changed_at=now - timedelta(hours=9),
    )
    await stage.put(
        asked.promise(now - timedelta(hours=1)),
        AmbassadorApplication(
            id=applicant.id, municipality_id=here(admin), unit_id=applicant.unit_id or "", created_at=now
        ),
    )
    yield stage
    await stage.stop()


def here(person: Person) -> str:
    assert person.municipality_id is not None
    return person.municipality_id


async def stored(desk: DeskStage, kind: type[R], id_: str) -> R:
    key = Key(kind=kind.KIND, id=id_)
    return decode(kind, (await desk.store.get([key]))[key])


async def test_the_pages_meet_wcag_and_fit(desk: DeskStage, page: Page) -> None:
    admin = await desk.holder_of(Role.ADMIN)
    [member, *_] = await desk.store.find(AmbassadorProfile.KIND, f"active@{here(admin)}")
    await page.goto(f"{desk.desk}?as={admin.id}")
    for path in (*PATHS, f"people/{member.key.id}"):
        await page.goto(f"{desk.desk}/{path}")
        assert await unfit(page) == [], path


async def test_a_late_question_is_assigned_and_an_application_approved(desk: DeskStage, page: Page) -> None:
    admin = await desk.holder_of(Role.ADMIN)
    await page.goto(f"{desk.desk}/questions?as={admin.id}")
    await page.get_by_label("Bare dem som er over fristen").check()
    await page.get_by_role("button", name="Vis").click()
    await page.get_by_role("link", name="Fordel spørsmålet").click()
    await page.get_by_role("button", name="Gi spørsmålet").first.click()
    await expect(page.get_by_role("status")).to_contain_text("Gitt videre til")
    assert (await stored(desk, Handoff, "handoff-1")).status is Status.OFFERED
    await page.get_by_role("link", name="Ambassadører og kontakter").click()
    [waiting] = await desk.store.find(AmbassadorApplication.KIND, f"waiting@{here(admin)}")
    await page.get_by_role("button", name="Godkjenn").click()
    await expect(page.get_by_role("status").first).to_contain_text("er godkjent som ambassadør av")
    assert (await stored(desk, AmbassadorProfile, waiting.key.id)).ambassador.active
    await expect(page.get_by_role("button", name="Godkjenn")).to_have_count(0)


async def test_an_administrator_changes_what_an_ambassador_takes_on(desk: DeskStage, page: Page) -> None:
    admin = await desk.holder_of(Role.ADMIN)
    [member, *_] = await desk.store.find(AmbassadorProfile.KIND, f"active@{here(admin)}")
    await page.goto(f"{desk.desk}/people/{member.key.id}?as={admin.id}")
    await page.get_by_label("Åpne spørsmål på én gang").fill("7")
    await page.get_by_role("button", name="Lagre").click()
    await expect(page.get_by_role("status")).to_contain_text("er lagret.")
    await expect(page.get_by_text("0 / 7")).to_be_visible()
    before = len((await stored(desk, AmbassadorProfile, member.key.id)).ambassador.absences)
    await page.get_by_label("Første dag").fill("2099-12-30")
    await page.get_by_role("button", name="Registrer fravær").click()
    await expect(page.get_by_role("alert")).to_contain_text("høyst 5 år fram")
    await expect(page.get_by_label("Første dag")).to_have_value("2099-12-30")
    day = (desk.clock.now() + timedelta(days=40)).date().isoformat()
    await page.get_by_label("Første dag").fill(day)
    await page.get_by_role("button", name="Registrer fravær").click()
    await expect(page.get_by_role("status")).to_be_visible()  # else what was written comes back as not sent
    await page.goto(f"{desk.desk}/coverage?kind=absent")
    row = page.get_by_role("row").filter(has_text=": bare ")
    await row.get_by_role("link", name="Sett vikar").first.click()
    absence = page.locator(f"#absence-{day}-{day}")
    await expect(absence).to_be_visible()
    chosen = await absence.get_by_label("Vikar").input_value()
    assert chosen, "the suggested substitute is chosen"
    await absence.get_by_role("button", name="Lagre vikar").click()
    await expect(page.get_by_role("status")).to_contain_text("er lagret.")
    assert await unfit(page) == []
    changed = (await stored(desk, AmbassadorProfile, member.key.id)).ambassador
    assert (changed.capacity, len(changed.absences), changed.absences[-1].substitute_id) == (7, before + 1, chosen)
