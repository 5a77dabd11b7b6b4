"""The page of an article, and its fields from the form to the file and back."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from dialogs.core.refusal import EventRefused
from dialogs.editing.history import history_view
from dialogs.editing.listing import FOR_ALL, articles_view, exported_files, exported_table
from dialogs.editing.model import ArticleHead, ArticleRevision, RevisionState
from dialogs.editing.reading import article_view, beside_draft
from dialogs.editing.standing import ArticleState
from dialogs.insight.model import ClosedPeriod
from knowledge.article.article import ArticleBook, ArticleButton, Language, Source, parse_article
from knowledge.matching.matcher import Candidate
from tests.unit.driver import Stage
from tests.unit.editing.scene import OTHER, PRINT, draft, head, live, press, stage
from tests.unit.editing.test_views import publish, shown, sure

RICH = replace(
    PRINT,
    source=Source(title="IT-avdelingen", url="https://kommune.example/skriv", day=date(2026, 2, 1)),
    button=ArticleButton(title="Vis status", action="rollout.status"),
    topics=("printing", "paper"),
    related=("scan",),
)
FIELDS = {
    "title_nb": "Hvordan skriver jeg ut?",
    "answer_nb": "Velg **Skriv ut**.\r\nGå til gangen.",
    "source_title_nb": "Kontoret",
    "button_title_nb": "Vis status",
    "phrasings_nb": "- skrive ut\n\n skrive   ut \nhente ark",
    "title_en": "How do I print?",
    "answer_en": "Choose Print.",
    "source_url": "https://kommune.example/ny",
    "source_day": "2026-01-15",
    "button_action": "rollout.status",
    "topics": "printing; paper, printing",
    "related": "scan",
    "review_by": "2027-02-03",
    "owner_id": "eva",
    "sample": "true",
    "new": "true",
    "reason": "Ny skriver",
}


def rich() -> Stage:
    scene = stage()
    books = ArticleBook.from_articles([RICH, OTHER])
    scene.content = replace(scene.content, articles=books, files=books, commands={"status": "rollout.status"})
    return scene


def page(scene: Stage, who: str = "eva", key: str = "print", **asked: Any) -> Any:
    return shown(scene, who, article_view, key, **asked)


def test_every_field_of_the_form_is_saved_and_shown_again() -> None:
    scene = stage()
    press(scene, "eva", "start")
    begun = draft(scene).id
    press(scene, "eva", "save", base_id=begun, **FIELDS)
    made = draft(scene)
    assert made.base_id == begun
    read = page(scene)
    assert (read.base_id, read.number, read.draft) == (made.id, 2, True)
    assert read.common == {
        "source_url": "https://kommune.example/ny",
        "source_day": "2026-01-15",
        "button_action": "rollout.status",
        "topics": "printing, paper",
        "review_by": "2027-02-03",
        "owner_id": "eva",
        "new": "true",
        "reason": "Ny skriver",
    }
    assert made.sample
    bokmal, nynorsk, english = read.languages
    assert (bokmal.title, bokmal.answer) == (FIELDS["title_nb"], "Velg **Skriv ut**.\nGå til gangen.")
    assert (bokmal.source_title, bokmal.button_title) == ("Kontoret", "Vis status")
    assert bokmal.phrasings == "skrive ut\nhente ark"
    assert (nynorsk.title, nynorsk.answer, nynorsk.preview) == ("", "", None)
    assert (english.name, english.title) == ("Engelsk", "How do I print?")
    assert [text.language for text in made.texts] == [Language.NB, Language.EN]


def test_a_form_empties_what_it_leaves_empty_and_keeps_what_it_does_not_have() -> None:
    scene = stage()
    press(scene, "eva", "start")
    press(scene, "eva", "save", base_id=draft(scene).id, **FIELDS)
    press(scene, "eva", "save", base_id=draft(scene).id, answer_en="Choose **Print**.", review_by="i morgen")
    kept = page(scene)
    assert kept.common["review_by"] == "2027-02-03", "no day"
    assert (kept.common["source_day"], kept.common["owner_id"], kept.common["new"]) == ("2026-01-15", "eva", "true")
    assert kept.languages[0].title == FIELDS["title_nb"]
    empty = dict.fromkeys(("source_url", "source_day", "topics", "related", "owner_id", "new", "sample", "reason"), "")
    press(scene, "eva", "save", base_id=draft(scene).id, title_en="", answer_en="", phrasings_en="", **empty)
    now = page(scene)
    assert {name: now.common[name] for name in empty if name in now.common} == {
        name: "" for name in empty if name in now.common
    }
    assert now.related == ("", "", "")
    assert not draft(scene).sample
    assert [text.language for text in draft(scene).texts] == [Language.NB]


def test_fields_are_cut_at_their_limits() -> None:
    scene = stage()
    press(scene, "eva", "start")
    fields = {
        "title_nb": "t" * 300,
        "answer_nb": "a" * 5000,
        "source_url": "https://" + "u" * 600,
        "topics": ",".join(f"tema{number}" for number in range(30)),
        "reason": "r" * 400,
        "phrasings_nb": "\n".join(f"{number} " + "p" * 400 for number in range(300)),
    }
    press(scene, "eva", "save", base_id=draft(scene).id, **fields)
    made = draft(scene)
    text = made.text_in(Language.NB)
    assert (len(text.title), len(text.answer), len(made.source_url), len(made.reason)) == (200, 4000, 500, 300)
    assert len(made.topics) == 20
    assert (len(text.phrasings), {len(words) for words in text.phrasings}) == (200, {300})


def test_a_draft_begins_with_everything_that_the_file_has_and_is_published_with_it() -> None:
    scene = rich()
    publish(scene, "eva")
    [article] = live(scene).articles()
    assert replace(article, changed=RICH.changed, review_by=RICH.review_by) == RICH
    assert article.review_by == max(RICH.review_by, scene.now.date() + timedelta(days=180))


def test_a_municipality_begins_its_own_text_with_the_one_for_everyone() -> None:
    scene = rich()
    read = page(scene, "ed", "print@lillevik")
    assert (read.state, read.may_edit, read.own_key) == (ArticleState.ABSENT, True, "")
    assert (read.municipality, read.municipality_id) == ("Lillevik kommune", "lillevik")
    assert read.languages[0].answer == RICH.answer
    assert read.languages[0].phrasings == ""
    press(scene, "ed", "start", municipality_id="lillevik")
    made = draft(scene, "print@lillevik")
    assert (made.municipality_id, made.new, made.topics) == ("lillevik", False, RICH.topics)


def test_a_new_article_of_a_municipality_belongs_to_it_and_needs_no_number_of_questions() -> None:
    scene = stage()
    press(scene, "ed", "start", article="parrot", title="Papegøyen", language="nn", municipality_id="lillevik")
    made = draft(scene, "parrot@lillevik")
    assert (made.municipality_id, made.new, made.owner_id) == ("lillevik", False, "ed")
    assert (made.text_in(Language.NN).title, made.is_fresh) == ("Papegøyen", True)
    press(scene, "eva", "start", article="parrot", title="Papegøyen", language="nb")
    assert draft(scene, "parrot").new
    assert draft(scene, "parrot").review_by == scene.now.date() + timedelta(days=180)


def test_phrasings_may_come_in_several_languages_and_are_added_once() -> None:
    scene = stage()
    press(scene, "eva", "start", phrasings="skrive ut\nskrive ut", language="nb", phrasings_en="how to print")
    again = press(scene, "eva", "start", phrasings_en="how to print\nprint here")
    assert again.changed
    made = draft(scene)
    assert made.text_in(Language.NB).phrasings == (*PRINT.phrasings, "skrive ut")
    assert made.text_in(Language.EN).phrasings == ("how to print", "print here")
    assert made.text_in(Language.NB).title == PRINT.title, "a title that is there stays"


def test_a_second_start_keeps_the_draft_and_a_discarded_one_is_gone() -> None:
    scene = stage()
    press(scene, "eva", "start")
    first = draft(scene)
    outcome = press(scene, "eva", "start")
    assert not outcome.changed
    assert draft(scene).id == first.id
    outcome = press(scene, "eva", "discard")
    assert [audit.act for audit in outcome.audits] == ["article.discarded"]
    assert head(scene).draft_id is None
    assert not scene.get(ArticleRevision, first.id).in_use
    assert press(scene, "eva", "discard").notice == scene.texts("eva")("article.no_draft")


def test_a_save_says_how_many_faults_there_are_and_advice_is_none() -> None:
    scene = stage()
    press(scene, "eva", "start")
    told = press(scene, "eva", "save", base_id=draft(scene).id, answer_nb="Velg **Skriv ut** nå.").notice
    assert told == scene.texts("eva")("article.saved"), "languages are missing, which is advice"
    told = press(scene, "eva", "save", base_id=draft(scene).id, answer_nb="Ja, det går.", related="ukjent").notice
    assert told == scene.texts("eva").plural("article.saved_with_faults", 2)


def test_a_base_of_another_article_is_not_written_into_this_one() -> None:
    scene = stage()
    press(scene, "eva", "start", article="scan")
    press(scene, "eva", "save", base_id=draft(scene, "scan").id, source_url="https://kommune.example/ny")
    assert draft(scene).text_in(Language.NB).title == PRINT.title
    assert page(scene, revision_id=draft(scene, "scan").id).languages[0].title == PRINT.title


def test_an_editor_finds_the_own_text_beside_anothers_draft_and_how_they_differ() -> None:
    scene = stage()
    press(scene, "eva", "start")
    base = draft(scene).id
    assert shown(scene, "eva", beside_draft, "print") == "", "it is the draft"
    press(scene, "eva", "save", base_id=base, answer_nb="Den første.")
    press(scene, "eva", "save", base_id=base, answer_nb="Den andre.")
    beside = shown(scene, "eva", beside_draft, "print")
    newest = max(scene.all(ArticleRevision), key=lambda revision: revision.number)
    assert beside == newest.id != draft(scene).id
    assert not newest.in_use
    assert newest.state is RevisionState.DRAFT
    assert head(scene).number == newest.number
    read = page(scene, mine_id=beside)
    assert read.mine == beside
    [field] = read.compared
    assert {part.text.strip() for part in field.parts if part.kind == "added"} == {"andre."}
    assert page(scene).compared == ()
    assert shown(scene, "eva", beside_draft, "scan") == ""
    scene.put(replace(newest, by="mari"))
    assert shown(scene, "eva", beside_draft, "print") == "", "another editor's"
    press(scene, "eva", "save", base_id=base, title_nb="En annen tittel")
    third = max(scene.all(ArticleRevision), key=lambda revision: revision.number).text_in(Language.NB)
    assert (third.title, third.answer) == ("En annen tittel", PRINT.answer), "as it was read, not as the draft is now"


def test_an_editor_of_a_municipality_reads_no_draft_for_everyone() -> None:
    scene = stage()
    press(scene, "eva", "start")
    press(scene, "eva", "save", base_id=draft(scene).id, answer_nb="Hemmelig ennå.")
    made = draft(scene)
    for asked in ({}, {"revision_id": made.id}, {"mine_id": made.id}):
        read = page(scene, "ed", **asked)
        assert (read.draft, read.base_id, read.mine) == (False, "", "")
        assert read.languages[0].answer == PRINT.answer
    assert page(scene, revision_id=made.id).number == made.number
    with pytest.raises(EventRefused):
        page(scene, "eva", "unknown")


def test_owners_are_the_editors_of_the_place_and_related_articles_the_others_by_title() -> None:
    scene = stage()
    read = page(scene)
    assert [id_ for id_, _ in read.owners] == ["eva"]
    assert read.articles == (("scan", OTHER.title),)
    assert [id_ for id_, _ in page(scene, key="print@lillevik").owners] == ["ed"]


def test_a_preview_is_the_card_that_readers_of_the_language_get() -> None:
    scene = rich()
    read = page(scene, form={"title_en": "Printing", "answer_en": "Choose **Print**."})
    assert "Choose **Print**." in str(read.languages[2].preview.card)
    assert "IT-avdelingen" in str(read.languages[0].preview.card)
    own = page(scene, "ed", "print@lillevik", form={"answer_nb": "Ring kontoret i Lillevik."})
    assert "Ring kontoret i Lillevik." in str(own.languages[0].preview.card)


def test_a_changed_file_is_compared_in_the_languages_that_differ() -> None:
    scene = stage()
    english = {"title_en": "Print", "answer_en": "Print it.", "source_title_en": "IT", "phrasings_en": "how to print"}
    publish(scene, "eva", answer_nb="Skriv ut.", new="true", **english)
    files = [replace(PRINT, answer="Ring."), replace(PRINT, language=Language.EN, title="Print", answer="Print it.")]
    scene.content = replace(scene.content, files=ArticleBook.from_articles([*files, OTHER]))
    [both] = page(scene).file_changed
    assert (both.name, both.file, both.desk) == ("Bokmål", f"{PRINT.title}\n\nRing.", f"{PRINT.title}\n\nSkriv ut.")


def test_what_a_phrasing_finds_is_looked_for_where_the_article_is_read() -> None:
    scene = stage()
    places: list[str | None] = []
    matched = scene._surroundings.match_each

    async def noting(utterances: Any, *, municipality_id: str | None = None, **rest: Any) -> Any:
        places.append(municipality_id)
        return await matched(utterances, municipality_id=municipality_id, **rest)

    scene._surroundings.match_each = noting  # type: ignore[method-assign]
    sure(scene, lambda _: "print")
    assert page(scene, key="print@lillevik", form={"phrasings_nb": "skrive ut"}, check=True).warnings == ()
    assert page(scene, form={"phrasings_nb": "skrive ut"}, check=True).warnings == ()
    assert places == ["lillevik", "dgi"]
    assert page(scene).warnings is None


def test_a_phrasing_that_finds_nothing_is_no_warning() -> None:
    scene = stage()
    scene.matches = lambda _: (Candidate(article_id="scan", confidence=0.01),)
    assert page(scene, form={"phrasings_nb": "noe helt annet"}, check=True).warnings == ()


def test_an_export_has_what_the_editor_may_change_and_is_read_again() -> None:
    scene = rich()
    own = replace(RICH, municipality_id="lillevik", phrasings=(), answer="Ring Lillevik.")
    books = ArticleBook.from_articles([RICH, OTHER, own])
    scene.content = replace(scene.content, articles=books, files=books)
    names = [name for name, _ in shown(scene, "eva", exported_files)]
    assert names == sorted(names)
    assert len(names) == 3
    [(name, text)] = shown(scene, "ed", exported_files)
    assert parse_article(text, file=name, language=Language.NB) == own
    table = shown(scene, "ed", exported_table)
    assert table.startswith("\ufeff")
    assert table.endswith("\r\n")
    _, line = table.strip().split("\r\n")
    review_by = own.review_by.isoformat()
    assert line == f"{own.title};Ring Lillevik.;IT-avdelingen;print@lillevik;{own.title};nb;lillevik;{review_by}"
    lines = shown(scene, "eva", exported_table).split("\r\n")
    assert sum(f";{RICH.title};nb;;" in line for line in lines) == len(RICH.phrasings)
    with pytest.raises(EventRefused):
        shown(scene, "ola", exported_table)


def test_the_list_says_for_whom_an_editor_writes() -> None:
    scene = stage()
    assert shown(scene, "ed", articles_view).municipalities == (("lillevik", "Lillevik kommune"),)
    first, *others = shown(scene, "eva", articles_view).municipalities
    assert first == ("", scene.texts("eva")("article.for_all"))
    assert dict(others) == {"dgi": "Driftsselskapet", "lillevik": "Lillevik kommune", "storvik": "Storvik kommune"}


def test_a_row_says_whose_the_text_is_when_it_is_due_and_who_owns_it() -> None:
    scene = stage()
    books = ArticleBook.from_articles([replace(PRINT, review_by=scene.now.date()), OTHER])
    scene.content = replace(scene.content, articles=books, files=books)
    rows = {row.key: row for row in shown(scene, "eva", articles_view).rows.items}
    assert not rows["print"].review_due, "today is in time"
    assert rows["print"].review_by == scene.texts("eva").day(scene.now.date())
    assert (rows["print"].municipality, rows["print"].override, rows["print"].owner) == ("", False, "")
    publish(scene, "ed", "lillevik", answer_nb="Ring.", owner_id="ed")
    [own] = [row for row in shown(scene, "ed", articles_view).rows.items if row.key == "print@lillevik"]
    assert (own.municipality, own.override, own.owner, own.own) == ("Lillevik kommune", True, "Redaktør ed", True)
    assert not own.unused
    [own] = [row for row in shown(scene, "eva", articles_view).rows.items if row.key == "print@lillevik"]
    assert (own.owner, own.own) == ("", False), "people of another municipality are not named"
    scene.content = replace(scene.content, articles=live(scene, "print@lillevik").to_change().applied_to(books))
    values = {"municipality_id": "lillevik", "period": "2026-10", "cells": {"questions": 9}, "ended_at": scene.now}
    scene.put(ClosedPeriod(**values))  # type: ignore[arg-type]
    unused = {row.key: row.unused for row in shown(scene, "ed", articles_view).rows.items}
    assert unused == {"print": True, "scan": True, "print@lillevik": False}, "its use is counted with the other's"


def test_a_search_finds_titles_and_ids_after_what_answers_the_words() -> None:
    scene = stage()
    scene.matches = lambda _: (Candidate(article_id="scan", confidence=0.9),)
    found = [row.key for row in shown(scene, "eva", articles_view, words="HVORDAN SKRIVER").rows.items]
    assert found == ["scan", "print"]
    scene.matches = lambda _: ()
    assert [row.key for row in shown(scene, "eva", articles_view, words="print").rows.items] == ["print"]


def many(scene: Stage, number: int) -> None:
    """Let there be so many articles, every tenth on paper, and one municipality's own text of the last."""
    articles = [
        replace(
            PRINT,
            id=f"about-{at}",
            title=f"Nummer {at}",
            answer=f"Se på hylle {at} etter arket.",
            phrasings=(f"hvor ligger ting-{at}",),
            topics=("paper",) if at % 10 == 0 else ("shelf",),
        )
        for at in range(number)
    ]
    own = replace(articles[-1], municipality_id="lillevik", answer="I kjelleren bak blåfjellet.", topics=("cellar",))
    english = replace(articles[7], language=Language.EN, title="Seven", answer="Behind the walrus.")
    books = ArticleBook.from_articles([*articles, own, english])
    scene.content = replace(scene.content, articles=books, files=books)


