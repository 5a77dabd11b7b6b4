"""Courses: listed, ticked off, and the fitting ones first."""

from dataclasses import replace

import pytest

from dialogs.core.session import Session
from dialogs.rollout.learn.flow import VERBS, fitting
from dialogs.rollout.learn.model import CourseTaken
from knowledge.article.article import ArticleBook, Language
from knowledge.learning.curriculum import Curriculum
from knowledge.learning.module import LearningModule
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import ARTICLE, organisation, person


def course(id_: str, *topics: str) -> LearningModule:
    return LearningModule(
        id=id_, title={Language.NB: f"Kurs {id_}"}, minutes=10, topics=topics, url=f"https://courses.example/{id_}"
    )


COURSES = (course("outlook", "outlook"), course("teams", "teams", "outlook"), course("safe", "mfa"))


@pytest.fixture
def stage() -> Stage:
    scene = Stage(organisation(), verbs=VERBS, timers={}, articles=ArticleBook.from_articles([ARTICLE]))
    scene.content = replace(scene.content, curriculum=Curriculum(modules=COURSES))
    scene.put(person("kari", "nord"))
    return scene


def test_a_course_is_ticked_off_once_and_the_card_follows(stage: Stage) -> None:
    stage.press("kari", "learn.show")
    [slot] = stage.slots("kari")
    stage.press("kari", "learn.done", slot=slot, course_id="teams")
    assert not stage.press("kari", "learn.done", slot=slot, course_id="teams").changed
    assert [taken.course_id for taken in stage.all(CourseTaken)] == ["teams"]
    assert stage.slots("kari") == [slot]
    assert stage.buttons("kari", slot) == ["learn.done", "learn.undo", "learn.done"]
    assert "1 av 3" in stage.shown("kari", slot)


def test_a_tick_can_be_taken_away(stage: Stage) -> None:
    stage.press("kari", "learn.done", course_id="teams")
    stage.press("kari", "learn.undo", course_id="teams")
    assert stage.all(CourseTaken) == []


def test_what_is_no_course_is_not_ticked_off(stage: Stage) -> None:
    outcome = stage.press("kari", "learn.done", course_id="mars")
    assert not outcome.changed
    assert outcome.notice


def test_what_fits_the_last_answer_comes_first(stage: Stage) -> None:
    stage.put(Session(id="kari", article_id=ARTICLE.id, changed_at=TUESDAY))
    stage.press("kari", "learn.show")
    message = stage.posts[("kari", stage.slots("kari")[0])]
    assert message.text.splitlines()[1].startswith("- Kurs safe")


def test_fitting_courses_leave_out_the_taken_and_rank_by_shared_topics() -> None:
    assert [c.id for c in fitting(COURSES, ["outlook", "teams"], [])] == ["teams", "outlook"]
    assert [c.id for c in fitting(COURSES, ["outlook"], ["teams"])] == ["outlook"]
    assert fitting(COURSES, [], []) == ()


def test_without_courses_there_is_a_word_about_it(stage: Stage) -> None:
    stage.content = replace(stage.content, curriculum=Curriculum())
    stage.press("kari", "learn.show")
    assert stage.shown("kari", stage.slots("kari")[0]) == stage.texts("kari")("learn.none")
