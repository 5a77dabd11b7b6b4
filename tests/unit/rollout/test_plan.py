"""The plan in force: dates as they are written, places, and what the desk changed over the file's lines."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dialogs.core.milestone import Certainty, Milestone, MilestoneState, PlannedDays, date_in_words
from dialogs.rollout.timeline.model import PlanEntry, digest_of
from dialogs.rollout.timeline.plan import overlaid
from knowledge.article.article import Language
from tests.unit.announce.town import organisation
from tests.unit.driver import CATALOGUE, TUESDAY

TODAY = date(2026, 11, 27)
TOWN = organisation()


def milestone(date: str = "2027-03", **more: Any) -> Milestone:
    return Milestone(date=date, what={Language.NB: "Teams"}, **{"id": "teams", "certainty": Certainty.LIKELY, **more})


def entry(line: Milestone | None = None, **more: Any) -> PlanEntry:
    values = {"id": "teams", "number": 1, "sequence": 1, "changed_at": TUESDAY, "plan": milestone("2027-05"), **more}
    return PlanEntry(file_digest=digest_of(line) if line else "", **values)


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2027", "2027-01-01", "2027-12-31"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("2027-03-15", "2027-03-15", "2027-03-15"),
        ("2027-winter", "2027-01-01", "2027-02-28"),
        ("2027-autumn", "2027-09-01", "2027-11-30"),
        ("2027-03/2027-04", "2027-03-01", "2027-04-30"),
        ("2027-06-21/2027-summer", "2027-06-21", "2027-08-31"),
    ],
)
def test_a_planned_date_means_its_first_to_its_last_day(written: str, first: str, last: str) -> None:
    days = PlannedDays.parse(written)
    assert (days.first.isoformat(), days.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "written",
    [
        *("", "soon", "27", "1999", "2101", "2027-13", "2027-00", "2027-02-30", "2027-W10", "2027-03-15T10:00"),
        *("2027-03-15+01", "2027-04/2027-03", "2027/", "/2027", "2027-03/2027-03-01/2027", "２０２７", "2027-3"),
    ],
)
def test_a_date_that_is_none_or_ends_before_it_begins_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"is no|before|month|day"):
        PlannedDays.parse(written)
    with pytest.raises(ValueError, match=r"is no|before|month|day"):
        milestone(written)


@pytest.mark.parametrize("wrong", [{"id": "Teams!"}, {"id": "a" * 61}, {"done_on": "2027"}, {"was": "x"}])
def test_a_milestone_with_an_impossible_part_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"id|day|month"):
        milestone(**wrong)


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, MilestoneState.PLANNED),
        ({"date": "2026-11"}, MilestoneState.PLANNED),
        ({"date": "2026-10"}, MilestoneState.LATE),
        ({"date": "2026-10", "certainty": None}, MilestoneState.DONE),
        ({"done": True}, MilestoneState.DONE),
        ({"done": True, "withdrawn": True}, MilestoneState.WITHDRAWN),
    ],
)
def test_what_is_planned_is_late_until_it_is_marked_and_history_is_done_by_itself(
    changes: dict[str, Any], state: MilestoneState
) -> None:
    assert milestone(**changes).state(TODAY) is state


def test_a_period_is_read_out_with_both_ends() -> None:
    assert date_in_words(CATALOGUE[Language.NB], "2027-03-01/2027-04") == "1. mars 2027 – april 2027"
    assert date_in_words(CATALOGUE[Language.EN], "2027-spring") == "spring 2027"


@pytest.mark.parametrize(
    ("limits", "unit", "steps"),
    [
        ({"units": {"nord"}}, "nord", 0),
        ({"units": {"helse"}}, "nord", 1),
        ({"units": {"helse"}}, "gamlenord", 1),
        ({"units": {"gamlenord"}}, "nord", 0),
        ({"municipalities": {"lillevik"}}, "nord", 3),
        ({}, "nord", 4),
        ({"units": {"sor"}}, "nord", None),
        ({"municipalities": {"storvik"}}, "nord", None),
        ({"units": {"brygge"}}, "nord", None),
        ({"municipalities": {"lillevik"}}, None, 0),
        ({"units": {"helse"}}, "brygge", None),
    ],
)
def test_a_milestone_is_as_near_as_its_unit_is_up_the_tree(
    limits: dict[str, set[str]], unit: str | None, steps: int | None
) -> None:
    found = milestone(**{name: frozenset(ids) for name, ids in limits.items()})
    assert found.steps_to(TOWN, "lillevik", unit) == steps


def test_the_desk_replaces_a_line_until_the_line_says_something_else() -> None:
    line = milestone()
    assert [each.milestone.date for each in overlaid([line], [])] == ["2027-03"]
    [changed] = overlaid([line], [entry(line)])
    assert (changed.milestone.date, changed.file_changed, changed.sequence) == ("2027-05", False, 1)
    [again] = overlaid([replace(line, date="2027-09")], [entry(line)])
    assert (again.milestone.date, again.file_changed, again.sequence) == ("2027-09", True, 2)


def test_a_line_taken_out_of_the_file_lives_on_as_the_desk_has_it_and_a_desks_own_needs_no_line() -> None:
    assert [each.id for each in overlaid([], [entry(milestone()), entry(id="new")])] == ["new", "teams"]
    [kept] = overlaid([milestone()], [entry(milestone(), from_file=True)])
    assert kept.milestone == milestone()
    assert overlaid([], [entry(milestone(), from_file=True)]) == ()


def test_lines_without_an_id_are_told_apart_by_date_and_text() -> None:
    one, other = milestone(id=""), milestone("2027-04", id="")
    assert one.line_id != other.line_id
    assert one.line_id == replace(one, public=False).line_id
    assert (
        PlanEntry(id=one.line_id, number=1, plan=replace(one, id=one.line_id), changed_at=TUESDAY).plan.line_id
        == one.line_id
    )


def test_the_plan_is_in_the_order_of_its_dates() -> None:
    lines = [milestone(when, id=f"m{n}") for n, when in enumerate(("2027-03", "2026", "2027-03-01", "2027-winter"))]
    assert [each.milestone.date for each in overlaid(lines, [])] == ["2026", "2027-winter", "2027-03-01", "2027-03"]