def test_any_of_many_articles_is_found_by_words_of_its_title_questions_and_answer_in_each_language() -> None:
    scene = stage()
    many(scene, 600)
    assert shown(scene, "eva", articles_view).rows.pages == 13
    for words in ("Nummer 481", "hylle 481 arket", "TING-481", "about-481"):
        assert [row.key for row in shown(scene, "eva", articles_view, words=words).rows.items] == ["about-481"], words
    assert [row.key for row in shown(scene, "eva", articles_view, words="walrus").rows.items] == ["about-7"]
    assert shown(scene, "eva", articles_view, words="hylle elefant").rows.total == 0, "all words are meant"
    first, *rest = shown(scene, "eva", articles_view, words="48 nummer").rows.items
    assert first.key == "about-148"
    assert {row.key for row in rest} == {"about-248", "about-348", "about-448", "about-48", "about-548"} | {
        f"about-48{digit}" for digit in range(10)
    }
    assert [row.key for row in shown(scene, "kai", articles_view, words="blåfjellet").rows.items] == []


def test_a_search_reads_drafts_of_those_that_may_see_them() -> None:
    scene = stage()
    press(scene, "eva", "start")
    press(scene, "eva", "save", base_id=draft(scene).id, answer_nb="Ta med papegøyen.")
    assert [row.key for row in shown(scene, "eva", articles_view, words="papegøyen").rows.items] == ["print"]
    assert [row.key for row in shown(scene, "ed", articles_view, words="papegøyen").rows.items] == []


