"""Timers that fire late, because the bot was off: the passing of a deadline is dated at the deadline."""

from dataclasses import replace
from datetime import datetime, timedelta

from dialogs.core.decision import later
from dialogs.core.person import Person, Role
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status, Transition
from tests.unit.driver import Stage
from tests.unit.handoff.scene import accepted, asked, handoff, person, stage


def late(scene: Stage, for_: timedelta) -> None:
    """Let the bot be off, then ring what is due."""
    scene.now += for_
    scene.ring_until(scene.now)


def due(scene: Stage, id_: str) -> datetime:
    """Return when the next step of a handoff is due."""
    next_at = handoff(scene, id_).next_at
    assert next_at is not None
    return next_at


def test_a_solved_question_closes_at_the_time_it_was_due() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    expected = due(scene, id_)
    late(scene, timedelta(days=100))
    closed = handoff(scene, id_)
    assert closed.history[-1].what is Transition.CLOSED
    assert closed.changed_at == closed.history[-1].at == expected


def test_a_change_after_the_deadline_counts() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.now += timedelta(days=20)
    scene.put(replace(handoff(scene, id_), changed_at=scene.now))
    late(scene, timedelta(days=1))
    assert handoff(scene, id_).changed_at == scene.now - timedelta(days=1)


def test_an_offer_expires_at_the_time_it_was_due_and_is_made_to_the_next_now() -> None:
    scene = stage()
    id_ = asked(scene)
    expected = due(scene, id_)
    late(scene, timedelta(hours=4))
    entries = {entry.what: entry.at for entry in handoff(scene, id_).history}
    assert entries[Transition.EXPIRED] == expected
    assert entries[Transition.OFFERED] == scene.now


def test_a_silent_asker_counts_from_the_time_it_was_due_and_still_has_two_weeks_to_reopen() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.say("ana", "Høyreklikk.")
    while not handoff(scene, id_).chat.reminders:
        scene.ring_until(scene.now + timedelta(hours=1))
    expected = due(scene, id_)
    late(scene, timedelta(days=100))
    resolved = handoff(scene, id_)
    assert resolved.status is Status.RESOLVED
    assert resolved.changed_at == resolved.solved_at == expected
    assert resolved.next_at == scene.now + timedelta(days=14)


def test_a_leavers_question_is_withdrawn_at_the_time_it_was_due() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.put(replace(scene.get(Person, "kari"), left=True))
    expected = scene.now + timedelta(minutes=1)
    scene.schedule(later("handoff/left/kari", expected, "handoff.left", person_id="kari"))
    late(scene, timedelta(days=100))
    withdrawn = handoff(scene, id_)
    assert (withdrawn.status, withdrawn.changed_at) == (Status.WITHDRAWN, expected)


def test_a_question_older_than_its_retention_is_left_to_retention_by_every_timer() -> None:
    scene = stage()
    id_ = accepted(scene)
    before = handoff(scene, id_)
    scene.put(replace(scene.get(Person, "kari"), left=True), replace(scene.get(Person, "ana"), addresses={}))
    scene.schedule(later("handoff/left/kari", scene.now, "handoff.left", person_id="kari"))
    scene.schedule(later("handoff/lost/ana", scene.now, "handoff.lost", person_id="ana"))
    late(scene, timedelta(days=31 * (Handoff.RULES.months or 0)))
    assert handoff(scene, id_) == before


def test_an_overseer_reminds_the_helper_of_an_overdue_question_but_not_again_at_once() -> None:
    scene = stage()
    scene.put(person("adm", "lillevik", Role.ADMIN, name="Administrator Lillevik"))
    id_ = accepted(scene)

    def reminded(who: str) -> str:
        return scene.press(who, "handoff.remind", handoff_id=id_).notice or ""

    assert "ikke over fristen" in reminded("adm")
    promised = handoff(scene, id_).assignment.expected_at
    assert promised is not None
    scene.now = promised + timedelta(minutes=1)
    before = scene.slots("ana", f"handoff/{id_}/reminder/")
    assert reminded("adm") == "Ambassadør Ana har fått en påminnelse."
    [slot] = [each for each in scene.slots("ana", f"handoff/{id_}/reminder/") if each not in before]
    assert "venter på svar fra deg" in scene.shown("ana", slot)
    assert handoff(scene, id_).assignment.owner_id == "ana", "no one takes it away"
    assert [(each.act, each.by) for each in scene.audits][-1] == ("handoff.reminded", "adm")
    assert "Vent noen timer" in reminded("kim")
    scene.now += timedelta(hours=4)
    assert "har fått en påminnelse" in reminded("kim")
    for who in ("ana", "bo", "kari", "per"):
        scene.now += timedelta(hours=4)
        assert "påminnelse" not in reminded(who), who
