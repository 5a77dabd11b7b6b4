from datetime import timedelta

import pytest

from dialogs.announce.model import State
from tests.unit.announce.town import TEXTS, Town


@pytest.fixture
def town() -> Town:
    return Town()


def test_it_goes_out_at_its_time_in_norway_and_not_before(town: Town) -> None:
    draft = town.draft(units="nord")
    assert not town.act("announce.schedule", draft, day="2026-11-24", time="12:30").notices
    at = town.now.replace(hour=11, minute=30)
    town.ring_until(at - timedelta(seconds=1))
    assert town.readers(draft) == set()
    town.ring_until(at + timedelta(seconds=10))
    assert town.readers(draft) == {"nils", "nora"}


def test_another_time_moves_it(town: Town) -> None:
    draft = town.draft(units="nord")
    town.act("announce.schedule", draft, day="2026-11-24", time="12:30")
    assert not town.act("announce.schedule", town.now_is(draft), day="2026-11-24", time="14:00").notices
    town.ring_until(town.now.replace(hour=12, minute=59))
    assert town.readers(draft) == set()
    town.wait(120)
    assert town.readers(draft) == {"nils", "nora"}


def test_cancelled_it_is_a_draft_again_that_can_be_sent(town: Town) -> None:
    draft = town.draft(units="nord")
    town.act("announce.schedule", draft, day="2026-11-24", time="12:30")
    scheduled = town.now_is(draft)
    assert town.act("announce.preview", scheduled, **TEXTS).notice == town.texts("anja")("announce.refuse.scheduled")
    town.act("announce.unschedule", scheduled)
    assert not town.timers
    town.wait(24 * 3600)
    assert town.readers(draft) == set()
    back = town.now_is(draft)
    assert back.state is State.DRAFT
    town.act("announce.send", back)
    town.wait()
    assert town.readers(draft) == {"nils", "nora"}


@pytest.mark.parametrize(
    ("day", "time", "key"),
    [
        ("2027-03-28", "02:30", "announce.fault.gap"),
        ("2026-11-24", "24:30", "announce.fault.date"),
        ("i morgen", "08:00", "announce.fault.date"),
        ("", "", "announce.fault.date"),
        ("2028-01-01", "08:00", "announce.fault.far"),
    ],
)
def test_a_time_that_cannot_be_is_refused(town: Town, day: str, time: str, key: str) -> None:
    draft = town.draft()
    outcome = town.act("announce.schedule", draft, day=day, time=time)
    assert outcome.notice == town.texts("anja")(key)
    assert not outcome.changed


def test_a_time_that_has_passed_is_refused(town: Town) -> None:
    outcome = town.act("announce.schedule", town.draft(), day="2026-11-24", time="08:59")
    assert "allerede forbi" in outcome.notice
    assert not outcome.changed


def test_an_hour_that_comes_twice_means_the_first(town: Town) -> None:
    town.ring_until(town.now.replace(year=2027, month=10, day=1))
    draft = town.draft(units="nord")
    town.act("announce.schedule", draft, day="2027-10-31", time="02:30")
    assert town.now_is(draft).scheduled_at == town.now.replace(day=31, hour=0, minute=30)


def test_it_must_not_expire_before_it_is_sent(town: Town) -> None:
    draft = town.draft(expires="2026-11-25")
    outcome = town.act("announce.schedule", draft, day="2026-11-26", time="08:00")
    assert outcome.notice == town.texts("anja")("announce.fault.expired")
