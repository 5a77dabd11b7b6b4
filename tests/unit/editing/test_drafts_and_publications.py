"""Drafts and publications of articles: nothing is lost, nothing faulty is published, nobody writes for others."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.core.import_preview import file_changed
from dialogs.editing.model import LIVE, ArticleHead, ArticleRevision, KnowledgeEdition, RevisionState
from knowledge.article.article import ArticleBook, Language
from knowledge.article.writing import digest_of
from tests.unit.driver import Stage
from tests.unit.editing.scene import OTHER, PRINT, draft, head, live, press, revision, stage

NEW = "Velg **Skriv ut** og «Gangen 2»."


def written(scene: Stage, who: str = "eva", answer: str = NEW, **data: str) -> ArticleRevision:
    """Return the draft that an editor began and saved."""
    press(scene, who, "start", municipality_id=data.get("municipality_id", ""))
    key = "print" + (f"@{data['municipality_id']}" if data.get("municipality_id") else "")
    base = draft(scene, key).id
    press(scene, who, "save", base_id=base, answer_nb=answer, **data)
    return draft(scene, key)


def test_a_draft_begins_with_the_file_and_changes_nothing_for_readers() -> None:
    scene = stage()
    outcome = press(scene, "eva", "start")
    assert "klart til å redigeres" in outcome.notice
    made = draft(scene)
    assert made.text_in(Language.NB).answer == PRINT.answer
    assert made.text_in(Language.NB).phrasings == PRINT.phrasings
    assert LIVE not in set(made.terms())
    assert head(scene).live_id is None


def test_publishing_is_a_new_revision_with_author_time_reason_and_audit_entry() -> None:
    scene = stage()
    made = written(scene, reason="Ny skriver")
    outcome = press(scene, "eva", "publish", base_id=made.id)
    assert "er publisert" in outcome.notice
    now = live(scene)
    assert (now.state, now.by, now.reason, now.made_at) == (RevisionState.PUBLISHED, "eva", "Ny skriver", scene.now)
    assert now.text_in(Language.NB).answer == NEW
    assert now.file_digest == digest_of([PRINT])
    assert LIVE in set(now.terms())
    assert head(scene).draft_id is None
    assert [audit.act for audit in outcome.audits] == ["article.published"]
    assert scene.get(KnowledgeEdition, KnowledgeEdition.ID).number == 1


def test_a_publication_applies_until_its_file_changes_and_both_stay() -> None:
    scene = stage()
    press(scene, "eva", "publish", base_id=written(scene).id)
    published = live(scene)
    assert not file_changed(published.file_digest, digest_of([PRINT]), or_gone=True)
    assert file_changed(published.file_digest, digest_of([replace(PRINT, answer="Ring.")]), or_gone=True)
    scene.content = replace(scene.content, files=ArticleBook.from_articles([replace(PRINT, answer="Ring."), OTHER]))
    press(scene, "eva", "keep")
    kept = live(scene)
    assert kept.text_in(Language.NB).answer == NEW
    assert kept.file_digest == digest_of([replace(PRINT, answer="Ring.")])


def test_the_text_of_an_editor_that_saves_second_is_kept_beside_the_first() -> None:
    scene = stage()
    press(scene, "eva", "start")
    base = draft(scene).id
    press(scene, "eva", "save", base_id=base, answer_nb="Den første.")
    outcome = press(scene, "eva", "save", base_id=base, answer_nb="Den andre.")
    assert "Sammenlign" in outcome.notice
    assert draft(scene).text_in(Language.NB).answer == "Den første."
    beside = max(scene.all(ArticleRevision), key=lambda each: each.number)
    assert beside.text_in(Language.NB).answer == "Den andre."
    assert beside.id != draft(scene).id


def test_nobody_publishes_a_draft_that_another_editor_changed_meanwhile() -> None:
    scene = stage()
    read = written(scene)
    press(scene, "eva", "save", base_id=read.id, answer_nb="Noe annet.")
    outcome = press(scene, "eva", "publish", base_id=read.id)
    assert "Les det før du publiserer" in outcome.notice
    assert head(scene).live_id is None


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"answer_nb": "Ja, det kan du."}, "Bokmål, svar: begynner med «Ja»"),
        ({"answer_nb": "ord " * 91}, "Bokmål, svar: har 91 ord"),
        ({"answer_nb": "Se [siden](http://10.0.0.1/)."}, "Bokmål, svar: http://10.0.0.1/ åpner ikke"),
        ({"answer_nb": "Skriv {navn}."}, "Bokmål, svar: «{navn}» er ingen plassholder"),
        ({"phrasings_nb": "utskrift"}, "Bokmål, formuleringer: har 1 måter"),
        ({"phrasings_nb": "\n".join((*PRINT.phrasings, OTHER.title))}, "spør også etter «Hvordan skanner jeg?»"),
        ({"related": "ukjent"}, "se også: ukjent er ingen artikkel"),
        ({"source_url": "http://kommune.example"}, "kilde: må begynne med https://"),
        ({"title_nb": ""}, "Bokmål, tittel: må fylles ut"),
        ({"button_action": "no.verb", "button_title_nb": "Gjør"}, "kjenner ikke handlingen no.verb"),
    ],
)
def test_what_kb_check_would_refuse_is_not_published_and_named_by_field(fields: dict[str, str], told: str) -> None:
    scene = stage()
    press(scene, "eva", "start")
    press(scene, "eva", "save", base_id=draft(scene).id, **fields)
    outcome = press(scene, "eva", "publish", base_id=draft(scene).id)
    assert told in outcome.notice
    assert head(scene).live_id is None
    assert not outcome.changed


def test_an_editor_of_one_municipality_writes_for_that_municipality_only() -> None:
    scene = stage()
    for verb in ("start", "save", "publish", "retire", "withdraw", "keep", "roll_back", "discard", "unschedule"):
        for municipality in ("", "storvik"):
            outcome = press(scene, "ed", verb, municipality_id=municipality)
            assert "bare endre artiklene til din egen kommune" in outcome.notice
            assert [audit.act for audit in outcome.audits] == ["article.refused"]
            assert "redaktører" in press(scene, "ola", verb, municipality_id="lillevik").notice
    assert scene.all(ArticleHead) == []
    press(
        scene, "ed", "publish", municipality_id="lillevik", base_id=written(scene, "ed", municipality_id="lillevik").id
    )
    change = live(scene, "print@lillevik").to_change()
    assert change.municipality_id == "lillevik"
    assert change.articles[0].phrasings == (), "the phrasings of everyone's article find it"
    press(scene, "eva", "publish", municipality_id="storvik", base_id=written(scene, municipality_id="storvik").id)
    assert live(scene, "print@storvik").by == "eva", "the provider may"


def test_a_planned_publication_comes_at_its_time_or_is_cancelled() -> None:
    scene = stage()
    at = (scene.now + timedelta(days=2)).isoformat()
    outcome = press(scene, "eva", "publish", base_id=written(scene).id, publish_at=at)
    assert "blir publisert torsdag" in outcome.notice
    assert head(scene).live_id is None
    scene.ring_until(scene.now + timedelta(days=1))
    assert head(scene).live_id is None
    scene.ring_until(scene.now + timedelta(days=2))
    assert live(scene).text_in(Language.NB).answer == NEW
    assert live(scene).by == "eva"
    at = (scene.now + timedelta(days=2)).isoformat()
    press(scene, "eva", "publish", base_id=written(scene, answer="Senere.").id, publish_at=at)
    press(scene, "eva", "unschedule")
    assert draft(scene).text_in(Language.NB).answer == "Senere."
    scene.ring_until(scene.now + timedelta(days=3))
    assert live(scene).text_in(Language.NB).answer == NEW


@pytest.mark.parametrize("when", ["i morgen", "2020-01-01T08:00", "2099-01-01T08:00"])
def test_a_time_that_is_none_or_too_far_plans_nothing(when: str) -> None:
    scene = stage()
    assert "tidspunkt fram i tid" in press(scene, "eva", "publish", base_id=written(scene).id, publish_at=when).notice
    assert head(scene).scheduled_id is None


def test_an_earlier_revision_comes_back_and_the_files_text_too() -> None:
    scene = stage()
    press(scene, "eva", "publish", base_id=written(scene).id)
    first = live(scene)
    press(scene, "eva", "publish", base_id=written(scene, answer="Noe verre.").id)
    assert not revision(scene, first.id).in_use
    never = written(scene, answer="Aldri publisert.")
    assert "aldri vært publisert" in press(scene, "eva", "roll_back", revision_id=never.id).notice
    assert live(scene).text_in(Language.NB).answer == "Noe verre."
    press(scene, "eva", "roll_back", revision_id=first.id)
    assert live(scene).text_in(Language.NB).answer == NEW
    assert live(scene).reason == f"Tilbake til nr. {first.number}"
    outcome = press(scene, "eva", "withdraw")
    assert "svarer med standardteksten igjen" in outcome.notice
    assert head(scene).live_id is None
    assert not [each for each in scene.all(ArticleRevision) if LIVE in set(each.terms())]
    assert scene.get(KnowledgeEdition, KnowledgeEdition.ID).number == 4


def test_a_retired_article_leads_to_another_one() -> None:
    scene = stage()
    assert "ingen annen artikkel" in press(scene, "eva", "retire", redirect="print").notice
    assert "ingen annen artikkel" in press(scene, "eva", "retire", redirect="ukjent").notice
    press(scene, "eva", "retire", redirect="scan", reason="Slått sammen")
    change = live(scene).to_change()
    assert (change.articles, change.redirect) == ((), "scan")
    assert (Language.NB, PHRASINGS_FIRST) in change.phrasings
    book = change.applied_to(scene.content.articles)
    found = book.get("print", Language.NB)
    assert found is not None
    assert found.id == "scan"
    assert book.ids() == ("scan",)


PHRASINGS_FIRST = PRINT.phrasings[0]


def test_the_owner_is_reminded_at_the_review_date_and_else_the_editors() -> None:
    scene = stage()
    by = (scene.now + timedelta(days=10)).date().isoformat()
    press(scene, "eva", "publish", base_id=written(scene, owner_id="eva", review_by=by).id)
    scene.ring_until(scene.now + timedelta(days=11))
    assert "skulle ses over innen" in scene.shown("eva", "article/print/review")
    later = (scene.now + timedelta(days=10)).date().isoformat()
    data = {"municipality_id": "lillevik", "owner_id": "", "review_by": later}
    press(scene, "ed", "publish", municipality_id="lillevik", base_id=written(scene, "ed", **data).id)
    scene.ring_until(scene.now + timedelta(days=11))
    assert "skulle ses over" in scene.shown("ed", "article/print@lillevik/review")
    assert scene.slots("kai", "article/") == []


def test_the_owner_is_told_once_that_the_file_changed_after_the_publication() -> None:
    scene = stage()
    press(scene, "eva", "publish", base_id=written(scene, owner_id="eva").id)
    scene.ring_until(scene.now + timedelta(days=2))
    assert scene.slots("eva", "article/print/file") == []
    changed = ArticleBook.from_articles([replace(PRINT, answer="Ring."), OTHER])
    scene.content = replace(scene.content, files=changed, articles=changed)
    scene.ring_until(scene.now + timedelta(days=2))
    assert "velg hva som skal gjelde" in scene.shown("eva", "article/print/file").lower()
    told = scene.news.count(("eva", "article/print/file"))
    scene.ring_until(scene.now + timedelta(days=2))
    assert scene.news.count(("eva", "article/print/file")) == told == 1
    assert scene.slots("kai", "article/") == []


def test_a_theme_begins_a_new_article_or_adds_phrasings_to_one() -> None:
    scene = stage()
    data = {"title": "Hvor er skjermen?", "phrasings": "hvor er skjermen\nskjermen er borte", "language": "nb"}
    press(scene, "eva", "start", article="skjermen", **data)
    assert draft(scene, "skjermen").text_in(Language.NB).phrasings == ("hvor er skjermen", "skjermen er borte")
    press(scene, "eva", "start", phrasings="skrive ut i kjelleren", language="nb")
    assert draft(scene).text_in(Language.NB).phrasings == (*PRINT.phrasings, "skrive ut i kjelleren")


def test_numbers_of_people_are_masked_before_they_are_stored() -> None:
    scene = stage()
    press(scene, "eva", "start")
    press(scene, "eva", "save", base_id=draft(scene).id, answer_nb="Spør 13097248022 om det.")
    assert "13097248022" not in draft(scene).text_in(Language.NB).answer