def test_place_topic_and_state_narrow_the_list_together_and_the_counts_follow() -> None:
    scene = stage()
    many(scene, 600)
    page = shown(scene, "eva", articles_view, topic="paper")
    assert (page.rows.total, page.counts["all"]) == (60, 60)
    assert page.topics == ("cellar", "paper", "shelf")
    assert page.places == ((FOR_ALL, scene.texts("eva")("article.for_all")), ("lillevik", "Lillevik kommune"))
    [row] = shown(scene, "eva", articles_view, place="lillevik").rows.items
    assert row.key == "about-599@lillevik"
    assert shown(scene, "eva", articles_view, place=FOR_ALL).rows.total == 600
    assert shown(scene, "eva", articles_view, place="lillevik", topic="paper").rows.total == 0
    press(scene, "eva", "start", article="about-10")
    drafts = shown(scene, "eva", articles_view, topic="paper", chosen="draft", words="hylle")
    assert [row.key for row in drafts.rows.items] == ["about-10"]
    assert (drafts.counts["all"], drafts.counts["draft"]) == (60, 1)
    assert shown(scene, "kai", articles_view, place="lillevik").rows.total == 0


def test_counts_of_the_filters_are_of_the_whole_list() -> None:
    scene = stage()
    press(scene, "eva", "start")
    listed = shown(scene, "eva", articles_view, chosen="draft")
    assert [row.key for row in listed.rows.items] == ["print"]
    counts = {str(name): number for name, number in listed.counts.items()}
    assert (counts["all"], counts["draft"], counts["mine"]) == (2, 1, 0)
    assert str(shown(scene, "eva", articles_view, chosen="nonsense").chosen) == "all"


