"""Shares of completed modules: counted at night, in groups of at least five, for the roles that read statistics."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.ports import Commit, Key, RecordWrite
from bot.records.codec import decode, write_of
from bot.records.query_answering import QueryAnswering
from bot.report.closing import StatisticsClosing
from bot.report.module_counting import ModuleCounting
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Put
from dialogs.core.person import Person, Role
from dialogs.core.record import Record
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Viewer
from dialogs.insight.figures import Amount
from dialogs.insight.learning import EVERYONE, LearningPage, ModuleShare, ModuleTotals, learning_shares
from dialogs.rollout.learn.learner import CourseTaken
from tests.unit.audit.scene import MovedClock
from tests.unit.driver import Stage
from tests.unit.handoff.scene import person
from tests.unit.rollout.learning_scene import CURRICULUM, organisation

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
WEEK = timedelta(days=7)


class House:
    """Lillevik with so many people in home care and at the office."""

    def __init__(self, *, care: int = 10, office: int = 10) -> None:
        self.store, self.clock = MemoryStore(), MovedClock()
        stage = Stage(organisation(), verbs={}, timers={})
        self.content = replace(stage.content, curriculum=CURRICULUM)
        self.closing = StatisticsClosing(store=self.store, clock=self.clock, content=lambda: self.content)
        self.people = [person(f"care{n}", "nord", registered=True) for n in range(care)]
        self.people += [person(f"office{n}", "kontor", registered=True) for n in range(office)]

    async def open(self) -> None:
        await self.put(*self.people)

    async def put(self, *records: Record) -> None:
        writes = tuple(write_of(Put(record=each), {}) for each in records)
        await self.store.commit(Commit(at=MONDAY, records=writes))

    async def complete(self, where: str, number: int, *, module: str = "share", at: datetime = MONDAY) -> None:
        """Let the first so many people of a place complete a module."""
        for n in range(number):
            await self.put(CourseTaken(person_id=f"{where}{n}", course_id=module, taken_at=at))

    async def close(self, at: datetime = MONDAY + WEEK) -> None:
        self.clock.at = at
        await self.closing.close()

    def viewer(self, *roles: Role, who: str = "office0") -> Viewer:
        """Return a person with these roles as the reader."""
        found: Person = next(each for each in self.people if each.id == who)
        texts = self.content.texts[found.language]
        reader = replace(found, roles=frozenset(roles))
        return Viewer(person=reader, texts=texts, content=self.content, at=self.clock.now())

    async def page(self, *roles: Role, who: str = "office0") -> LearningPage:
        """Return what a person with these roles reads."""
        reading: Any = QueryAnswering(store=self.store, understanding=None, rng=None)  # type: ignore[arg-type]
        page: LearningPage = await reading.run(learning_shares(self.viewer(*roles, who=who)))
        return page


def share_of(page: LearningPage, module_id: str = "share") -> ModuleShare:
    return next(each for each in page.modules if each.id == module_id)


async def opened(**more: int) -> House:
    house = House(**more)
    await house.open()
    return house


async def test_shares_are_of_the_registry_in_all_and_in_each_sector() -> None:
    house = await opened()
    await house.complete("care", 8)
    await house.complete("office", 6)
    await house.close()
    page = await house.page(Role.LEADER)
    assert (page.choices, page.municipality_id, page.place) == ((), "lillevik", "Lillevik kommune")
    assert page.staff == "20"
    assert page.sectors == ("Helse og omsorg", "Ukjent")
    assert page.counted_until == "8. november 2026"
    share = next(each for each in page.modules if each.id == "share")
    assert (share.taken, share.percent, share.share) == ("14", 70, "70 %")
    assert share.sectors == ("80 %", "60 %")
    assert [each.id for each in page.modules] == ["phishing", "share", "teams", "outside"]


async def test_fewer_than_five_are_hidden_and_cannot_be_worked_out() -> None:
    house = await opened()
    await house.complete("care", 7)
    await house.complete("office", 3)
    await house.complete("care", 4, module="teams")
    await house.close()
    page = await house.page(Role.LEADER)
    share, teams = (next(each for each in page.modules if each.id == id_) for id_ in ("share", "teams"))
    assert teams.percent is None
    assert teams.taken == teams.share == "skjult"
    assert (share.taken, share.sectors) == ("minst 7", ("70 %", "skjult")), "the three are not in the sum either"


async def test_a_registry_group_of_fewer_than_five_has_no_share() -> None:
    house = await opened(office=4)
    await house.complete("care", 6)
    await house.close()
    page = await house.page(Role.ADMIN, who="care0")
    assert page.sectors == ("Helse og omsorg",)
    key = Key(kind=ModuleTotals.KIND, id="lillevik")
    assert decode(ModuleTotals, (await house.store.get([key]))[key]).staff == {EVERYONE: 14, "health": 10}


async def test_fewer_than_five_wait_until_they_are_five() -> None:
    house = await opened(care=20)
    await house.complete("care", 3)
    await house.close()
    assert share_of(await house.page(Role.LEADER)).taken == "skjult"
    for n in range(3, 8):
        await house.put(CourseTaken(person_id=f"care{n}", course_id="share", taken_at=MONDAY + WEEK))
    await house.close(MONDAY + 2 * WEEK)
    assert share_of(await house.page(Role.LEADER)).taken == "8"


async def test_a_week_in_progress_does_not_count_and_each_week_counts_once() -> None:
    house = await opened(care=20)
    await house.complete("care", 6)
    await house.close()
    for n in range(6, 12):
        await house.put(CourseTaken(person_id=f"care{n}", course_id="share", taken_at=MONDAY + WEEK))
    for day in range(3):
        await house.close(MONDAY + WEEK + timedelta(days=day))
    assert share_of(await house.page(Role.LEADER)).taken == "6"
    for day in range(3):
        await house.close(MONDAY + 2 * WEEK + timedelta(days=day))
    assert share_of(await house.page(Role.LEADER)).taken == "12"


async def test_what_was_completed_before_the_first_counting_counts() -> None:
    house = await opened()
    await house.complete("care", 7, at=MONDAY - timedelta(days=700))
    await house.close()
    assert share_of(await house.page(Role.LEADER)).taken == "7"


async def test_guests_and_people_without_a_municipality_do_not_count() -> None:
    house = await opened(care=5)
    for n in range(9):
        await house.put(Person(id=f"guest-{n}", name="", municipality_id="lillevik", created_at=MONDAY))
        await house.put(CourseTaken(person_id=f"guest-{n}", course_id="share", taken_at=MONDAY))
        await house.put(CourseTaken(person_id=f"gone-{n}", course_id="share", taken_at=MONDAY))
    await house.complete("care", 5)
    await house.close()
    assert share_of(await house.page(Role.LEADER)).taken == "5"


async def test_two_processes_that_count_at_once_count_once() -> None:
    house = await opened()
    await house.complete("care", 6)
    house.clock.at = MONDAY + WEEK
    counting = ModuleCounting(store=house.store, content=lambda: house.content)
    await asyncio.gather(*(counting.count_modules(house.clock.at) for _ in range(3)))
    assert share_of(await house.page(Role.LEADER)).taken == "6"


async def test_an_erasure_leaves_what_is_published() -> None:
    house = await opened()
    await house.complete("care", 6)
    await house.close()
    for n in range(6):
        key = Key(kind=CourseTaken.KIND, id=f"care{n}:share")
        await house.store.commit(Commit(at=MONDAY, records=(RecordWrite(key=key, body=None),)))
    await house.close(MONDAY + 2 * WEEK)
    assert share_of(await house.page(Role.LEADER)).taken == "6"


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.AMBASSADOR, Role.TEACHER, Role.DPO, Role.ANNOUNCER])
def test_nobody_else_reads_them(role: Role) -> None:
    with pytest.raises(EventRefused):
        next(learning_shares(House().viewer(role)))


def test_another_municipality_is_refused() -> None:
    with pytest.raises(EventRefused):
        next(learning_shares(House().viewer(Role.LEADER), municipality_id="storvik"))


async def test_before_the_first_closing_the_modules_stand_without_numbers() -> None:
    house = await opened()
    page = await house.page(Role.CONTACT)
    assert page.counted_until == ""
    assert {(each.taken, each.share) for each in page.modules} == {("–", "–")}


def counted(totals: ModuleTotals, **people: int) -> ModuleTotals:
    completed = {("share", sector): number for sector, number in people.items()}
    return totals.counted(completed, staff={}, until="2026-W45", at=MONDAY)


def test_people_of_several_small_sectors_are_published_together_and_a_sector_later_within_them() -> None:
    totals = counted(ModuleTotals(municipality_id="lillevik", counted_at=MONDAY), health=4, school=3)
    assert totals.amount("share") == Amount(number=7)
    assert totals.amount("share", "health") == Amount(partial=True)
    totals = counted(totals, health=3)
    assert totals.amount("share", "health") == Amount(number=7)
    assert totals.amount("share", "school") == Amount(partial=True)
    assert totals.amount("share") == Amount(number=7, partial=True), "three more would tell of the school's three"
    assert totals.pending == {"share@school": 3}


def test_five_of_one_small_sector_are_its_own_and_fewer_wait() -> None:
    totals = counted(ModuleTotals(municipality_id="lillevik", counted_at=MONDAY), health=4)
    assert totals.amount("share") == Amount(partial=True)
    totals = counted(totals, health=1)
    assert (totals.amount("share"), totals.amount("share", "health")) == (Amount(number=5), Amount(number=5))
    totals = counted(totals, health=4)
    assert totals.amount("share") == Amount(number=5, partial=True)
    assert counted(totals, health=1).amount("share") == Amount(number=10)
    assert totals.amount("other") == Amount()
