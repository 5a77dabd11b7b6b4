from collections.abc import Callable
from datetime import timedelta

import pytest

from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.core.person import Person, Role
from tests.unit.announce.town import TEXTS, Town, person


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
    assert back.state is AnnouncementState.DRAFT
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
    town.act("announce.schedule", draft, day="2027-10-31", time="02:30", off_hours="true")
    assert town.now_is(draft).scheduled_at == town.now.replace(day=31, hour=0, minute=30)


def test_it_must_not_expire_before_it_is_sent(town: Town) -> None:
    draft = town.draft(expires="2026-11-25")
    outcome = town.act("announce.schedule", draft, day="2026-11-26", time="08:00")
    assert outcome.notice == town.texts("anja")("announce.fault.expired")


def gone(town: Town, who: str) -> None:
    """Let somebody be erased."""
    town.forget(Person, who)


def no_longer(town: Town, who: str) -> None:
    """Let somebody lose every role."""
    town.change(who, roles=frozenset({Role.EMPLOYEE}))


def moved(town: Town, who: str) -> None:
    """Let somebody work elsewhere, with the same role."""
    town.change(who, municipality_id="storvik", unit_id="brygge")


def left(town: Town, who: str) -> None:
    """Let somebody leave the registry, as an import does."""
    town.change(who, municipality_id=None, unit_id=None, roles=frozenset({Role.EMPLOYEE}), left=True)


LOST = [pytest.param(change, id=change.__name__) for change in (gone, no_longer, moved, left)]


def planned(town: Town, who: str = "anja", **fields: str) -> Announcement:
    draft = town.draft(who, **fields)
    assert not town.act("announce.schedule", draft, who, day="2026-11-24", time="12:30").notices
    return town.now_is(draft)


@pytest.mark.parametrize("change", LOST)
def test_what_its_author_may_no_longer_send_is_not_sent_and_those_who_can_take_over_are_told(
    town: Town, change: Callable[[Town, str], None]
) -> None:
    town.put(person("adam", "skole", Role.ADMIN))
    waiting = planned(town, units="nord")
    change(town, "anja")
    town.ring_until(town.now.replace(hour=12))
    assert town.readers(waiting) == set()
    stopped = town.now_is(waiting)
    assert (stopped.state, stopped.scheduled_at) == (AnnouncementState.DRAFT, None)
    told = f"{waiting.slot}/stopped/{stopped.edition}"
    sentence = town.texts("arne")("announce.stopped", title="Teams er nede")
    assert [who for who in ("arne", "gro", "adam", "nils", "berit") if sentence in town.shown(who, told)] == [
        "arne",
        "gro",
        "adam",
    ]
    assert town.buttons("arne", told) == ["announce.open"]
    assert town.buttons("gro", told) == []
    assert reason_of_stop(town, waiting) == "requester_without_right"
    assert not town.act("announce.send", stopped, "arne").notices
    town.wait()
    assert town.readers(waiting) == {"nils", "nora"}


def reason_of_stop(town: Town, waiting: Announcement) -> str:
    """Return the audited reason of the stop, the latest act on the announcement."""
    last = [audit for audit in town.audits if audit.subject == waiting.id][-1]
    assert (last.act, last.by) == ("announce.stopped", "clock")
    return dict(last.details)["reason"]


def test_an_author_who_left_is_sent_nothing_about_the_stopped_announcement(town: Town) -> None:
    waiting = planned(town, units="nord")
    before = town.shown("anja", waiting.desk)
    left(town, "anja")
    town.ring_until(town.now.replace(hour=12))
    assert town.now_is(waiting).state is AnnouncementState.DRAFT
    assert town.shown("anja", waiting.desk) == before


def test_an_author_who_lost_the_role_is_told_on_the_card_of_the_announcement(town: Town) -> None:
    waiting = planned(town, units="nord")
    no_longer(town, "anja")
    town.ring_until(town.now.replace(hour=12))
    assert town.texts("anja")("announce.stopped", title="Teams er nede") in town.shown("anja", waiting.desk)
    assert town.buttons("anja", waiting.desk) == []


def test_a_narrower_scope_stops_what_was_for_everybody(town: Town) -> None:
    waiting = planned(town, "drude", municipalities="")
    town.change("drude", roles=frozenset({Role.ANNOUNCER}))
    town.ring_until(town.now.replace(hour=12))
    assert town.readers(waiting) == set()
    assert town.now_is(waiting).state is AnnouncementState.DRAFT
    assert reason_of_stop(town, waiting) == "audience_too_wide"


