"""What stands in an article's form and was not saved: its author's alone, for 14 days."""

from datetime import timedelta

import pytest

from dialogs.editing.model import ArticleRevision
from dialogs.editing.unsaved import KEPT, MOST_CHARACTERS, UnsavedArticle, unsaved_id
from dialogs.handoff.suggestion import Suggestion, Verdict
from knowledge.article.article import Language
from tests.unit.driver import Stage
from tests.unit.editing.scene import draft, press, stage

WORDS = "jeg fikk ny skjerm av Kari i går"


def kept(scene: Stage) -> list[UnsavedArticle]:
    return list(scene.all(UnsavedArticle))


def test_it_is_kept_masked_and_changes_neither_draft_nor_audit_log() -> None:
    scene = stage()
    outcome = press(scene, "eva", "keep_unsaved", base_id="", answer_nb="Fødselsnummer 01019010046")
    [unsaved] = kept(scene)
    assert (unsaved.person_id, unsaved.at) == ("eva", scene.now)
    assert "01019010046" not in unsaved.data["answer_nb"]
    assert outcome.audits == []
    assert scene.all(ArticleRevision) == []


def test_words_that_need_a_warning_before_others_read_them_are_kept_without_one() -> None:
    scene = stage()
    press(scene, "eva", "keep_unsaved", base_id="", answer_nb="Kari Nordmann har kreft, ring henne.")
    assert len(kept(scene)) == 1


def test_a_later_text_takes_its_place_and_each_editor_has_their_own() -> None:
    scene = stage()
    press(scene, "eva", "keep_unsaved", base_id="", answer_nb="Først")
    press(scene, "eva", "keep_unsaved", base_id="", answer_nb="Så")
    press(scene, "ed", "keep_unsaved", municipality_id="lillevik", base_id="", answer_nb="Vår")
    assert {(unsaved.id, unsaved.data["answer_nb"]) for unsaved in kept(scene)} == {
        (unsaved_id("print", "eva"), "Så"),
        (unsaved_id("print@lillevik", "ed"), "Vår"),
    }


@pytest.mark.parametrize("act", ["save", "drop_unsaved", "discard"])
def test_saving_and_dropping_remove_it(act: str) -> None:
    scene = stage()
    press(scene, "eva", "start")
    base = draft(scene).id
    press(scene, "eva", "keep_unsaved", base_id=base, answer_nb="Nytt")
    press(scene, "eva", act, base_id=base, answer_nb="Nytt")
    assert kept(scene) == []
    scene.ring_until(scene.now + KEPT)
    assert kept(scene) == []


def test_a_text_saved_beside_another_editors_removes_it_too() -> None:
    scene = stage()
    press(scene, "eva", "start")
    press(scene, "eva", "keep_unsaved", base_id="", answer_nb="Min")
    press(scene, "eva", "save", base_id="", answer_nb="Min")
    assert kept(scene) == []


def test_it_goes_after_14_days_counted_from_the_last_word() -> None:
    scene = stage()
    press(scene, "eva", "keep_unsaved", base_id="", answer_nb="Først")
    scene.ring_until(scene.now + KEPT - timedelta(days=1))
    press(scene, "eva", "keep_unsaved", base_id="", answer_nb="Så")
    scene.ring_until(scene.now + KEPT - timedelta(minutes=1))
    assert len(kept(scene)) == 1
    scene.ring_until(scene.now + timedelta(minutes=1))
    assert kept(scene) == []


@pytest.mark.parametrize(("who", "place"), [("ola", ""), ("ed", ""), ("ed", "storvik")])
def test_who_may_not_edit_the_article_keeps_nothing(who: str, place: str) -> None:
    scene = stage()
    assert press(scene, who, "keep_unsaved", municipality_id=place, base_id="", answer_nb="x").notice
    assert kept(scene) == []


def test_more_than_a_form_holds_is_not_kept() -> None:
    scene = stage()
    press(scene, "eva", "keep_unsaved", base_id="", answer_nb="x " * MOST_CHARACTERS)
    assert kept(scene) == []


def test_it_knows_whose_words_it_holds() -> None:
    scene = stage()
    scene.put(
        Suggestion(
            id="s1",
            handoff_id="h1",
            municipality_id="dgi",
            question=WORDS,
            answer="Ring.",
            language=Language.NB,
            by="ola",
            words_of=("ola", "eva"),
            verdict=Verdict.WAITING,
            created_at=scene.now,
        )
    )
    press(scene, "eva", "keep_unsaved", base_id="", answer_nb=f"Noen spurte: {WORDS}")
    [unsaved] = kept(scene)
    assert unsaved.words_of == ("ola",)
    assert "words:ola" in set(unsaved.terms())
