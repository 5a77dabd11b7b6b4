"""Plans by role and sector."""

from dataclasses import replace

import pytest

from dialogs.rollout.learn.learner import CourseTaken, PlanChoice
from tests.unit.driver import TUESDAY, Stage
from tests.unit.rollout.learning_scene import CURRICULUM, learning_stage


@pytest.fixture
def stage() -> Stage:
    return learning_stage()


def shown_last(stage: Stage, who: str = "kari") -> str:
    return stage.shown(who, stage.slots(who)[-1])


def test_a_plan_of_the_sector_is_suggested_and_others_can_choose(stage: Stage) -> None:
    stage.press("kari", "learn.show")
    assert "Forslag til deg: Ny i hjemmetjenesten" in shown_last(stage)
    assert "Neste: Modul phishing" in shown_last(stage)
    stage.press("kim", "learn.show")
    assert "Forslag" not in shown_last(stage, "kim")
    assert "learn.plan" in stage.buttons("kim", stage.slots("kim")[-1])


def test_the_plans_of_the_sector_come_first(stage: Stage) -> None:
    for who, first in (("kari", "care"), ("kim", "leader")):
        stage.press(who, "learn.plan")
        card = stage.posts[who, stage.slots(who)[-1]].card
        assert card is not None
        choices = [choice["value"] for element in card["body"] for choice in element.get("choices", ())]
        assert choices[0] == first
        assert choices[-1] == "-"


def test_a_chosen_plan_is_shown_with_what_is_done_and_comes_before_the_suggestion(stage: Stage) -> None:
    stage.put(CourseTaken(person_id="kari", course_id="teams", taken_at=TUESDAY))
    stage.press("kari", "learn.choose_plan", plan_id="leader")
    assert "Planen din: Leder" in shown_last(stage)
    assert "✓ Modul teams" in shown_last(stage)
    assert stage.get(PlanChoice, "kari").plan_id == "leader"
    assert not stage.press("kari", "learn.choose_plan", plan_id="leader").changed
    stage.press("kari", "learn.show")
    assert "Planen din: Leder" in shown_last(stage)
    assert stage.texts("kari")("learn.plan.done") in shown_last(stage)


def test_whoever_has_a_plan_is_shown_it_and_can_change_it(stage: Stage) -> None:
    stage.press("kari", "learn.choose_plan", plan_id="leader")
    stage.press("kari", "learn.plan")
    assert "Planen din: Leder" in shown_last(stage)
    stage.press("kari", "learn.plan", change="yes")
    assert "learn.choose_plan" in stage.buttons("kari", stage.slots("kari")[-1])


def test_no_plan_is_a_choice_too(stage: Stage) -> None:
    stage.press("kari", "learn.choose_plan", plan_id="-")
    stage.press("kari", "learn.show")
    assert "Forslag" not in shown_last(stage)
    assert "Planen din" not in shown_last(stage)


def test_a_chosen_plan_that_is_gone_leaves_the_suggestion(stage: Stage) -> None:
    stage.press("kari", "learn.choose_plan", plan_id="leader")
    stage.content = replace(stage.content, curriculum=replace(CURRICULUM, plans=CURRICULUM.plans[:1]))
    stage.press("kari", "learn.show")
    assert "Forslag til deg: Ny i hjemmetjenesten" in shown_last(stage)


@pytest.mark.parametrize("plan_id", ["", "mars", "x" * 4000])
def test_what_is_no_plan_is_refused_and_nothing_changes(stage: Stage, plan_id: str) -> None:
    outcome = stage.press("kari", "learn.choose_plan", plan_id=plan_id)
    assert outcome.notice == stage.texts("kari")("learn.plan.choose_first")
    assert not outcome.changed


def test_without_plans_there_is_a_word_about_it(stage: Stage) -> None:
    stage.content = replace(stage.content, curriculum=replace(CURRICULUM, plans=()))
    stage.press("kari", "learn.plan")
    assert shown_last(stage) == stage.texts("kari")("learn.plan.none_yet")
