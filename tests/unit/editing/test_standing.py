"""The standing of an article: planned, discarded and withdrawn texts are shown, and none is thrown away silently."""

from datetime import timedelta
from typing import Any

import pytest

from dialogs.core.refusal import EventRefused
from dialogs.editing.history import history_view
from dialogs.editing.listing import ArticleRow, articles_view
from dialogs.editing.model import ArticleRevision
from dialogs.editing.reading import ArticlePage, article_view
from dialogs.editing.standing import ArticleState, article_state
from knowledge.article.article import Language
from tests.unit.driver import Outcome, Stage
from tests.unit.editing.scene import draft, head, live, press, revision, stage
from tests.unit.editing.test_views import publish, shown

PARROT = {"title_nb": "Papegøyen er stum", "answer_nb": "Gi den nøtter.", "phrasings_nb": "papegøyen sier ingenting"}


def begun(scene: Stage, **fields: str) -> ArticleRevision:
    """Return the draft of a new article."""
    press(scene, "eva", "start", article="parrot", title="Papegøyen er stum", language="nb")
    press(scene, "eva", "save", article="parrot", base_id=draft(scene, "parrot").id, **{**PARROT, **fields})
    return draft(scene, "parrot")


def planned(scene: Stage, article: str = "print", *, answer: str = "Fra mandag: Ring 98.") -> None:
    """Plan a publication in two days."""
    press(scene, "eva", "start", article=article)
    press(scene, "eva", "save", article=article, base_id=draft(scene, article).id, answer_nb=answer)
    at = (scene.now + timedelta(days=2)).isoformat()
    outcome = press(scene, "eva", "publish", article=article, base_id=draft(scene, article).id, publish_at=at)
    assert "blir publisert torsdag" in outcome.notice


def edited(scene: Stage, answer: str = "Ring 99, tast 1.") -> Outcome:
    """Save a draft of the article besides what is planned."""
    base = head(scene).draft_id or ""
    return press(scene, "eva", "save", base_id=base, answer_nb=answer)


def page(scene: Stage, key: str = "print") -> ArticlePage:
    return shown(scene, "eva", article_view, key)  # type: ignore[no-any-return]


def row(scene: Stage, key: str) -> ArticleRow:
    [found] = [each for each in shown(scene, "eva", articles_view).rows.items if each.key == key]
    return found  # type: ignore[no-any-return]


def state(scene: Stage, key: str) -> Any:
    return shown(scene, "eva", article_state, key)


def test_a_new_article_that_is_planned_is_shown_with_its_text_and_can_be_cancelled() -> None:
    scene = stage()
    begun(scene)
    planned(scene, "parrot", answer="Gi den vann.")
    shown_page = page(scene, "parrot")
    assert (shown_page.state, shown_page.draft) == (ArticleState.SCHEDULED, False)
    assert shown_page.scheduled.startswith("torsdag")
    assert shown_page.languages[0].answer == "Gi den vann."
    listed = row(scene, "parrot")
    assert (listed.title, listed.missing) == ("Papegøyen er stum", ("nn", "en"))
    assert (listed.origin, listed.draft) == ("none", False)
    assert listed.review_by == scene.content.texts[Language.NB].day(draft_review(scene))
    assert "et utkast igjen" in press(scene, "eva", "unschedule", article="parrot").notice
    assert state(scene, "parrot") is ArticleState.DRAFT
    assert page(scene, "parrot").languages[0].answer == "Gi den vann."


def draft_review(scene: Stage) -> Any:
    return revision(scene, head(scene, "parrot").scheduled_id).review_by


def test_the_form_shows_the_planned_text_and_a_change_begins_with_it() -> None:
    scene = stage()
    publish(scene, "eva", answer_nb="Ring 99.")
    planned(scene)
    assert page(scene).languages[0].answer == "Fra mandag: Ring 98."
    assert state(scene, "print") is ArticleState.LIVE
    press(scene, "eva", "save", base_id="", title_nb="Utskrift")
    assert draft(scene).text_in(Language.NB).answer == "Fra mandag: Ring 98."
    assert head(scene).scheduled_id is not None
    [field] = page(scene).planned
    assert field.name == "Bokmål, tittel"


def test_publishing_beside_a_plan_asks_what_becomes_of_it() -> None:
    scene = stage()
    planned(scene)
    edited(scene)
    base = draft(scene).id
    for choice in ({}, {"planned": "kanskje"}):
        outcome = press(scene, "eva", "publish", base_id=base, **choice)
        assert "Velg om den skal publiseres likevel eller avlyses" in outcome.notice
        assert not outcome.changed
    outcome = press(scene, "eva", "publish", base_id=base, planned="keep")
    assert outcome.notice.endswith("blir publisert da.")
    assert live(scene).text_in(Language.NB).answer == "Ring 99, tast 1."
    scene.ring_until(scene.now + timedelta(days=3))
    assert live(scene).text_in(Language.NB).answer == "Fra mandag: Ring 98."


