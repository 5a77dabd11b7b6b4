"""Who has helped many lately is spared: nearness decides among the others, and nobody waits because of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.availability.worklist import Worklist
from dialogs.handoff.transitions import Status
from knowledge.organisation.fair_share import FEW
from tests.unit.driver import Stage
from tests.unit.handoff.scene import accepted, alter, ambassador, asked, enlist, handoff, stage

A_WEEK = timedelta(weeks=1)


def helped(scene: Stage, times: int, by: str = "ana") -> None:
    """Let a helper take and solve so many questions, one a day."""
    for _ in range(times):
        id_ = accepted(scene, by)
        scene.press(by, "handoff.resolve", handoff_id=id_, answer="Slik gjør du.")
        scene.press("kari", "handoff.confirm", handoff_id=id_)
        scene.ring_until(scene.now + timedelta(days=1))


def offered_to(scene: Stage) -> str | None:
    return handoff(scene, asked(scene)).assignment.offered_to


@pytest.mark.full
def test_whoever_has_helped_many_lately_is_spared() -> None:
    scene = stage()
    helped(scene, FEW)
    assert offered_to(scene) == "ana", "few are not many"
    scene.press("ana", "handoff.accept", handoff_id=scene.get(Worklist, "ana").offered[0])
    assert offered_to(scene) == "bo", "one more is, where the others have none"


def test_a_spared_helper_is_asked_before_anybody_waits() -> None:
    scene = stage()
    helped(scene, FEW + 1)
    id_ = asked(scene)
    scene.press("bo", "handoff.decline", handoff_id=id_)
    scene.press("cato", "handoff.decline", handoff_id=id_)
    assert handoff(scene, id_).assignment.offered_to == "ana"


@pytest.mark.full
def test_sparing_ends_when_the_others_have_caught_up_or_time_has_passed() -> None:
    scene = stage()
    helped(scene, FEW + 1)
    helped(scene, FEW, by="bo")
    assert offered_to(scene) == "ana", "six are not many where another has five"
    scene = stage()
    helped(scene, FEW + 1)
    scene.ring_until(scene.now + 14 * A_WEEK)
    assert offered_to(scene) == "ana"


def test_usual_is_what_those_take_who_are_at_work() -> None:
    scene = stage()
    today = scene.now.date()
    for id_, taken in (("ana", FEW + 3), ("bo", FEW)):
        scene.put(Worklist(id=id_, municipality_id="lillevik", taken=(today,) * taken))
    alter(scene, "cato", paused=True)
    enlist(scene, ambassador("eli", "skole", capacity=0))
    assert offered_to(scene) == "ana", "eight are not many where the other who is there has five"
    scene.press("kari", "handoff.withdraw", handoff_id=scene.get(Worklist, "ana").offered[0])
    alter(scene, "cato", paused=False)
    assert offered_to(scene) == "bo", "they are where somebody has none"


def test_what_another_municipality_takes_is_no_measure() -> None:
    scene = stage(shares=True)
    scene.put(Worklist(id="dag", municipality_id="storvik", taken=(scene.now.date(),) * 50))
    helped(scene, FEW + 1)
    id_ = asked(scene)
    assert handoff(scene, id_).assignment.offered_to == "bo"
    for by in ("bo", "cato", "ana"):  # own municipality to the last, the spared one too
        assert handoff(scene, id_).assignment.offered_to == by
        scene.press(by, "handoff.decline", handoff_id=id_)
    assert handoff(scene, id_).assignment.offered_to == "dag"


def test_a_question_counts_when_it_is_taken_and_once() -> None:
    scene = stage()
    id_ = asked(scene)
    assert scene.get(Worklist, "ana").taken == ()
    scene.press("ana", "handoff.accept", handoff_id=id_)
    scene.press("ana", "handoff.accept", handoff_id=id_)
    scene.press("ana", "handoff.focus", handoff_id=id_)
    scene.say("ana", "Prøv å starte på nytt")
    assert len(scene.get(Worklist, "ana").taken) == 1
    scene.press("ana", "handoff.resolve", handoff_id=id_)
    assert handoff(scene, id_).status is Status.RESOLVED
    assert len(scene.get(Worklist, "ana").taken) == 1


def test_days_that_count_no_longer_are_forgotten_with_the_next_question() -> None:
    scene = stage()
    helped(scene, 1)
    scene.put(replace(scene.get(Worklist, "ana"), taken=(scene.now.date() - 14 * A_WEEK, scene.now.date())))
    accepted(scene)
    assert scene.get(Worklist, "ana").taken == (scene.now.date(),) * 2


@pytest.mark.full
def test_people_are_told_why_others_are_asked_first() -> None:
    scene = stage()
    helped(scene, FEW + 1)
    scene.press("kari", "ambassador.mine")
    [slot] = scene.slots("kari", "ambassador/mine")
    shown = scene.shown("kari", slot)
    assert "har hjulpet mange i det siste, så andre spørres først" in shown
    assert shown.index("Ana") < shown.index("Bo"), "the list of who there is stays in the order of nearness"
