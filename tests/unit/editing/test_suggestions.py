"""An approved answer becomes an article with a second press, and the editor hears what came of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs import router
from dialogs.core.person import Role
from dialogs.editing.model import ArticleHead, ArticleRevision
from dialogs.handoff.addition import Addition, AdditionResult
from dialogs.handoff.suggestion import Suggestion
from knowledge.article.article import Language
from tests.unit.driver import Stage
from tests.unit.handoff.scene import accepted, person, stage, suggests
from tests.unit.handoff.test_suggestion_result import meaning


def suggested(*, provider: bool = False, answer: str = "Høyreklikk mappen og velg Del.") -> tuple[Stage, str]:
    """Return a stage with an answer that an ambassador suggests, and its id."""
    scene = stage(verbs=router.VERBS, timers=router.TIMERS)
    places = scene.content.organisation.municipalities
    scene.content = replace(
        scene.content,
        organisation=replace(
            scene.content.organisation,
            municipalities={**places, "lillevik": replace(places["lillevik"], provider=provider)},
        ),
    )
    scene.put(person("ed", "lillevik", Role.EDITOR, name="Redaktør Ed"))
    id_ = accepted(scene)
    suggests(scene, "ana", id_, answer)
    return scene, scene.all(Suggestion)[-1].id


@pytest.mark.parametrize(("provider", "place"), [(False, "lillevik"), (True, None)])
def test_two_presses_publish_a_suggestion_and_the_live_result_is_told(provider: bool, place: str | None) -> None:
    scene, id_ = suggested(provider=provider)
    scene.press("ed", "editor.approve", suggestion_id=id_)
    assert "article.publish_suggestion" in scene.buttons("ed", f"suggestion/{id_}")
    outcome = scene.press("ed", "article.publish_suggestion", suggestion_id=id_)
    assert "er publisert" in outcome.notice
    [head] = scene.all(ArticleHead)
    live = scene.get(ArticleRevision, head.live_id)
    assert (live.municipality_id, live.suggestion_id) == (place, id_)
    assert live.text_in(Language.NB).answer == "Høyreklikk mappen og velg Del."
    assert live.text_in(Language.NB).phrasings == ("Hvordan deler jeg en mappe?",)
    assert live.new is provider
    change = live.to_change()
    scene.content = replace(scene.content, articles=change.applied_to(scene.content.articles))
    meaning(scene, head.article_id)
    scene.ring_until(scene.now + timedelta(minutes=2))
    assert scene.get(Addition, id_).result is AdditionResult.ANSWERS
    assert "Heia forstår det nå" in scene.shown("ed", f"suggestion/{id_}")
    assert "Heia forstår det nå" in scene.shown("ana", f"suggestion/{id_}/thanks")


def test_undoing_takes_the_article_back() -> None:
    scene, id_ = suggested()
    scene.press("ed", "editor.approve", suggestion_id=id_)
    scene.press("ed", "article.publish_suggestion", suggestion_id=id_)
    scene.press("ed", "editor.undo", suggestion_id=id_)
    [head] = scene.all(ArticleHead)
    assert head.live_id is None
    assert scene.get(Addition, id_).undone_at is not None
    assert not [each for each in scene.all(ArticleRevision) if each.in_use]
    assert "alt publisert" in scene.press("ed", "article.publish_suggestion", suggestion_id=id_).notice


def test_an_answer_with_a_fault_becomes_a_draft_and_the_fault_is_named() -> None:
    scene, id_ = suggested(answer="Ja, det kan du.")
    scene.press("ed", "editor.approve", suggestion_id=id_)
    outcome = scene.press("ed", "article.publish_suggestion", suggestion_id=id_)
    assert "begynner med «Ja»" in outcome.notice
    assert "/desk/articles/svar@lillevik" in outcome.notice
    [head] = scene.all(ArticleHead)
    assert head.live_id is None
    assert head.draft_id is not None


def test_the_editor_gives_the_article_a_title() -> None:
    scene, id_ = suggested()
    scene.press("ed", "editor.approve", suggestion_id=id_)
    assert "Tittel på artikkelen" in str(scene.posts[("ed", f"suggestion/{id_}")].card)
    scene.press("ed", "article.publish_suggestion", suggestion_id=id_, title="Dele en mappe")
    [head] = scene.all(ArticleHead)
    text = scene.get(ArticleRevision, head.live_id).text_in(Language.NB)
    assert (text.title, text.phrasings) == ("Dele en mappe", ("Hvordan deler jeg en mappe?",))


def planned_alike(scene: Stage) -> None:
    """Let an article about the same question wait for its day."""
    place = {"article_id": "dele", "municipality_id": "lillevik"}
    words = {"title": "Del mappen", "answer": "Velg Del.", "phrasings": "Hvordan deler jeg mapper?"}
    scene.press("ed", "article.start", **place, **words, language="nb")
    at = (scene.now + timedelta(days=2)).isoformat()
    scene.press("ed", "article.publish", **place, publish_at=at)
    [head] = scene.all(ArticleHead)
    assert head.scheduled_id is not None


def test_an_article_planned_on_the_same_question_is_named_before_a_second_one_is_published() -> None:
    scene, id_ = suggested()
    planned_alike(scene)
    scene.press("ed", "editor.approve", suggestion_id=id_)
    outcome = scene.press("ed", "article.publish_suggestion", suggestion_id=id_)
    assert "«Del mappen» er planlagt publisert" in outcome.notice
    assert len(scene.all(ArticleHead)) == 1
    assert "Publiser likevel" in str(scene.posts[("ed", f"suggestion/{id_}")].card)
    scene.press("ed", "article.publish_suggestion", suggestion_id=id_, sure="true")
    assert len(scene.all(ArticleHead)) == 2


def test_a_question_that_heia_answers_by_now_is_named_too() -> None:
    scene, id_ = suggested()
    scene.press("ed", "editor.approve", suggestion_id=id_)
    meaning(scene, "mfa")
    assert "Heia svarer nå på dette med" in scene.press("ed", "article.publish_suggestion", suggestion_id=id_).notice
    assert scene.all(ArticleHead) == []


def test_the_draft_of_a_faulty_answer_is_one_and_its_publication_closes_the_suggestion() -> None:
    scene, id_ = suggested(answer="Ja, det kan du.")
    scene.press("ed", "editor.approve", suggestion_id=id_)
    scene.press("ed", "article.publish_suggestion", suggestion_id=id_)
    scene.press("ed", "article.publish_suggestion", suggestion_id=id_)
    [head] = scene.all(ArticleHead)
    place = {"article_id": head.article_id, "municipality_id": "lillevik"}
    scene.press("ed", "article.save", **place, base_id=head.draft_id, answer_nb="Velg **Del** på mappen.")
    [head] = scene.all(ArticleHead)
    scene.press("ed", "article.publish", **place, base_id=head.draft_id)
    [head] = scene.all(ArticleHead)
    assert head.live_id is not None
    assert scene.get(Addition, id_).article_id == head.article_id
    assert "article.publish_suggestion" not in scene.buttons("ed", f"suggestion/{id_}")


def test_nobody_else_publishes_it() -> None:
    scene, id_ = suggested()
    scene.press("ed", "editor.approve", suggestion_id=id_)
    scene.put(person("kai", "bryggen", Role.EDITOR, municipality_id="storvik"))
    for who in ("kai", "ana", "kari"):
        scene.press(who, "article.publish_suggestion", suggestion_id=id_)
        scene.press(who, "editor.undo", suggestion_id=id_)
    assert scene.all(ArticleHead) == []
    assert scene.get(Addition, id_).undone_at is None
