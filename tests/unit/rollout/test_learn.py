"""The list of modules: progress, what fits first, filters, ticks of an outside centre."""

from dataclasses import replace

import pytest

from dialogs.core.session import Session
from dialogs.rollout.learn.flow import fitting, read_topic, taken_by
from dialogs.rollout.learn.learner import CourseTaken, ModulePlace
from knowledge.learning.curriculum import Curriculum
from knowledge.learning.module import LearningModule
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import ARTICLE
from tests.unit.rollout.learning_scene import CURRICULUM, OUTSIDE, PHISHING, SHARE, TEAMS, learning_stage


@pytest.fixture
def stage() -> Stage:
    return learning_stage()


def listed(stage: Stage, who: str = "kari", **data: str) -> str:
    """Return what the list of modules says."""
    stage.press(who, "learn.show", **data)
    return stage.shown(who, stage.slots(who)[-1])


def test_a_module_of_an_outside_centre_is_ticked_off_once_and_the_card_follows(stage: Stage) -> None:
    stage.press("kari", "learn.show")
    [slot] = stage.slots("kari")
    stage.press("kari", "learn.done", slot=slot, module_id="outside")
    assert not stage.press("kari", "learn.done", slot=slot, module_id="outside").changed
    assert [taken.course_id for taken in stage.all(CourseTaken)] == ["outside"]
    assert stage.slots("kari") == [slot]
    assert "learn.undo" in stage.buttons("kari", slot)
    assert "1 av 4" in stage.shown("kari", slot)


def test_a_tick_can_be_taken_away(stage: Stage) -> None:
    stage.press("kari", "learn.done", module_id="outside")
    stage.press("kari", "learn.undo", module_id="outside")
    assert stage.all(CourseTaken) == []


def test_a_card_of_an_earlier_version_names_a_course_and_still_works(stage: Stage) -> None:
    for id_ in ("outside", "share"):
        stage.press("kari", "learn.done", course_id=id_)
    assert stage.answer_to("kari", lambda work: taken_by("kari")) == {"outside", "share"}
    stage.press("kari", "learn.undo", course_id="share")
    assert stage.answer_to("kari", lambda work: taken_by("kari")) == {"outside"}


@pytest.mark.parametrize(
    "verb", ["learn.done", "learn.undo", "learn.open", "learn.step", "learn.answer", "learn.finish", "learn.recall"]
)
@pytest.mark.parametrize("data", [{"module_id": "mars"}, {"course_id": "mars"}, {}, {"module_id": "x" * 5000}])
def test_what_is_no_module_is_refused_and_nothing_changes(stage: Stage, verb: str, data: dict[str, str]) -> None:
    outcome = stage.press("kari", verb, **data)
    assert outcome.notice == stage.texts("kari")("learn.old_card")
    assert not outcome.changed
    assert stage.timers == {}


@pytest.mark.parametrize(
    ("verb", "data"),
    [
        ("learn.done", {"module_id": "outside"}),
        ("learn.undo", {"module_id": "outside"}),
        ("learn.finish", {"module_id": "phishing"}),
        ("learn.choose_plan", {"plan_id": "care"}),
        ("learn.refreshers", {"on": "true"}),
    ],
)
def test_nothing_of_a_guest_is_kept_and_the_notice_says_so(stage: Stage, verb: str, data: dict[str, str]) -> None:
    outcome = stage.press("guest-1", verb, **data)
    assert outcome.notice == stage.texts("guest-1")("learn.not_saved")
    assert not outcome.changed


def test_what_fits_the_last_answer_comes_first(stage: Stage) -> None:
    assert listed(stage).splitlines()[2].startswith("- Modul phishing")
    stage.put(Session(id="kari", article_id=ARTICLE.id, changed_at=TUESDAY))
    said = listed(stage)
    assert said.splitlines()[2].startswith("- Modul share"), "the one that names the article"
    assert said.splitlines()[3].startswith("- Modul phishing"), "then those about its topics"
    assert stage.texts("kari")("learn.fits") in said


