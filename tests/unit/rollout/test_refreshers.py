"""Refreshers: a question from a completed module, at most one a quarter, in office hours, or never."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.core.decision import Schedule
from dialogs.core.person import Person
from dialogs.privacy.erasing import close_cases
from dialogs.rollout.learn.learner import CourseTaken, ModulePlace
from dialogs.rollout.learn.refreshing import PACE, refresher_key
from knowledge.organisation.office_hours import OfficeHours, add_working_time
from tests.unit.driver import TUESDAY, Stage
from tests.unit.rollout.learning_scene import learning_stage


@pytest.fixture
def stage() -> Stage:
    scene = learning_stage()
    scene.press("kari", "learn.done", module_id="share")
    return scene


def refreshers(stage: Stage) -> list[str]:
    return stage.slots("kari", "learn/refresher/")


def test_a_question_comes_fourteen_weeks_later_and_goes_on_so(stage: Stage) -> None:
    stage.ring_until(TUESDAY + PACE - timedelta(minutes=1))
    assert refreshers(stage) == []
    stage.ring_until(TUESDAY + PACE)
    [slot] = refreshers(stage)
    shown = stage.shown("kari", slot)
    assert "Modul share" in shown
    assert "Hva velger du?" in shown
    assert stage.buttons("kari", slot) == ["learn.recall", "learn.step", "learn.refreshers"]
    stage.ring_until(TUESDAY + 3 * PACE)
    assert len(refreshers(stage)) == 3


def test_each_quarter_has_one_at_most_whenever_the_module_was_completed() -> None:
    for day in range(0, 370, 7):
        scene = learning_stage()
        scene.now = TUESDAY + timedelta(days=day, hours=day % 24)
        scene.press("kari", "learn.done", module_id="share")
        quarters = []
        for _ in range(6):
            scene.now, _ = scene.timers[refresher_key("kari")]
            [post] = scene.ring("learn.refresh", person_id="kari").posts
            assert post.not_before is not None
            quarters.append((post.not_before.year, (post.not_before.month - 1) // 3))
        assert len(set(quarters)) == 6


def test_completing_more_modules_does_not_make_them_come_more_often(stage: Stage) -> None:
    stage.ring_until(TUESDAY + timedelta(weeks=5))
    stage.press("kari", "learn.done", module_id="phishing")
    assert [key for key in stage.timers if key == refresher_key("kari")] == list(stage.timers)
    stage.ring_until(TUESDAY + PACE + timedelta(weeks=4))
    assert refreshers(stage) == []
    stage.ring_until(TUESDAY + timedelta(weeks=5) + 2 * PACE)
    assert len(refreshers(stage)) == 2
    both = " ".join(stage.shown("kari", slot) for slot in refreshers(stage))
    assert "Modul share" in both
    assert "Modul phishing" in both, "they come in turn"


def test_it_never_comes_outside_office_hours(stage: Stage) -> None:
    saturday = TUESDAY + timedelta(days=4, hours=14)
    outcome = stage.ring("learn.refresh", person_id="kari")
    [post] = outcome.posts
    assert post.not_before == stage.now
    stage.now = saturday
    [post] = stage.ring("learn.refresh", person_id="kari").posts
    assert post.not_before == add_working_time(saturday, timedelta(), OfficeHours())
    assert post.not_before is not None
    assert post.not_before.weekday() == 0


@pytest.mark.parametrize("change", [{"refreshers": False}, {"muted": True}, {"left": True, "registered": False}])
def test_who_does_not_want_it_or_has_left_gets_none(stage: Stage, change: dict[str, bool]) -> None:
    stage.put(replace(stage.get(Person, "kari"), **change))
    stage.ring_until(TUESDAY + 2 * PACE)
    assert refreshers(stage) == []


def test_it_is_switched_off_and_on_by_the_person(stage: Stage) -> None:
    stage.press("kari", "learn.refreshers", on="false")
    assert not stage.get(Person, "kari").refreshers
    assert not stage.press("kari", "learn.refreshers", on="false").changed
    stage.ring_until(TUESDAY + PACE)
    assert refreshers(stage) == []
    stage.press("kari", "learn.refreshers", on="true")
    stage.ring_until(TUESDAY + 2 * PACE)
    assert len(refreshers(stage)) == 1


def test_the_answer_is_explained_in_place_and_nothing_is_kept(stage: Stage) -> None:
    stage.ring_until(TUESDAY + PACE)
    [slot] = refreshers(stage)
    outcome = stage.press("kari", "learn.recall", slot=slot, module_id="share", step="2", choice="1")
    assert not outcome.changed
    assert "Fordi det er slik." in stage.shown("kari", slot)
    assert stage.all(ModulePlace) == []
    unanswered = stage.press("kari", "learn.recall", slot=slot, module_id="share", step="2")
    assert unanswered.notice == stage.texts("kari")("learn.choose_first")


def test_without_a_module_that_asks_nothing_comes(stage: Stage) -> None:
    stage.forget(CourseTaken, "kari:share")
    stage.put(CourseTaken(person_id="kari", course_id="outside", taken_at=TUESDAY))
    stage.ring_until(TUESDAY + 2 * PACE)
    assert refreshers(stage) == []
    stage.forget(CourseTaken, "kari:outside")
    stage.ring_until(TUESDAY + 4 * PACE)
    assert stage.timers == {}, "nothing is left to refresh"


def test_an_erasure_takes_the_timer_along(stage: Stage) -> None:
    assert refresher_key("kari") in stage.timers
    decision = stage.answer_to("kari", lambda work: close_cases(work.event, stage.content, "kari"))
    assert Schedule(key=refresher_key("kari"), at=None) in decision.effects


def test_the_key_of_the_timer_does_not_name_the_person() -> None:
    assert "kari" not in refresher_key("kari")
    assert refresher_key("kari") != refresher_key("kim")
