"""What comes of a suggestion: the real result is reported, and a doubted answer takes a second press."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.core.person import Role
from dialogs.handoff.addition import Addition, AdditionResult
from dialogs.handoff.suggestion import Suggestion, Verdict
from knowledge.article.article import ArticleBook, Language
from knowledge.matching.matcher import Candidate, Match
from tests.unit.driver import Stage
from tests.unit.handoff.scene import ARTICLE, accepted, asked, handoff, person, stage, suggests

OTHER = replace(ARTICLE, id="print", title="Utskrift")


def meaning(scene: Stage, *ids: str, precision: float = 0.99) -> None:
    """Let every utterance mean these articles."""
    matched = Match(
        utterance="",
        language=Language.NB,
        small_talk=None,
        candidates=tuple(Candidate(article_id=id_, confidence=0.9 / (n + 1)) for n, id_ in enumerate(ids)),
        precision=precision,
    )
    scene._understand = lambda *_: matched  # type: ignore[method-assign]


def with_phrasing() -> tuple[Stage, str]:
    """Return a stage with a suggested way to ask for the article about two steps, and its id."""
    scene = stage()
    scene.content = replace(scene.content, articles=ArticleBook.from_articles([ARTICLE, OTHER]))
    scene.put(person("ed", "lillevik", Role.EDITOR, name="Redaktør Ed"))
    id_ = accepted(scene)
    scene.press("ana", "handoff.send_article", handoff_id=id_, article_id="mfa")
    suggests(scene, "ana", id_)
    return scene, scene.all(Suggestion)[-1].id


@pytest.mark.parametrize(
    ("means", "result", "title", "thanks"),
    [
        (("mfa",), AdditionResult.ANSWERS, "Godkjent: Heia forstår det nå", "Heia forstår det nå"),
        (
            ("print", "mfa"),
            AdditionResult.BEATEN,
            "«Utskrift» vinner fortsatt",
            "svarer fortsatt med en annen",
        ),
        ((), AdditionResult.UNSURE, "fortsatt usikker på disse ordene", "fortsatt usikker på spørsmålet"),
    ],
)
def test_an_approved_phrasing_is_tried_and_the_result_reported(
    means: tuple[str, ...], result: AdditionResult, title: str, thanks: str
) -> None:
    scene, id_ = with_phrasing()
    meaning(scene, *means)
    scene.press("ed", "editor.approve", suggestion_id=id_)
    assert "sjekker om et minutt" in scene.shown("ed", f"suggestion/{id_}"), "it is not known yet"
    assert scene.slots("ana", f"suggestion/{id_}/thanks") == []
    scene.ring_until(scene.now + timedelta(minutes=2))
    assert scene.get(Addition, id_).result is result
    assert title in scene.shown("ed", f"suggestion/{id_}")
    assert thanks in scene.shown("ana", f"suggestion/{id_}/thanks")
    assert "editor.undo" in scene.buttons("ed", f"suggestion/{id_}")


def test_a_phrasing_undone_before_it_was_tried_is_not_reported_as_live() -> None:
    scene, id_ = with_phrasing()
    meaning(scene, "mfa")
    scene.press("ed", "editor.approve", suggestion_id=id_)
    scene.press("ed", "editor.undo", suggestion_id=id_)
    scene.ring_until(scene.now + timedelta(minutes=2))
    assert scene.slots("ana", f"suggestion/{id_}/thanks") == []
    assert "Angret" in scene.shown("ed", f"suggestion/{id_}")


def test_a_suggestion_whose_answer_did_not_help_is_marked_and_takes_two_presses() -> None:
    scene, id_ = with_phrasing()
    meaning(scene, "mfa")
    [suggestion] = scene.all(Suggestion)
    scene.press("kari", "handoff.reopen", handoff_id=suggestion.handoff_id, words="Det virket ikke")
    assert scene.get(Suggestion, id_).doubted
    shown = scene.shown("ed", f"suggestion/{id_}")
    assert "åpnet spørsmålet igjen" in shown
    outcome = scene.press("ed", "editor.approve", suggestion_id=id_)
    assert "åpnet spørsmålet igjen" in outcome.notice
    assert scene.get(Suggestion, id_).verdict is Verdict.WAITING
    assert scene.all(Addition) == []
    scene.press("ed", "editor.approve", suggestion_id=id_, sure="true")
    assert scene.get(Suggestion, id_).verdict is Verdict.APPROVED


def test_a_list_offers_no_single_press_for_a_doubted_one_either() -> None:
    scene, id_ = with_phrasing()
    [suggestion] = scene.all(Suggestion)
    scene.press("kari", "handoff.reopen", handoff_id=suggestion.handoff_id, words="Det virket ikke")
    scene.press("ed", "editor.suggestions")
    for slot in (f"suggestion/{id_}", scene.slots("ed", "editor/")[0]):
        presses = [action for to, at, action in scene.presses() if (to, at) == ("ed", slot)]
        approving = [each for each in presses if each["verb"] == "editor.approve"]
        assert all(each["data"].get("sure") == "true" for each in approving)
        assert approving


def test_what_is_suggested_after_reopening_is_marked_from_the_start() -> None:
    scene = stage()
    scene.put(person("ed", "lillevik", Role.EDITOR))
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Trykk Del.")
    scene.press("kari", "handoff.reopen", handoff_id=id_)
    suggests(scene, "ana", id_, "Trykk Del øverst.")
    [suggestion] = scene.all(Suggestion)
    assert suggestion.doubted
    assert handoff(scene, asked(scene, "ola")).status


def test_reopening_after_the_approval_warns_the_editor_who_can_undo() -> None:
    scene, id_ = with_phrasing()
    meaning(scene, "mfa")
    scene.press("ed", "editor.approve", suggestion_id=id_)
    [suggestion] = scene.all(Suggestion)
    scene.press("kari", "handoff.reopen", handoff_id=suggestion.handoff_id)
    assert "Vurder å angre" in scene.shown("ed", f"suggestion/{id_}")
    assert scene.buttons("ed", f"suggestion/{id_}") == ["editor.undo"]


def test_nobody_is_asked_to_undo_what_was_rejected() -> None:
    scene, id_ = with_phrasing()
    [suggestion] = scene.all(Suggestion)
    scene.press("kari", "handoff.reopen", handoff_id=suggestion.handoff_id)
    scene.press("ed", "editor.reject", suggestion_id=id_)
    assert "angre" not in scene.shown("ed", f"suggestion/{id_}")