def test_fitting_modules_leave_out_the_taken_and_rank_by_article_then_shared_topics() -> None:
    def ids(found: tuple[LearningModule, ...]) -> list[str]:
        return [module.id for module in found]

    every = (TEAMS, OUTSIDE, SHARE, PHISHING)
    assert ids(fitting(every, ["outlook", "teams"], [])) == ["outside", "teams"]
    assert ids(fitting(every, ["outlook", "teams"], ["outside"])) == ["teams"]
    assert ids(fitting(every, ["mfa"], [], ARTICLE.id)) == ["share", "phishing"]
    assert fitting(every, [], []) == ()


def test_the_list_is_filtered_by_theme_and_topic(stage: Stage) -> None:
    assert "- Modul phishing" not in listed(stage, theme="files")
    only = listed(stage, theme="files", topic="onedrive")
    assert "- Modul share" in only
    assert "- Modul teams" not in only
    none = listed(stage, theme="security", topic="onedrive")
    assert stage.texts("kari")("learn.none_found") in none


@pytest.mark.parametrize("data", [{"theme": "mars"}, {"topic": "mars"}, {"page": "99"}, {"page": "-1"}, {"page": "²"}])
def test_a_theme_topic_or_page_that_is_gone_shows_what_there_is(stage: Stage, data: dict[str, str]) -> None:
    assert listed(stage, **data) == listed(stage)


def test_a_long_list_has_pages_and_a_tick_stays_on_its_page(stage: Stage) -> None:
    many = tuple(replace(OUTSIDE, id=f"m{number:02}") for number in range(25))
    stage.content = replace(stage.content, curriculum=replace(CURRICULUM, modules=many))
    stage.press("kari", "learn.show")
    [slot] = stage.slots("kari")
    [onward] = [
        action for _, _, action in stage.presses() if action["verb"] == "learn.show" and "page" in action["data"]
    ]
    stage.press("kari", "learn.show", slot=slot, **onward["data"])
    text = stage.posts["kari", slot].text
    assert text.count("- Modul") == 10
    ticks = [action for _, _, action in stage.presses() if action["verb"] == "learn.done"]
    assert {action["data"]["page"] for action in ticks} == {"2"}
    stage.press("kari", "learn.done", slot=slot, **ticks[0]["data"])
    assert "Side 2 av 3" in stage.shown("kari", slot)


def test_without_modules_there_is_a_word_about_it(stage: Stage) -> None:
    stage.content = replace(stage.content, curriculum=Curriculum())
    assert listed(stage) == stage.texts("kari")("learn.none")


def test_progress_is_a_bar_that_says_the_same_in_words(stage: Stage) -> None:
    stage.put(CourseTaken(person_id="kari", course_id="share", taken_at=TUESDAY))
    stage.put(CourseTaken(person_id="kari", course_id="gone", taken_at=TUESDAY))
    stage.press("kari", "learn.show")
    card = stage.posts["kari", stage.slots("kari")[0]].card
    assert card is not None
    bars = [element for element in card["body"] if element["type"] == "Image"]
    assert [bar["altText"] for bar in bars] == ["Du har tatt 1 av 4 kurs.", "1 av 2 tatt"]
    assert all(bar["url"].startswith("data:image/png;base64,") for bar in bars)


def test_the_modules_left_last_come_first_to_go_on_with(stage: Stage) -> None:
    stage.put(ModulePlace(person_id="kari", module_id="share", step=2, changed_at=TUESDAY))
    stage.put(ModulePlace(person_id="kari", module_id="gone", step=2, changed_at=TUESDAY))
    said = listed(stage)
    assert "Modul share (nb): steg 2 av 3" in said
    assert stage.texts("kari")("learn.go_on") in said


@pytest.mark.parametrize(
    ("words", "topic"),
    [
        ("har dere et kurs i Teams?", "teams"),
        ("kurs om outlook", "outlook"),
        ("course about OneDrive", "onedrive"),
        ("hvilke kurs finnes", None),
        ("", None),
    ],
)
def test_a_wish_for_a_course_names_its_topic(stage: Stage, words: str, topic: str | None) -> None:
    assert read_topic(words, stage.content, None) == ({"topic": topic} if topic else {})
