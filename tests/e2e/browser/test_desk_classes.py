"""Classroom courses on the desk in a browser: published, signed up for, passed on, moved, held and printed."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio
from icalendar import Calendar
from playwright.async_api import Page, expect

from bot.records.codec import decode
from dialogs.core.person import Person, Role
from dialogs.rollout.classroom.model import ClassSession, Enrolment, EnrolmentState
from knowledge.article.article import Language
from tests.e2e.browser.axe import unfit
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.web.conftest import HeldClock


@pytest_asyncio.fixture(loop_scope="session")
async def desk() -> AsyncIterator[DeskStage]:
    stage = DeskStage(clock=HeldClock())
    await stage.start()
    yield stage
    await stage.stop()


async def publish(desk: DeskStage, page: Page, teacher: Person) -> None:
    """Fill in the form, first with an end before the beginning."""
    await page.goto(f"{desk.desk}/teaching?as={teacher.id}")
    await page.get_by_role("link", name="Nytt klasseromskurs").click()
    await page.get_by_label("Navn på bokmål").fill("Teams for nye")
    await page.get_by_label("Sted", exact=True).fill("Rådhuset, rom 2")
    await page.get_by_label("Dato").fill("2026-12-01")
    await page.get_by_label("Begynner").fill("09:00")
    await page.get_by_label("Slutter").fill("08:00")
    await page.get_by_label("Antall plasser").fill("1")
    await page.get_by_role("button", name="Legg ut kurset").click()
    await expect(page.get_by_role("alert")).to_contain_text("slutte etter at det begynner")
    await expect(page.get_by_label("Sted", exact=True)).to_have_value("Rådhuset, rom 2")
    assert await unfit(page) == []
    await page.get_by_label("Slutter").fill("11:30")
    await page.get_by_label("Beskrivelse på bokmål").fill("Ta med PC.")
    await page.get_by_role("button", name="Legg ut kurset").click()
    await expect(page.get_by_role("status")).to_contain_text("Kurset er lagt ut.")
    await expect(page.get_by_role("table", name="Klasseromskurs")).to_contain_text("0 av 1")
    assert await unfit(page) == []


async def walk_in(page: Page, who: Person) -> None:
    """Put down a person who came without a seat, first with an address of nobody."""
    await page.get_by_label("E-postadressen til den som kom").fill("ingen@nes.example")
    await page.get_by_role("button", name="Før opp som møtt").click()
    await expect(page.get_by_role("alert")).to_contain_text("har denne adressen")
    await expect(page.get_by_label("E-postadressen til den som kom")).to_have_value("ingen@nes.example")
    assert await unfit(page) == []
    await page.get_by_label("E-postadressen til den som kom").fill(str(who.email))
    await page.get_by_role("button", name="Før opp som møtt").click()
    await expect(page.get_by_role("status")).to_contain_text("har fått beskjed")
    await expect(page.get_by_label(who.name)).to_be_checked()


async def test_a_course_is_published_signed_up_for_moved_and_held(desk: DeskStage, page: Page) -> None:
    teacher = await desk.holder_of(Role.TEACHER, municipality_id="nes")
    people = [decode(Person, each) for each in await desk.store.find(Person.KIND, "municipality:nes")]
    first, second = [each for each in people if each.roles == {Role.EMPLOYEE}][:2]
    await publish(desk, page, teacher)

    for who, said in ((first, "Du har plass på kurset."), (second, "Du er nummer 1 på ventelisten.")):
        await page.goto(f"{desk.desk}/classes?as={who.id}")
        await page.get_by_role("button", name="Teams for nye").click()
        await expect(page.get_by_role("status")).to_contain_text(said)
    assert await unfit(page) == []
    await expect(page.get_by_text("Ta med PC.")).to_be_visible()
    await page.goto(f"{desk.desk}/teaching?as={teacher.id}")
    await page.get_by_role("link", name="Teams for nye").click()
    for who, said in ((first, "mister plassen"), (second, "kommer ut av ventelisten")):
        await page.get_by_text(f"Ta av kurset {who.name}", exact=True).click()
        await expect(page.get_by_text(f"{who.name} {said}")).to_be_visible()
    await page.goto(f"{desk.desk}/classes?as={first.id}")
    async with page.expect_download() as started:
        await page.get_by_role("link", name="Last ned til kalenderen").click()
    [event] = Calendar.from_ical((await (await started.value).path()).read_bytes()).walk("VEVENT")
    assert (event["summary"], event.start.hour) == ("Teams for nye", 9)
    await page.locator("summary").filter(has_text="Meld meg av").click()
    await page.get_by_role("button", name="Ja, meld meg av").click()
    await expect(page.get_by_role("status")).to_contain_text("Du er meldt av kurset.")
    await page.goto(f"{desk.desk}/classes?as={second.id}")
    await page.get_by_role("button", name="Ta plassen").click()
    await expect(page.get_by_role("status")).to_contain_text("Du har plass på kurset.")

    await page.goto(f"{desk.desk}/teaching?as={teacher.id}")
    await page.get_by_role("link", name="Teams for nye").click()
    await expect(page.get_by_role("table", name="Deltakere")).to_contain_text(second.name)
    await page.get_by_label("Dato").fill("2026-12-02")
    await page.get_by_role("button", name="Lagre").click()
    await expect(page.get_by_role("status")).to_contain_text("Deltakerne har fått beskjed.")
    assert await unfit(page) == []
    [stored] = await desk.store.find(ClassSession.KIND, f"teacher:{teacher.id}")
    desk.clock.at = decode(ClassSession, stored).ends_at + timedelta(minutes=5)  # type: ignore[attr-defined]
    await page.goto(f"{desk.desk}/teaching/{stored.key.id}?as={teacher.id}")
    await walk_in(page, first)
    await page.get_by_label(second.name).check()
    await expect(page.get_by_label(second.name)).to_be_checked()
    assert await unfit(page) == []
    await page.get_by_role("button", name="Lagre oppmøtet").click()
    await expect(page.get_by_role("status")).to_contain_text("Oppmøtet er lagret.")
    found = [decode(Enrolment, each) for each in await desk.store.find(Enrolment.KIND, f"session:{stored.key.id}")]
    states = {each.person_id: each.state for each in found}
    assert states == {first.id: EnrolmentState.ATTENDED, second.id: EnrolmentState.ATTENDED}
    await page.get_by_role("link", name="Deltakerliste til utskrift").click()
    await expect(page.get_by_role("table", name="Deltakere")).to_contain_text("☑")
    assert await unfit(page) == []


async def test_a_course_that_is_called_off_keeps_who_was_in_it(desk: DeskStage, page: Page) -> None:
    teacher = await desk.holder_of(Role.TEACHER, municipality_id="nes")
    people = [decode(Person, each) for each in await desk.store.find(Person.KIND, "municipality:nes")]
    [first, *_] = [each for each in people if each.roles == {Role.EMPLOYEE}]
    await publish(desk, page, teacher)
    await page.goto(f"{desk.desk}/classes?as={first.id}")
    await page.get_by_role("button", name="Teams for nye").click()
    await expect(page.get_by_role("status")).to_contain_text("Du har plass på kurset.")
    await page.goto(f"{desk.desk}/teaching?as={teacher.id}")
    await page.get_by_role("link", name="Teams for nye").click()
    await page.get_by_text(f"Ta av kurset {first.name}", exact=True).click()
    await expect(page.get_by_role("button", name=f"Ja, ta av kurset {first.name}")).to_be_visible()
    assert await unfit(page) == []
    await expect(page.get_by_role("button", name="Avlys nå")).to_be_hidden()
    await page.get_by_text("Avlys kurset").click()
    await expect(page.get_by_role("button", name="Avlys nå")).to_be_visible()
    assert await unfit(page) == []
    await page.get_by_role("button", name="Avlys nå").click()
    await expect(page.get_by_role("status")).to_contain_text("Kurset er avlyst.")
    await expect(page.get_by_role("table", name="Deltakere")).to_contain_text(f"{first.name}")
    await expect(page.get_by_role("heading", name="Påmeldt da kurset ble avlyst (1)")).to_be_visible()


async def test_ticks_a_walk_in_and_a_second_tab_do_not_undo_each_other(desk: DeskStage, page: Page) -> None:
    teacher = await desk.holder_of(Role.TEACHER, municipality_id="nes")
    people = [decode(Person, each) for each in await desk.store.find(Person.KIND, "municipality:nes")]
    seated, late = [person for person in people if person.roles == {Role.EMPLOYEE}][:2]
    ends_at = desk.clock.now() - timedelta(minutes=5)
    session = ClassSession(
        id="class-1",
        municipality_id="nes",
        names={Language.NB: "Teams for nye"},
        venue="Rådhuset",
        teacher_id=teacher.id,
        numbers=1,
        starts_at=ends_at - timedelta(hours=1),
        ends_at=ends_at,
        created_at=ends_at - timedelta(days=1),
        changed_at=ends_at,
    )
    seat = Enrolment(
        session_id=session.id,
        person_id=seated.id,
        state=EnrolmentState.BOOKED,
        number=1,
        starts_at=session.starts_at,
        ends_at=ends_at,
        created_at=session.created_at,
    )
    await desk.put(session, seat)
    address = f"{desk.desk}/teaching/{session.id}?as={teacher.id}"
    second_tab = await page.context.new_page()
    await second_tab.goto(address)
    await page.goto(address)
    await page.get_by_label(seated.name).check()
    await page.get_by_label("E-postadressen til den som kom").fill(str(late.email))
    await page.get_by_role("button", name="Før opp som møtt").click()
    await expect(page.get_by_text("Her er teksten du skrev uten å sende")).to_be_visible()
    for person in (seated, late):
        await expect(page.get_by_label(person.name)).to_be_checked()
    await page.get_by_role("button", name="Lagre oppmøtet").click()
    await expect(page.get_by_role("status")).to_contain_text("Oppmøtet er lagret.")
    await second_tab.get_by_role("button", name="Lagre oppmøtet").click()
    await expect(second_tab.get_by_text("Ingenting er endret.")).to_be_visible()
    for person in (seated, late):
        await expect(second_tab.get_by_label(person.name)).to_be_checked()
    stored = [decode(Enrolment, each) for each in await desk.store.find(Enrolment.KIND, f"session:{session.id}")]
    assert [enrolment.state for enrolment in stored] == [EnrolmentState.ATTENDED] * 2
    await second_tab.get_by_label(late.name).uncheck()
    await second_tab.get_by_role("button", name="Lagre oppmøtet").click()
    await expect(second_tab.get_by_label(late.name)).to_have_count(0)
    await expect(second_tab.get_by_label(seated.name)).to_be_checked()
    await second_tab.close()