def test_whoever_planned_it_last_answers_for_it(town: Town) -> None:
    waiting = planned(town, units="nord")
    assert not town.act("announce.schedule", waiting, "arne", day="2026-11-24", time="12:40").notices
    no_longer(town, "anja")
    town.ring_until(town.now.replace(hour=12))
    assert town.readers(waiting) == {"nils", "nora"}
    assert [change.by for change in town.now_is(waiting).history if change.act == "sent"] == ["arne"]


@pytest.mark.parametrize("change", LOST)
@pytest.mark.parametrize("who", ["anja", "gro"])
def test_what_was_approved_needs_both_to_be_who_they_were(change: Callable[[Town, str], None], who: str) -> None:
    town = Town(approval=True)
    waiting = planned(town, units="nord")
    assert town.act("announce.approve", waiting, "gro").changed
    change(town, who)
    town.ring_until(town.now.replace(hour=12))
    assert town.readers(waiting) == set()
    assert (town.now_is(waiting).state, town.now_is(waiting).approved_by) == (AnnouncementState.DRAFT, None)
    assert reason_of_stop(town, waiting) == {"anja": "requester_without_right", "gro": "approver_without_right"}[who]


@pytest.mark.parametrize("change", LOST)
def test_an_approved_one_moved_to_another_time_needs_who_moved_it_to_be_who_they_were(
    change: Callable[[Town, str], None],
) -> None:
    town = Town(approval=True)
    waiting = planned(town, units="nord")
    assert town.act("announce.approve", waiting, "gro").changed
    assert not town.act("announce.schedule", waiting, "arne", day="2026-11-24", time="12:40").notices
    change(town, "arne")
    town.ring_until(town.now.replace(hour=12))
    assert town.readers(waiting) == set()
    assert town.now_is(waiting).state is AnnouncementState.DRAFT
    assert reason_of_stop(town, waiting) == "requester_without_right"


@pytest.mark.parametrize("change", LOST)
def test_nobody_approves_what_its_author_may_no_longer_send(change: Callable[[Town, str], None]) -> None:
    town = Town(approval=True)
    draft = town.draft(units="nord")
    town.act("announce.send", draft)
    asked = town.now_is(draft)
    change(town, "anja")
    outcome = town.act("announce.approve", asked, "gro")
    assert outcome.notice == town.texts("gro")("announce.refuse.author_gone")
    assert not outcome.changed
    assert town.act("announce.reject", asked, "gro").changed


@pytest.mark.parametrize(("day", "told"), [("2026-12-24", "24. desember 2026"), ("2027-06-30", "30. juni 2027")])
def test_readers_are_told_the_last_day_and_not_the_midnight_after_it(town: Town, day: str, told: str) -> None:
    sent = town.send(units="nord", expires=day)
    assert f"til og med {told}" in town.shown("nils", sent.slot)


def _audited(town: Town, announcement: Announcement) -> list[tuple[str, str, dict[str, str]]]:
    found = [audit for audit in town.audits if audit.subject == announcement.id]
    return [(audit.act, audit.by, dict(audit.details)) for audit in found]


def test_the_audit_log_tells_planning_moving_cancelling_and_sending_apart(town: Town) -> None:
    draft = town.draft(units="nord")
    town.act("announce.schedule", draft, day="2026-11-24", time="12:30")
    town.act("announce.schedule", town.now_is(draft), day="2026-11-24", time="14:00")
    town.act("announce.unschedule", town.now_is(draft))
    town.act("announce.schedule", town.now_is(draft), day="2026-11-24", time="13:00")
    town.wait(4 * 3600)
    assert _audited(town, draft) == [
        ("announce.schedule", "anja", {"at": "2026-11-24T11:30:00+00:00"}),
        ("announce.reschedule", "anja", {"at": "2026-11-24T13:00:00+00:00"}),
        ("announce.cancel", "anja", {}),
        ("announce.schedule", "anja", {"at": "2026-11-24T12:00:00+00:00"}),
        ("announce.send", "anja", {"planned": "true"}),
    ]


def test_a_request_for_approval_is_no_sending_in_the_audit_log() -> None:
    town = Town(approval=True)
    draft = town.draft(units="nord")
    town.act("announce.schedule", draft, day="2026-11-24", time="12:30")
    town.act("announce.approve", town.now_is(draft), "gro")
    at = {"at": "2026-11-24T11:30:00+00:00"}
    assert _audited(town, draft) == [("announce.submit", "anja", at), ("announce.approve", "gro", at)]
