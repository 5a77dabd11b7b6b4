"""A whole year of a few questions among people who are away, forget and leave: every night each has a next event."""

import pytest

from dialogs.handoff.transitions import Status
from tests.bench.year.place import Recruiting
from tests.bench.year.simulation import Routing, live


@pytest.mark.quick  # the state machine of test_handoff_machine.py looks for the same in shorter lives
def test_no_night_of_a_year_finds_a_question_without_an_owner_or_a_next_event() -> None:
    year = live(Routing.NEAREST, Recruiting.EVEN, questions=150)
    assert year.asked > 150, "nobody asked on the mornings of a launch"
    assert year.looks == 366
    assert year.cold == 0
    assert year.ended[Status.RESOLVED] + year.ended[Status.WITHDRAWN] > 0.93 * year.asked
