"""Asking a colleague once more, while a question to one is open."""

from datetime import timedelta

from dialogs.core.question import Question
from dialogs.handoff.deadlines import REOPEN_FOR
from dialogs.handoff.draft import Draft
from dialogs.handoff.model import Handoff
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import stage


def sent() -> tuple[Stage, str]:
    """Return the town where Kari has sent her question to a colleague, and the hand-off's id."""
    scene = stage()
    scene.put(
        Question(
            id="q-1",
            person_id="kari",
            municipality_id="lillevik",
            utterance="hva er totrinn?",
            language=Language.NB,
            outcome=OutcomeKind.HAND_OVER,
            asked_at=TUESDAY,
        )
    )
    scene.press("kari", "handoff.start", slot="ask/q-1", question_id="q-1")
    [draft] = scene.all(Draft)
    scene.press("kari", "handoff.send", handoff_id=draft.id)
    return scene, draft.id


def test_the_same_button_once_more_shows_how_the_question_stands_instead_of_asking_twice() -> None:
    scene, _ = sent()
    scene.press("kari", "handoff.start", slot="ask/q-1", question_id="q-1")
    assert scene.all(Draft) == []
    [mine] = scene.slots("kari", "handoff/mine")
    assert "hva er totrinn?" in scene.shown("kari", mine)
    assert "Sendt til Ambassadør Ana" in scene.shown("kari", mine)


def test_words_that_ask_for_a_colleague_once_more_are_about_something_else() -> None:
    scene, _ = sent()
    scene.press("kari", "handoff.start", question_id="q-1")
    [draft] = scene.all(Draft)
    assert draft.question == ""
    assert "hva er totrinn?" not in scene.shown("kari", f"handoff/{draft.id}/status")


def test_a_question_that_is_no_longer_with_a_colleague_can_be_asked_again() -> None:
    scene, id_ = sent()
    scene.press("kari", "handoff.withdraw", handoff_id=id_)
    scene.press("kari", "handoff.start", slot="ask/q-1", question_id="q-1")
    [draft] = scene.all(Draft)
    scene.press("kari", "handoff.send", handoff_id=draft.id)
    assert len(scene.all(Handoff)) == 2


def test_the_button_of_a_solved_question_shows_the_answer_and_how_to_reopen_it() -> None:
    scene, id_ = sent()
    scene.press("ana", "handoff.accept", handoff_id=id_)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Bruk appen.")
    scene.press("kari", "handoff.start", slot="ask/q-1", question_id="q-1")
    assert scene.all(Draft) == []
    [mine] = scene.slots("kari", "handoff/mine")
    assert "handoff.reopen" in scene.buttons("kari", mine)
    scene.now += REOPEN_FOR + timedelta(minutes=1)
    scene.press("kari", "handoff.start", slot="ask/q-1", question_id="q-1")
    assert len(scene.all(Draft)) == 1, "what can no longer be reopened is asked anew"


def test_each_helper_reads_what_heia_answered_and_that_it_did_not_help() -> None:
    scene = stage()
    question = Question(
        id="q-1",
        person_id="kari",
        municipality_id="lillevik",
        utterance="hva er totrinn?",
        told="hva er totrinn?\nappen finnes ikke på telefonen min",
        language=Language.NB,
        outcome=OutcomeKind.ANSWER,
        article_id="mfa",
        helped=False,
        asked_at=TUESDAY,
    )
    scene.put(question)
    scene.press("kari", "handoff.start", slot="ask/q-1", question_id="q-1")
    [draft] = scene.all(Draft)
    scene.press("kari", "handoff.send", handoff_id=draft.id)
    scene.press("ana", "handoff.pass", handoff_id=draft.id, colleague_id="bo", note="Du kan dette")
    shown = scene.shown("bo", f"handoff/{draft.id}/offer")
    assert "appen finnes ikke på telefonen min" in shown
    assert "og det hjalp ikke: Totrinnsbekreftelse" in shown
    assert "Bruk appen på telefonen." in shown
    assert "Du kan dette" in scene.shown("bo", f"handoff/{draft.id}/note/1")
    assert scene.slots("bo")[-1] == f"handoff/{draft.id}/offer", "the offer is below the note"
