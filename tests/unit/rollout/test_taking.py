"""Taking a module: steps in one slot, leaving and coming back, answers, the end; and bad input."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.content.catalogue import commands_of
from dialogs.core.event import Scope
from dialogs.core.session import Session
from dialogs.rollout.learn.learner import CourseTaken, ModulePlace
from tests.unit.driver import CATALOGUE, TUESDAY, Stage
from tests.unit.handoff.scene import ARTICLE
from tests.unit.rollout.learning_scene import CURRICULUM, SHARE, learning_stage, module, question_step, text_step


@pytest.fixture
def stage() -> Stage:
    return learning_stage()


def opened(stage: Stage, module_id: str = "share", who: str = "kari") -> str:
    """Open a module and return its slot."""
    stage.press(who, "learn.open", module_id=module_id)
    return stage.slots(who)[-1]


def place(stage: Stage, who: str = "kari", module_id: str = "share") -> int | None:
    found = stage.find(ModulePlace, f"{who}:{module_id}")
    return found.step if found is not None else None


def to_the_end(stage: Stage, slot: str) -> None:
    stage.press("kari", "learn.step", slot=slot, module_id="share", step="2")
    stage.press("kari", "learn.answer", slot=slot, module_id="share", step="2", choice="2")
    stage.press("kari", "learn.step", slot=slot, module_id="share", step="3")


def test_a_module_is_taken_step_by_step_in_one_slot(stage: Stage) -> None:
    slot = opened(stage)
    assert "Velg Del" in stage.shown("kari", slot)
    assert "Steg 1 av 3" in stage.shown("kari", slot)
    assert stage.buttons("kari", slot) == ["learn.step", "learn.show"]
    stage.press("kari", "learn.step", slot=slot, module_id="share", step="2")
    assert "Hva velger du?" in stage.shown("kari", slot)
    assert stage.buttons("kari", slot) == ["learn.answer", "learn.step", "learn.show"]
    stage.press("kari", "learn.answer", slot=slot, module_id="share", step="2", choice="2")
    assert "Riktig!" in stage.shown("kari", slot)
    assert "Fordi det er slik." in stage.shown("kari", slot)
    stage.press("kari", "learn.step", slot=slot, module_id="share", step="3")
    assert stage.posts["kari", slot].image_id == "module.share.png"
    assert stage.posts["kari", slot].image_alt == "Bilde (nb)"
    stage.press("kari", "learn.finish", slot=slot, module_id="share")
    assert "Ferdig!" in stage.shown("kari", slot)
    assert "classroom.show" in stage.buttons("kari", slot), "the way back to a course that demanded the module"
    assert stage.posts["kari", slot].image_id is None
    assert stage.slots("kari") == [slot]
    assert [taken.course_id for taken in stage.all(CourseTaken)] == ["share"]
    assert stage.all(ModulePlace) == []


def test_a_wrong_answer_shows_the_right_one_and_lets_one_go_on(stage: Stage) -> None:
    slot = opened(stage)
    stage.press("kari", "learn.answer", slot=slot, module_id="share", step="2", choice="1")
    shown = stage.shown("kari", slot)
    assert "Rett svar" in shown
    assert "Du svarte: Feil svar" in shown
    assert stage.buttons("kari", slot)[0] == "learn.step"


def test_of_a_wrong_answer_only_the_question_is_kept_until_it_is_answered_right(stage: Stage) -> None:
    slot = opened(stage)
    stage.press("kari", "learn.step", slot=slot, module_id="share", step="2")
    before = stage.all(ModulePlace)
    assert not stage.press("kari", "learn.answer", slot=slot, module_id="share", step="2", choice="2").changed
    stage.press("kari", "learn.answer", slot=slot, module_id="share", step="2", choice="1")
    [wrong] = stage.all(ModulePlace)
    assert wrong == replace(before[0], to_repeat=(2,), changed_at=wrong.changed_at)
    assert not stage.press("kari", "learn.answer", slot=slot, module_id="share", step="2", choice="1").changed
    stage.press("kari", "learn.answer", slot=slot, module_id="share", step="2", choice="2")
    assert [left.to_repeat for left in stage.all(ModulePlace)] == [()]


QUIZ = module("quiz", question_step("Første?"), text_step("Les"), question_step("Andre?"), question_step("Tredje?"))


def quizzed(stage: Stage, *choices: str) -> str:
    """Answer the three questions of a module on one device, finish it on another, and return the slot of the end."""
    stage.content = replace(stage.content, curriculum=replace(CURRICULUM, modules=(*CURRICULUM.modules, QUIZ)))
    for step, choice in zip(QUIZ.questions, choices, strict=True):
        stage.press("kari", "learn.step", module_id="quiz", step=str(step))
        stage.press("kari", "learn.answer", module_id="quiz", step=str(step), choice=choice)
    stage.press("kari", "learn.finish", module_id="quiz")
    return stage.slots("kari")[-1]


def test_the_end_shows_the_score_and_the_questions_to_repeat(stage: Stage) -> None:
    end = quizzed(stage, "1", "2", "1")
    shown = stage.shown("kari", end)
    assert "Riktige svar: 1 av 3." in shown
    assert "Første?" in shown
    assert "Andre?" not in shown
    assert "Tredje?" in shown
    assert stage.buttons("kari", end)[0] == "learn.repeat"
    assert "Riktige svar: 1 av 3." in stage.posts["kari", end].text
    assert [taken.course_id for taken in stage.all(CourseTaken)] == ["quiz"]
    assert not stage.press("kari", "learn.finish", slot=end, module_id="quiz").changed
    assert "Riktige svar: 1 av 3." in stage.shown("kari", end)


def test_without_a_wrong_answer_there_is_nothing_to_repeat_and_nothing_kept(stage: Stage) -> None:
    end = quizzed(stage, "2", "2", "2")
    assert "Riktige svar: 3 av 3." in stage.shown("kari", end)
    assert "learn.repeat" not in stage.buttons("kari", end)
    assert stage.all(ModulePlace) == []


def test_what_was_wrong_is_repeated_later_until_it_is_answered_right(stage: Stage) -> None:
    quizzed(stage, "1", "2", "1")
    stage.press("kari", "learn.show")
    listed = stage.slots("kari")[-1]
    assert "2 spørsmål å repetere" in stage.shown("kari", listed)
    assert "steg 4 av 4" not in stage.shown("kari", listed), "a completed module is not left somewhere"
    stage.press("kari", "learn.repeat", slot=listed, module_id="quiz")
    assert "Første?" in stage.shown("kari", listed)
    stage.press("kari", "learn.recall", slot=listed, module_id="quiz", step="1", choice="1")
    assert stage.get(ModulePlace, "kari:quiz").to_repeat == (1, 4)
    [onward] = [action["data"] for _, slot, action in stage.presses() if slot == listed and "repeat" in action["verb"]]
    stage.press("kari", "learn.repeat", slot=listed, **onward)
    assert "Tredje?" in stage.shown("kari", listed)
    stage.press("kari", "learn.recall", slot=listed, module_id="quiz", step="4", choice="2")
    assert stage.get(ModulePlace, "kari:quiz").to_repeat == (1,)
    stage.press("kari", commands_of(CATALOGUE)["repetisjon"])
    assert "Første?" in stage.shown("kari", stage.slots("kari")[-1])
    stage.press("kari", "learn.recall", module_id="quiz", step="1", choice="2")
    assert stage.all(ModulePlace) == []
    assert [taken.course_id for taken in stage.all(CourseTaken)] == ["quiz"]


def test_a_question_that_was_asked_for_has_no_button_against_further_ones(stage: Stage) -> None:
    quizzed(stage, "1", "2", "2")
    stage.press("kari", "learn.repeat")
    card = stage.slots("kari")[-1]
    assert "Et spørsmål fra «Modul quiz (nb)»" in stage.shown("kari", card)
    assert stage.buttons("kari", card) == ["learn.recall", "learn.step", "learn.show"]
    [answered] = [action["data"] for _, slot, action in stage.presses() if slot == card and "recall" in action["verb"]]
    stage.press("kari", "learn.recall", slot=card, choice="2", **answered)
    assert stage.buttons("kari", card) == ["learn.step", "learn.show"]


def test_a_question_that_left_the_module_is_not_repeated(stage: Stage) -> None:
    quizzed(stage, "1", "2", "2")
    shorter = replace(QUIZ, steps=(text_step("Les"), *QUIZ.steps[1:]))
    stage.content = replace(stage.content, curriculum=replace(CURRICULUM, modules=(*CURRICULUM.modules, shorter)))
    stage.press("kari", "learn.show")
    assert "å repetere" not in stage.shown("kari", stage.slots("kari")[-1])
    stage.press("kari", "learn.repeat", module_id="quiz")
    assert "learn.recall" in stage.buttons("kari", stage.slots("kari")[-1])


def test_an_end_seen_again_claims_no_score_that_is_not_known(stage: Stage) -> None:
    stage.put(CourseTaken(person_id="kari", course_id="share", taken_at=TUESDAY))
    stage.press("kari", "learn.finish", module_id="share")
    assert "Ferdig!" in stage.shown("kari", stage.slots("kari")[-1])
    assert "Riktige svar" not in stage.shown("kari", stage.slots("kari")[-1])


def test_leaving_and_coming_back_goes_on_at_the_same_step(stage: Stage) -> None:
    slot = opened(stage)
    stage.press("kari", "learn.step", slot=slot, module_id="share", step="2")
    stage.press("kari", "learn.show", slot=slot)
    assert place(stage) == 2
    again = opened(stage)
    assert "Steg 2 av 3" in stage.shown("kari", again)
    stage.press("kari", "learn.step", slot=again, module_id="share", step="1")
    assert "Steg 1 av 3" in stage.shown("kari", opened(stage))


def test_a_completed_module_can_be_repeated_and_stays_completed(stage: Stage) -> None:
    slot = opened(stage)
    to_the_end(stage, slot)
    stage.press("kari", "learn.finish", slot=slot, module_id="share")
    [first] = stage.all(CourseTaken)
    stage.now = stage.now.replace(day=25)
    stage.press("kari", "learn.step", slot=slot, module_id="share", step="1")
    assert place(stage) == 1
    assert stage.all(CourseTaken) == [first]
    to_the_end(stage, slot)
    stage.press("kari", "learn.finish", slot=slot, module_id="share")
    assert stage.all(CourseTaken) == [first], "the day on which it was first completed"
    assert stage.all(ModulePlace) == []


def test_finishing_twice_changes_nothing_more(stage: Stage) -> None:
    slot = opened(stage)
    to_the_end(stage, slot)
    stage.press("kari", "learn.finish", slot=slot, module_id="share")
    again = stage.press("kari", "learn.finish", slot=slot, module_id="share")
    assert not again.changed
    assert "Ferdig!" in stage.shown("kari", slot)


def test_the_end_is_reached_through_the_steps_only(stage: Stage) -> None:
    for step in (None, "1", "2"):
        if step:
            stage.press("kari", "learn.step", module_id="share", step=step)
        outcome = stage.press("kari", "learn.finish", module_id="share")
        assert f"steg {step or 1} av 3" in outcome.notice
        assert not outcome.changed
    assert stage.all(CourseTaken) == []
    assert stage.press("kari", "learn.finish", module_id="outside").notice == stage.texts("kari")("learn.old_card")


@pytest.mark.parametrize("step", ["", "0", "4", "-1", "1.5", "²", "9" * 50, "en"])
@pytest.mark.parametrize("verb", ["learn.step", "learn.answer"])
def test_a_step_out_of_range_is_refused_and_nothing_changes(stage: Stage, verb: str, step: str) -> None:
    slot = opened(stage)
    stage.press("kari", "learn.step", slot=slot, module_id="share", step="2")
    outcome = stage.press("kari", verb, slot=slot, module_id="share", step=step, choice="1")
    assert outcome.notice == stage.texts("kari")("learn.no_such_step")
    assert not outcome.changed
    assert place(stage) == 2


@pytest.mark.parametrize("choice", ["", "0", "3", "-1", "a", "1,2"])
def test_an_answer_without_a_choice_is_refused_and_nothing_changes(stage: Stage, choice: str) -> None:
    slot = opened(stage)
    outcome = stage.press("kari", "learn.answer", slot=slot, module_id="share", step="2", choice=choice)
    assert outcome.notice == stage.texts("kari")("learn.choose_first")
    assert not outcome.changed


def test_an_answer_to_what_is_no_question_any_more_is_an_old_card(stage: Stage) -> None:
    outcome = stage.press("kari", "learn.answer", module_id="share", step="1", choice="1")
    assert outcome.notice == stage.texts("kari")("learn.old_card")
    assert not outcome.changed


def test_a_module_that_lost_steps_goes_on_at_its_last(stage: Stage) -> None:
    stage.put(ModulePlace(person_id="kari", module_id="share", step=9, changed_at=TUESDAY))
    assert "Steg 3 av 3" in stage.shown("kari", opened(stage))
    stage.press("kari", "learn.finish", module_id="share")
    assert len(stage.all(CourseTaken)) == 1


def test_a_guest_can_take_a_module_and_nothing_is_kept(stage: Stage) -> None:
    slot = opened(stage, who="guest-1")
    for step in ("2", "3"):
        outcome = stage.press("guest-1", "learn.step", slot=slot, module_id="share", step=step)
        assert not outcome.changed
        assert f"Steg {step} av 3" in stage.shown("guest-1", slot)
    assert not stage.press("guest-1", "learn.answer", slot=slot, module_id="share", step="2", choice="1").changed
    assert stage.all(ModulePlace) == []


def test_of_two_who_finish_at_once_each_has_their_own(stage: Stage) -> None:
    for who in ("kari", "kim"):
        stage.press(who, "learn.step", module_id="share", step="3")
    stage.race(
        stage.pressing("kari", "learn.finish", module_id="share"),
        stage.pressing("kim", "learn.finish", module_id="share"),
        stage.pressing("kari", "learn.finish", module_id="share"),
    )
    assert sorted(taken.id for taken in stage.all(CourseTaken)) == ["kari:share", "kim:share"]


def test_the_end_offers_the_guidance_and_the_next_module_of_the_plan(stage: Stage) -> None:
    slot = opened(stage)
    to_the_end(stage, slot)
    stage.press("kari", "learn.finish", slot=slot, module_id="share")
    assert stage.buttons("kari", slot) == ["ask.related", "learn.open", "learn.step", "learn.show", "classroom.show"]
    shown = stage.shown("kari", slot)
    assert ARTICLE.title in shown
    assert "Neste: Modul phishing" in shown


def test_a_module_of_an_outside_centre_opens_as_its_link(stage: Stage) -> None:
    slot = opened(stage, "outside")
    assert "https://courses.example/outside" in stage.shown("kari", slot)
    assert stage.buttons("kari", slot) == ["learn.done", "learn.show"]
    assert stage.all(ModulePlace) == []


def test_in_a_team_the_module_goes_to_the_persons_own_chat(stage: Stage) -> None:
    stage.press("kari", "learn.open", module_id="share", scope=Scope.TEAM)
    for_all = [message.text for (to, _), message in stage.posts.items() if to.startswith("conversation:")]
    assert for_all == [stage.texts("kari")("common.sent_privately")]
    assert any("Velg Del" in stage.shown("kari", slot) for slot in stage.slots("kari"))


def test_a_card_of_another_dialog_is_not_overwritten(stage: Stage) -> None:
    stage.put(Session(id="kari", changed_at=TUESDAY))
    stage.press("kari", "learn.open", slot="ask/1", module_id="share")
    assert stage.slots("kari", "ask/") == []


def test_a_module_renamed_in_the_files_leaves_old_cards_with_a_notice(stage: Stage) -> None:
    slot = opened(stage)
    renamed = replace(CURRICULUM, modules=(replace(SHARE, id="share-files"),))
    stage.content = replace(stage.content, curriculum=renamed)
    outcome = stage.press("kari", "learn.step", slot=slot, module_id="share", step="2")
    assert outcome.notice == stage.texts("kari")("learn.old_card")


def test_going_on_with_the_course_opens_the_module_left_last_where_it_was_left(stage: Stage) -> None:
    opened(stage, "phishing")
    stage.now += timedelta(minutes=1)
    slot = opened(stage)
    stage.press("kari", "learn.step", slot=slot, module_id="share", step="2")
    stage.press("kari", commands_of(CATALOGUE)["fortsett kurset"])
    assert "Hva velger du?" in stage.shown("kari", stage.slots("kari")[-1])


def test_going_on_without_a_begun_module_lists_them(stage: Stage) -> None:
    stage.press("kari", commands_of(CATALOGUE)["fortsett kurset"])
    assert "Modul share" in stage.shown("kari", stage.slots("kari")[-1])
    assert "Du har ikke begynt på noe kurs" in stage.shown("kari", stage.slots("kari")[-1])
    stage.press("kari", "learn.show")
    assert "Du har ikke begynt" not in stage.shown("kari", stage.slots("kari")[-1])


def test_a_refresher_that_is_asked_for_comes_from_a_completed_module(stage: Stage) -> None:
    to_the_end(stage, slot := opened(stage))
    stage.press("kari", "learn.finish", slot=slot, module_id="share")
    stage.press("kari", commands_of(CATALOGUE)["repetisjon"])
    asked = stage.slots("kari")[-1]
    assert "Hva velger du?" in stage.shown("kari", asked)
    assert "learn.recall" in stage.buttons("kari", asked)


def test_a_refresher_without_a_completed_module_lists_them(stage: Stage) -> None:
    stage.press("kari", commands_of(CATALOGUE)["repetisjon"])
    assert "learn.recall" not in stage.buttons("kari", stage.slots("kari")[-1])
    assert "Du har ingenting å repetere ennå." in stage.shown("kari", stage.slots("kari")[-1])
    assert "Modul share" in stage.shown("kari", stage.slots("kari")[-1])
