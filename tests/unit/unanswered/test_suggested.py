"""Suggestions in the editors' queue on the desk: the records of the chat's cards, and what answers them by now."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.records.query_answering import QueryAnswering
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.question import Question
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import viewer_of
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggesting import check_later
from dialogs.handoff.suggestion import Suggestion, Verdict
from dialogs.unanswered.suggestion_views import (
    SuggestionPage,
    SuggestionRow,
    suggestion_view,
    suggestions_view,
    waiting_suggestions,
)
from knowledge.article.article import ArticleBook, Language
from knowledge.matching.policy import OutcomeKind
from tests.unit.at_once import run
from tests.unit.driver import Stage
from tests.unit.editing.test_suggestions import planned_alike, suggested
from tests.unit.handoff.scene import ARTICLE, person
from tests.unit.handoff.test_suggestion_result import meaning


def _view(scene: Stage, view: Any, who: str, *values: str) -> Any:
    def asking() -> Asking[object]:
        return (yield from view((yield from viewer_of(who, scene.content, scene.now)), *values))

    about = scene._surroundings
    return run(QueryAnswering(store=scene.store, understanding=about, rng=about).result_of(asking()))


def rows(scene: Stage, who: str = "ed") -> tuple[SuggestionRow, ...]:
    found: tuple[SuggestionRow, ...] = _view(scene, suggestions_view, who).rows
    return found


def page(scene: Stage, id_: str, who: str = "ed") -> SuggestionPage:
    found: SuggestionPage = _view(scene, suggestion_view, who, id_)
    return found


def test_a_suggestion_of_the_chat_stands_in_the_queue_until_it_is_published_with_two_presses() -> None:
    scene, id_ = suggested()
    [row] = rows(scene)
    assert (row.id, row.words, row.what) == (id_, "Hvordan deler jeg en mappe?", "Nytt svar fra en ambassadør")
    assert page(scene, id_).state == "waiting"
    outcome = scene.press_on_page("ed", "editor.approve", suggestion_id=id_)
    assert outcome.notice == "Godkjent som utkast til en ny artikkel"
    assert "Godkjent som utkast" in scene.shown("ed", f"suggestion/{id_}"), "the card in the chat follows"
    assert rows(scene)[0].what == "Godkjent, ikke publisert"
    shown = page(scene, id_)
    assert (shown.state, shown.title) == ("draft", "Hvordan deler jeg en mappe?")
    scene.press_on_page("ed", "article.publish_suggestion", suggestion_id=id_, title="Dele mapper")
    assert rows(scene) == ()
    assert "article.publish_suggestion" not in scene.buttons("ed", f"suggestion/{id_}")
    article_id = scene.get(Addition, id_).article_id
    assert article_id is not None
    titled = replace(ARTICLE, id=article_id, title="Dele mapper")
    scene.content = replace(scene.content, articles=ArticleBook.from_articles([ARTICLE, titled]))
    meaning(scene, article_id)
    live = page(scene, id_)
    assert (live.state, live.known) == ("live", "Heia svarer nå på dette med «Dele mapper».")


def test_a_press_in_the_chat_closes_it_on_the_desk() -> None:
    scene, id_ = suggested()
    scene.press("ed", "editor.reject", suggestion_id=id_)
    assert rows(scene) == ()
    assert (page(scene, id_).state, page(scene, id_).heading) == ("closed", "Forslaget er avslått")


def test_the_queue_names_what_answers_a_suggestion_by_now_and_what_is_planned() -> None:
    scene, id_ = suggested()
    assert rows(scene)[0].known == ""
    planned_alike(scene)
    assert page(scene, id_).known == "«Del mappen» er planlagt publisert og handler om det samme."
    meaning(scene, "mfa")
    assert rows(scene)[0].known == f"Heia svarer nå på dette med «{ARTICLE.title}»."
    assert scene.independent, "the suggestions are of several people"
    scene.press("ed", "editor.suggestions")
    assert f"Heia svarer nå på dette med «{ARTICLE.title}»." in scene.shown("ed", scene.slots("ed")[-1])


def test_a_suggestion_waits_for_an_editor_until_it_is_decided() -> None:
    scene, id_ = suggested()
    [item] = _view(scene, waiting_suggestions, "ed")
    assert item.path == f"/desk/unanswered/suggestions/{id_}"
    assert _view(scene, waiting_suggestions, "ana") == ()
    scene.press("ed", "editor.approve", suggestion_id=id_)
    assert _view(scene, waiting_suggestions, "ed") == ()


def test_only_editors_of_the_municipality_read_it() -> None:
    scene, id_ = suggested()
    scene.put(person("kai", "bryggen", Role.EDITOR, municipality_id="storvik"))
    assert rows(scene, "kai") == ()
    for who in ("kai", "ana"):
        with pytest.raises(EventRefused):
            page(scene, id_, who)
    with pytest.raises(EventRefused):
        rows(scene, "ana")


def test_a_question_shown_to_the_editors_is_closed_once_its_asker_has_the_answer() -> None:
    scene, _ = suggested()
    scene.put(person("p1", "nord", registered=True))
    scene.put(
        Question(
            id="q1",
            person_id="p1",
            municipality_id="lillevik",
            utterance="kantina åpner når",
            language=Language.NB,
            outcome=OutcomeKind.HAND_OVER,
            for_editors=True,
            asked_at=scene.now - timedelta(days=1),
        ),
        Suggestion(
            id="gap-q1",
            municipality_id="lillevik",
            handoff_id="",
            language=Language.NB,
            question="kantina åpner når",
            answer="",
            by="p1",
            created_at=scene.now,
        ),
    )
    assert len(rows(scene)) == 2
    scene.schedule(check_later("q1", since=scene.now, now=scene.now))
    scene.ring_until(scene.now + timedelta(hours=1))
    assert scene.get(Suggestion, "gap-q1").verdict is Verdict.WAITING
    meaning(scene, "mfa")
    scene.ring_until(scene.now + timedelta(hours=2))
    assert scene.get(Suggestion, "gap-q1").verdict is Verdict.ANSWERED
    assert "Heia svarer på dette nå" in scene.shown("ed", "suggestion/gap-q1")
    assert [each.id for each in rows(scene)] != ["gap-q1"]
    assert "Heia svarer på dette nå" in scene.press("ed", "editor.approve", suggestion_id="gap-q1").notice
