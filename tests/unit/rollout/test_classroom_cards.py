"""The cards of classroom courses as people see them, in three languages; and the words that lead to them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from syrupy.assertion import SnapshotAssertion

from dialogs.core.person import Person, Role
from dialogs.rollout.classroom.cards import when
from dialogs.rollout.classroom.model import ClassSession
from knowledge.article.article import Language
from knowledge.learning.curriculum import Curriculum
from knowledge.matching.policy import OutcomeKind, Policy
from tests.learned import sample_content, sample_matcher
from tests.snapshot.seen import Watched
from tests.unit.driver import CATALOGUE, TUESDAY
from tests.unit.handoff.scene import person
from tests.unit.rollout.classes import MODULE, START, changed, created, signed_up


def test_a_session_from_its_creation_to_the_attendance(stages: Watched, snapshot: SnapshotAssertion) -> None:
    for stage in stages:
        language = stage.get(Person, "kari").language
        stage.content = replace(stage.content, curriculum=Curriculum(modules=(MODULE,)))
        teacher = person("linde", "skole", Role.TEACHER, name="Kursholder Linde")
        admin = person("alm", "lillevik", Role.ADMIN, name="Administrator Alm")
        stage.put(replace(teacher, language=language), replace(admin, language=language))
        id_ = created(stage, seats="1", prerequisites=MODULE.id)
        stage.press("kari", "classroom.show")
        stage.press("kari", "classroom.sign_up", session_id=id_)
        for each in ("kari", "ola"):
            stage.press(each, "learn.done", module_id=MODULE.id)
        signed_up(stage, id_, "kari", "ola")
        stage.press("ola", "classroom.mine")
        stage.press("kari", "classroom.cancel", session_id=id_)
        stage.press("ola", "classroom.accept", session_id=id_)
        changed(stage, id_, seats="1", day="2026-12-02", place="Biblioteket", prerequisites=MODULE.id)
        stage.ring_until(START + timedelta(days=1, hours=3))
        stage.press("linde", "classroom.attendance", session_id=id_, came="", nobody="true")
        off = created(stage, day="2026-12-09")
        stage.press("ana", "classroom.sign_up", session_id=off)
        stage.press("alm", "classroom.call_off", session_id=off, reason="Kursholderen er syk.")
    assert str(stages) == snapshot


@pytest.mark.parametrize("language", list(Language))
def test_a_session_in_another_zone_says_so(language: Language) -> None:
    session = ClassSession(
        id="x",
        municipality_id="lillevik",
        starts_at=START,
        ends_at=START + timedelta(hours=1),
        zone="Europe/London",
        created_at=TUESDAY,
        changed_at=TUESDAY,
    )
    texts = CATALOGUE[language]
    assert "08:00–09:00 (Europe/London)" in when(texts, session)
    assert "(" not in when(texts, replace(session, zone="Arctic/Longyearbyen"))


@pytest.mark.parametrize(
    ("words", "action"),
    [
        ("kurs", "courses"),
        ("meld meg på", "course-sign-up"),
        ("kan eg få plass på kurs neste veke?", "course-sign-up"),
        ("avlys påmeldingen min", "course-sign-off"),
        ("jeg rekker ikke kurset i morgen, vil melde meg av", "course-sign-off"),
        ("cancel my place on the teams course", "course-sign-off"),
        ("jeg vil sette opp min ansatte på kurs", "course-for-others"),
        ("hvor mange i enhetene mine har tatt kurs?", "course-numbers"),
    ],
)
def test_what_people_write_about_sign_ups_is_understood(words: str, action: str) -> None:
    kinds = sample_content().actions.kinds
    outcome = Policy().outcome(sample_matcher().match(words), kinds)
    assert action in {outcome.article_id, *(each.article_id for each in outcome.candidates[:2])}
    assert outcome.kind in {OutcomeKind.ANSWER, OutcomeKind.ACT, OutcomeKind.CLARIFY}
