"""How long a sending will take, told only where that can be known."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from dialogs.announce.model import Announcement, Task, TaskKind
from dialogs.announce.report.figures import DeliveryFigures
from tests.unit.driver import TUESDAY

LATER = TUESDAY + timedelta(seconds=4)


@pytest.fixture
def sending() -> Announcement:
    return Announcement(
        id="a",
        author_id="anja",
        municipality_id="lillevik",
        desk="announce/desk/a",
        started_at=TUESDAY,
        created_at=TUESDAY,
        changed_at=TUESDAY,
    )


def test_the_time_left_follows_from_the_pace_so_far(sending: Announcement) -> None:
    numbers = DeliveryFigures(sent=15, unreachable=5, waiting=40, throttled=20, to_come=40)
    assert numbers.per_second(sending, LATER) == 5
    assert numbers.seconds_left(sending, LATER) == 20


def test_what_was_settled_before_is_no_part_of_the_pace(sending: Announcement) -> None:
    numbers = DeliveryFigures(sent=120, waiting=40)
    assert numbers.seconds_left(replace(sending, settled_before=100), LATER) == 8


@pytest.mark.parametrize(
    ("numbers", "at"),
    [
        (DeliveryFigures(sent=9, throttled=60), LATER),
        (DeliveryFigures(sent=20), LATER),
        (DeliveryFigures(sent=20, waiting=5), TUESDAY),
    ],
    ids=["a few are no pace", "nothing is left", "no time has passed"],
)
def test_no_time_is_told_that_nobody_can_know(sending: Announcement, numbers: DeliveryFigures, at: datetime) -> None:
    assert numbers.seconds_left(sending, at) is None


def test_no_time_is_told_while_a_correction_is_still_being_owed(sending: Announcement) -> None:
    revising = replace(sending, tasks=(Task(kind=TaskKind.REVISE),))
    assert DeliveryFigures(sent=20, waiting=5).seconds_left(revising, LATER) is None


def test_no_time_is_told_when_all_who_are_left_wait_for_working_hours(sending: Announcement) -> None:
    resting = replace(sending, resting=5, resting_until=LATER + timedelta(hours=9))
    assert DeliveryFigures(sent=20, waiting=5).seconds_left(resting, LATER) is None
    assert DeliveryFigures(sent=20, waiting=15).seconds_left(resting, LATER) == 2
    assert DeliveryFigures(waiting=5).resting(resting, LATER + timedelta(hours=9)) == 0
