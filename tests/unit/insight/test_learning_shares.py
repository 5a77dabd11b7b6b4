"""Shares of completed modules: counted at night, in groups of at least five, for the roles that read statistics."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.ports import Commit
from bot.records.codec import decode, write_of
from bot.records.query_answering import QueryAnswering
from bot.report.closing import StatisticsClosing
from bot.stores.memory.store import MemoryStore
from dialogs.core.decision import Put
from dialogs.core.person import Person, Role
from dialogs.core.record import Record
from dialogs.core.refusal import EventRefused
from dialogs.core.viewer import Viewer
from dialogs.insight.cells import CellCount, cells_of_module, parts
from dialogs.insight.learning import LearningPage, learning_shares
from dialogs.insight.model import EVERYONE, ClosedPeriod, period_id
from dialogs.insight.period import end_of, week_at
from dialogs.insight.suppression import close_week
from dialogs.rollout.learn.model import CourseTaken
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
    assert "30 %" not in share.sectors, "three people"
    assert "70 %" not in share.sectors, "the rest of a known sum"


async def test_a_registry_group_of_fewer_than_five_has_no_share() -> None:
    house = await opened(office=4)
    await house.complete("care", 6)
    await house.close()
    page = await house.page(Role.ADMIN, who="care0")
    assert page.sectors == ("Helse og omsorg",)
    found = await house.store.find(ClosedPeriod.KIND, f"period:{week_at(MONDAY)}")
    assert decode(ClosedPeriod, found[0]).staff == {EVERYONE: 14, "health": 10}


async def test_weeks_add_up_and_a_week_in_progress_does_not_count() -> None:
    house = await opened(care=20)
    await house.complete("care", 6)
    await house.close()
    for n in range(6, 12):
        await house.put(CourseTaken(person_id=f"care{n}", course_id="share", taken_at=MONDAY + WEEK))
    await house.close(MONDAY + WEEK + timedelta(days=2))
    before = next(each for each in (await house.page(Role.LEADER)).modules if each.id == "share")
    assert before.taken == "6"
    await house.close(MONDAY + 2 * WEEK)
    after = next(each for each in (await house.page(Role.LEADER)).modules if each.id == "share")
    assert after.taken == "12"


async def test_periods_closed_before_sectors_were_counted_make_sector_shares_lower_bounds() -> None:
    house = await opened()
    await house.complete("care", 5)
    await house.close()
    early = "2026-09"
    old = ClosedPeriod(
        municipality_id="lillevik",
        period=early,
        cells={"course": 5, "course#share": 5},
        ended_at=end_of(early),
    )
    assert old.id == period_id("lillevik", early)
    await house.put(old)
    share = next(each for each in (await house.page(Role.EDITOR)).modules if each.id == "share")
    assert share.taken == "10"
    assert share.sectors[0] == "minst 50 %"


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


def test_the_sectors_of_a_module_are_no_modules() -> None:
    cells = cells_of_module("share", "health")
    assert cells == ("course", "course#share", "course#share@health")
    assert list(parts(cells, "course")) == [("course#share", "share")]


def test_a_hidden_sector_hides_a_second_one() -> None:
    counts = {
        "course": 12,
        "course#share": 12,
        "course#share@health": 7,
        "course#share@school": 3,
        "course#share@other": 2,
    }
    cells = {
        cell: CellCount(number=number, people={f"{cell[-6:]}{n}" for n in range(number)})
        for cell, number in counts.items()
    }
    published = close_week(cells)
    assert published["course#share"] == 12
    assert published["course#share@school"] is published["course#share@other"] is None