def test_a_plan_that_is_cancelled_by_a_publication_does_not_come_and_is_recorded() -> None:
    scene = stage()
    planned(scene)
    edited(scene)
    outcome = press(scene, "eva", "publish", base_id=draft(scene).id, planned="cancel")
    assert outcome.notice.endswith("er avlyst.")
    assert {each.act for each in outcome.audits} == {"article.published", "article.unscheduled"}
    scene.ring_until(scene.now + timedelta(days=3))
    assert live(scene).text_in(Language.NB).answer == "Ring 99, tast 1."


def test_a_planned_publication_keeps_the_draft_that_was_written_meanwhile() -> None:
    scene = stage()
    planned(scene)
    edited(scene)
    scene.ring_until(scene.now + timedelta(days=3))
    assert live(scene).text_in(Language.NB).answer == "Fra mandag: Ring 98."
    assert draft(scene).text_in(Language.NB).answer == "Ring 99, tast 1."


def test_an_earlier_text_comes_back_beside_draft_and_plan_and_a_retirement_cancels_the_plan() -> None:
    scene = stage()
    publish(scene, "eva", answer_nb="Ring 99.")
    first = live(scene)
    publish(scene, "eva", answer_nb="Ring 97.")
    planned(scene)
    edited(scene)
    outcome = press(scene, "eva", "roll_back", revision_id=first.id)
    assert outcome.notice.endswith("blir publisert da.")
    assert draft(scene).text_in(Language.NB).answer == "Ring 99, tast 1."
    assert "er avlyst" in press(scene, "eva", "retire").notice
    assert head(scene).scheduled_id is None
    assert state(scene, "print") is ArticleState.RETIRED


def test_another_plan_replaces_the_first_and_says_so() -> None:
    scene = stage()
    planned(scene)
    edited(scene)
    at = (scene.now + timedelta(days=5)).isoformat()
    outcome = press(scene, "eva", "publish", base_id=draft(scene).id, publish_at=at)
    assert "blir publisert søndag" in outcome.notice
    assert "torsdag" in outcome.notice
    assert outcome.notice.endswith("er avlyst.")


def test_cancelling_a_plan_beside_a_draft_leaves_the_draft() -> None:
    scene = stage()
    planned(scene)
    edited(scene)
    assert "ligger i historikken" in press(scene, "eva", "unschedule").notice
    assert draft(scene).text_in(Language.NB).answer == "Ring 99, tast 1."


def test_a_discarded_article_shows_its_last_text_and_can_be_taken_up_again() -> None:
    scene = stage()
    begun(scene)
    press(scene, "eva", "discard", article="parrot")
    assert state(scene, "parrot") is ArticleState.DISCARDED
    shown_page = page(scene, "parrot")
    assert (shown_page.draft, shown_page.languages[0].answer) == (False, "Gi den nøtter.")
    assert "parrot" not in [each.key for each in shown(scene, "eva", articles_view).rows.items]
    press(scene, "eva", "save", article="parrot", base_id="", answer_nb="Gi den frukt.")
    assert draft(scene, "parrot").text_in(Language.NB).title == "Papegøyen er stum"


def test_a_withdrawn_article_without_a_file_is_discarded_too() -> None:
    scene = stage()
    made = begun(scene)
    press(scene, "eva", "publish", article="parrot", base_id=made.id)
    assert state(scene, "parrot") is ArticleState.LIVE
    press(scene, "eva", "withdraw", article="parrot")
    assert state(scene, "parrot") is ArticleState.DISCARDED
    assert page(scene, "parrot").languages[0].answer == "Gi den nøtter."


def test_an_article_that_never_was_is_missing_and_drafts_are_for_those_who_may_edit() -> None:
    scene = stage()
    with pytest.raises(EventRefused):
        page(scene, "never-was")
    begun(scene)
    assert shown(scene, "ed", article_state, "parrot") is ArticleState.DISCARDED, "a draft is not for others"
    with pytest.raises(EventRefused):
        shown(scene, "ed", article_view, "parrot")


def test_history_names_the_revision_that_is_planned() -> None:
    scene = stage()
    planned(scene)
    newest = shown(scene, "eva", history_view, "print").rows.items[0]
    assert newest.planned.startswith("torsdag")
    press(scene, "eva", "unschedule")
    assert [each.planned for each in shown(scene, "eva", history_view, "print").rows.items] == ["", "", "", ""]