def test_a_history_is_empty_before_the_first_revision() -> None:
    scene = stage()
    assert shown(scene, "eva", history_view, "print").rows.items == ()
    assert scene.all(ArticleHead) == [], "reading stores nothing"


def test_a_draft_that_a_later_save_replaced_is_in_use_no_more() -> None:
    scene = stage()
    press(scene, "eva", "start")
    first = draft(scene)
    press(scene, "eva", "save", base_id=first.id, answer_nb="Ny tekst.")
    assert not scene.get(ArticleRevision, first.id).in_use
    assert draft(scene).in_use
    assert (draft(scene).number, head(scene).number) == (2, 2)


def test_a_planned_text_has_a_number_of_its_own_and_differs_from_the_draft_beside_it() -> None:
    scene = stage()
    press(scene, "eva", "start")
    press(scene, "eva", "save", base_id=draft(scene).id, answer_nb="Fra mandag: Ring.")
    at = (scene.now + timedelta(days=2)).isoformat()
    press(scene, "eva", "publish", base_id=draft(scene).id, publish_at=at)
    planned = scene.get(ArticleRevision, head(scene).scheduled_id)
    assert (head(scene).number, planned.number) == (3, 3)
    read = page(scene)
    assert (read.scheduled_id, read.planned, read.draft) == (planned.id, (), False)
    press(scene, "eva", "save", base_id="", answer_nb="Fra mandag: Skriv.")
    [field] = page(scene).planned
    assert {part.text.strip() for part in field.parts if part.kind != "same"} == {"Ring.", "Skriv."}
    assert len({revision.number for revision in scene.all(ArticleRevision)}) == len(scene.all(ArticleRevision))


def test_a_withdrawn_article_reminds_nobody_and_is_in_the_audit_log() -> None:
    scene = stage()
    publish(scene, "eva", answer_nb="Skriv ut.")
    assert "article/print/review" in scene.timers
    outcome = press(scene, "eva", "withdraw")
    assert [audit.act for audit in outcome.audits] == ["article.withdrawn"]
    assert "article/print/review" not in scene.timers
    publish(scene, "eva", answer_nb="Skriv ut igjen.")
    outcome = press(scene, "eva", "retire", redirect="scan")
    assert [audit.act for audit in outcome.audits] == ["article.retired"]
    assert "article/print/review" not in scene.timers
