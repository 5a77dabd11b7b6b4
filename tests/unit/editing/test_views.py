"""What editors read of articles: the list, one article, its history, an import, and nothing of others' texts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from bot.records.query_answering import QueryAnswering
from dialogs.core.query import Asking
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Viewer, viewer_of
from dialogs.editing.history import DiffPart, history_view, word_diff
from dialogs.editing.imported import import_view
from dialogs.editing.listing import ArticleFilter, articles_view
from dialogs.editing.model import ArticleRevision
from dialogs.editing.reading import LiveState, article_view, beside_draft, live_state
from dialogs.insight.model import ClosedPeriod
from knowledge.article.article import ArticleBook, Language
from knowledge.matching.matcher import Candidate, Match
from tests.unit.at_once import run
from tests.unit.driver import Stage
from tests.unit.editing.scene import OTHER, PRINT, draft, live, press, stage

ENGLISH = replace(PRINT, language=Language.EN, title="How do I print?", changed=date(2020, 1, 1))


def shown(scene: Stage, who: str, view: Callable[..., Asking[Any]], *args: Any, **kwargs: Any) -> Any:
    """Return what a view shows a person."""

    def reading() -> Asking[Any]:
        viewer: Viewer = yield from viewer_of(who, scene.content, scene.now)
        return (yield from view(viewer, *args, **kwargs))

    about = scene._surroundings
    return run(QueryAnswering(store=scene.store, understanding=about, rng=about).result_of(reading()))


def sure(scene: Stage, article_of: Callable[[str], str], *, confidence: float = 0.99) -> None:
    """Let every utterance mean an article, surely or with this confidence."""

    def understand(utterance: str, _: object) -> Match:
        best = Candidate(article_id=article_of(utterance), confidence=confidence)
        return Match(utterance=utterance, language="nb", small_talk=None, candidates=(best,), precision=0.99)

    scene._understand = understand  # type: ignore[method-assign]


def keys(scene: Stage, who: str, **chosen: Any) -> list[str]:
    return [row.key for row in shown(scene, who, articles_view, **chosen).rows.items]


def publish(scene: Stage, who: str, municipality_id: str = "", **fields: str) -> None:
    key = f"print@{municipality_id}" if municipality_id else "print"
    press(scene, who, "start", municipality_id=municipality_id)
    press(scene, who, "save", municipality_id=municipality_id, base_id=draft(scene, key).id, **fields)
    press(scene, who, "publish", municipality_id=municipality_id, base_id=draft(scene, key).id)


@pytest.mark.parametrize(
    ("view", "args"),
    [
        (articles_view, ()),
        (article_view, ("print",)),
        (history_view, ("print",)),
        (import_view, ()),
        (beside_draft, ("print",)),
        (live_state, ("print",)),
    ],
)
def test_only_editors_read_about_articles(view: Callable[..., Asking[Any]], args: tuple[str, ...]) -> None:
    scene = stage()
    for who in ("ola", "nobody"):
        with pytest.raises(EventRefused):
            shown(scene, who, view, *args)
    shown(scene, "ed", view, *args)


def test_an_editor_sees_the_texts_for_everyone_and_of_the_own_municipality_only() -> None:
    scene = stage()
    publish(scene, "kai", "storvik", answer_nb="Ring Storvik.")
    assert keys(scene, "ed") == ["scan", "print"]
    assert keys(scene, "kai", chosen="override") == ["print@storvik"]
    assert keys(scene, "eva", chosen="override") == ["print@storvik"]
    for view in (article_view, history_view, live_state):
        with pytest.raises(EventRefused):
            shown(scene, "ed", view, "print@storvik")
    page = shown(scene, "ed", article_view, "print")
    assert (page.may_edit, page.own_key) == (False, "print@lillevik")


def test_the_list_is_searched_as_people_ask_and_filtered() -> None:
    scene = stage()
    books = ArticleBook.from_articles([PRINT, ENGLISH, replace(OTHER, review_by=date(2026, 1, 1))])
    scene.content = replace(scene.content, articles=books, files=books)
    scene.matches = lambda _: (Candidate(article_id="print", confidence=0.9),)
    assert keys(scene, "eva", words="papiret kommer ikke ut") == ["print"]
    assert keys(scene, "eva", chosen=ArticleFilter.REVIEW) == ["scan"]
    assert keys(scene, "eva", chosen=ArticleFilter.UNUSED) == []
    [row] = [each for each in shown(scene, "eva", articles_view).rows.items if each.key == "print"]
    assert (row.missing, row.behind, row.answers) == (("nn",), ("en",), "Ikke talt ennå")
    cells = {"answer#print": 40, "not_helped#print": 20}
    closed = {"municipality_id": "lillevik", "period": "2026-10", "cells": cells, "ended_at": scene.now}
    scene.put(ClosedPeriod(**closed))  # type: ignore[arg-type]
    assert keys(scene, "ed", chosen=ArticleFilter.UNHELPFUL) == ["print"]
    assert keys(scene, "ed", chosen=ArticleFilter.UNUSED) == ["scan"]
    assert keys(scene, "kai", chosen=ArticleFilter.UNHELPFUL) == [], "the numbers of another municipality"


def test_a_hidden_number_is_no_zero_and_an_article_of_this_year_is_not_called_unused() -> None:
    scene = stage()
    for period, cells in (("2026-09", {"answer#print": 12}), ("2026-10", {"answer#print": None, "answer#scan": None})):
        values = {"municipality_id": "lillevik", "period": period, "cells": cells, "ended_at": scene.now}
        scene.put(ClosedPeriod(**values))  # type: ignore[arg-type]
    rows = {row.key: row for row in shown(scene, "ed", articles_view).rows.items}
    assert (rows["print"].answers, rows["scan"].answers) == ("minst 12", "skjult")
    press(scene, "eva", "start", article="parrot", title="Papegøyen er stum", language="nb")
    fields = {"answer_nb": "Gi den nøtter.", "phrasings_nb": "papegøyen er taus"}
    press(scene, "eva", "save", article="parrot", base_id=draft(scene, "parrot").id, **fields)
    press(scene, "eva", "publish", article="parrot", base_id=draft(scene, "parrot").id)
    book = live(scene, "parrot").to_change().applied_to(scene.content.articles)
    scene.content = replace(scene.content, articles=book)
    assert keys(scene, "ed", chosen=ArticleFilter.UNUSED) == []
    [row] = [each for each in shown(scene, "ed", articles_view).rows.items if each.key == "parrot"]
    assert row.answers == "0"
    scene.now += timedelta(days=366)
    values = {"municipality_id": "lillevik", "period": "2027-10", "cells": {"answer#print": 5}, "ended_at": scene.now}
    scene.put(ClosedPeriod(**values))  # type: ignore[arg-type]
    assert keys(scene, "ed", chosen=ArticleFilter.UNUSED) == ["scan", "parrot"]


def test_a_publication_is_live_only_when_readers_get_its_text_and_their_questions_find_it() -> None:
    scene = stage()

    def state() -> LiveState:
        told: LiveState = shown(scene, "eva", live_state, "print")
        return told

    def take_over() -> None:
        scene.content = replace(scene.content, articles=live(scene).to_change().applied_to(scene.content.articles))

    scene.matches = lambda _: (Candidate(article_id="print", confidence=0.9),)
    assert state() is LiveState.NONE, "the files' text waits for nothing"
    publish(scene, "eva", answer_nb="Ring vakta.")
    assert state() is LiveState.WAITING
    take_over()
    assert state() is LiveState.LIVE
    scene.matches = lambda _: (Candidate(article_id="scan", confidence=0.9),)
    assert state() is LiveState.WAITING, "its phrasings are not learned"
    press(scene, "eva", "retire")
    assert state() is LiveState.WAITING, "it is still answered with"
    take_over()
    assert state() is LiveState.RETIRED


def test_drafts_own_articles_and_changed_files_are_found() -> None:
    scene = stage()
    publish(scene, "eva", answer_nb="Skriv ut.", owner_id="eva")
    press(scene, "eva", "start", article="scan")
    assert keys(scene, "eva", chosen=ArticleFilter.MINE) == ["print"]
    assert keys(scene, "eva", chosen=ArticleFilter.DRAFT) == ["scan"]
    assert keys(scene, "eva", chosen=ArticleFilter.FILE_CHANGED) == []
    scene.content = replace(scene.content, files=ArticleBook.from_articles([replace(PRINT, answer="Ring."), OTHER]))
    assert keys(scene, "eva", chosen=ArticleFilter.FILE_CHANGED) == ["print"]
    [both] = shown(scene, "eva", article_view, "print").file_changed
    assert "Ring." in both.file
    assert "Skriv ut." in both.desk


def test_an_article_that_is_only_a_draft_lacks_the_languages_that_the_draft_lacks() -> None:
    scene = stage()
    press(scene, "eva", "start", article="parrot", title="Papegøyen er stum", language="nb")
    [row] = shown(scene, "eva", articles_view, chosen=ArticleFilter.DRAFT).rows.items
    assert row.missing == ("nn", "en")


def test_faults_stand_at_their_field_and_a_preview_saves_nothing() -> None:
    scene = stage()
    form = {"answer_nb": "Ja, **nå**.", "related": "ukjent"}
    page = shown(scene, "eva", article_view, "print", form=form)
    bokmal = page.languages[0]
    assert bokmal.faults["answer"].startswith("Begynner med «Ja»")
    assert page.faults["related"] == "Ukjent er ingen artikkel."
    assert bokmal.length == "2 av høyst 90 ord"
    assert page.number_of_faults == 2
    assert "**nå**" in str(bokmal.preview.card)
    assert page.languages[1].preview is None
    assert scene.all(ArticleRevision) == []


def test_two_faults_of_a_field_stand_on_a_line_each_with_a_capital_letter() -> None:
    scene = stage()
    form = {"answer_nb": "Ja, se [siden](http://10.0.0.1/)."}
    lines = shown(scene, "eva", article_view, "print", form=form).languages[0].faults["answer"].splitlines()
    assert lines[0].startswith("Begynner med «Ja»")
    assert lines[1].startswith("http://10.0.0.1/ åpner ikke")


def test_a_fresh_draft_is_not_corrected_before_the_first_word() -> None:
    scene = stage()
    press(scene, "eva", "start", article="parrot", title="Papegøyen er stum", language="nb")
    page = shown(scene, "eva", article_view, "parrot")
    assert (page.fresh, page.languages[0].faults, page.faults) == (True, {}, {})
    assert page.number_of_faults
    press(scene, "eva", "save", article="parrot", base_id=draft(scene, "parrot").id, title_nb="Papegøyen er taus")
    page = shown(scene, "eva", article_view, "parrot")
    assert not page.fresh
    assert page.languages[0].faults["answer"]


def test_a_topic_of_no_other_article_is_advised_against_and_the_known_ones_are_listed() -> None:
    scene = stage()
    books = ArticleBook.from_articles([PRINT, replace(OTHER, topics=("printing", "paper"))])
    scene.content = replace(scene.content, articles=books, files=books)
    page = shown(scene, "eva", article_view, "print", form={"topics": "printing, sykkel"})
    assert page.topics == "paper, printing"
    assert [line for line in page.advice if "sykkel" in line]
    assert not [line for line in page.advice if "printing" in line]
    assert page.number_of_faults == 0


def test_the_chosen_articles_and_those_of_the_same_topics_come_first_among_a_hundred() -> None:
    scene = stage()
    others = [
        replace(OTHER, id=f"other-{number}", title=f"{number}", topics=("papir",) if number == 140 else ())
        for number in range(150)
    ]
    scene.content = replace(scene.content, articles=ArticleBook.from_articles([PRINT, OTHER, *others]))
    page = shown(scene, "eva", article_view, "print", form={"related": "other-149", "topics": "papir"})
    assert [id_ for id_, _ in page.articles[:2]] == ["other-149", "other-140"]
    assert len(page.articles) == 100


def test_related_articles_are_chosen_from_three_places() -> None:
    scene = stage()
    page = shown(scene, "eva", article_view, "print", form={"related": "scan,,"})
    assert page.related == ("scan", "", "")


@pytest.mark.parametrize(("new", "told"), [("", "har 1 måter å spørre på, trenger minst 8"), ("true", "")])
def test_an_article_for_everyone_needs_eight_questions_unless_it_still_collects_them(new: str, told: str) -> None:
    scene = stage()
    press(scene, "eva", "start", article="parrot", title="Papegøyen er stum", language="nb")
    fields = {"answer_nb": "Gi den nøtter.", "phrasings_nb": "papegøyen er taus", "new": new}
    press(scene, "eva", "save", article="parrot", base_id=draft(scene, "parrot").id, **fields)
    outcome = press(scene, "eva", "publish", article="parrot", base_id=draft(scene, "parrot").id)
    assert told in outcome.notice
    assert outcome.changed == (not told)


def test_phrasings_that_find_another_article_or_say_too_little_are_named() -> None:
    scene = stage()
    press(scene, "eva", "start")
    press(
        scene,
        "eva",
        "save",
        base_id=draft(scene).id,
        phrasings_nb="skrive ut\nskanne mer ark\nhei\nskriver.kommune.example\nut",
    )
    sure(scene, lambda words: "scan" if "ark" in words else "print")
    page = shown(scene, "eva", article_view, "print", check=True)
    assert scene.independent
    assert [(each.phrasing, each.reason) for each in page.warnings] == [
        (
            "skanne mer ark",
            "Heia svarer nå med «Hvordan skanner jeg?». Ta spørsmålet bort herfra hvis det er riktig svar.",
        ),
        ("hei", "Er så kort at den kan fange andre spørsmål."),
        ("ut", "Er så kort at den kan fange andre spørsmål."),
    ]


def test_a_phrasing_that_only_resembles_another_article_says_that_the_answer_is_not_sure() -> None:
    scene = stage()
    form = {"phrasings_nb": "skanne mer ark"}
    sure(scene, lambda _: "scan", confidence=scene.content.policy.likely_from)
    [warning] = shown(scene, "eva", article_view, "print", form=form, check=True).warnings
    assert "Heia svarer nå trolig med «Hvordan skanner jeg?»" in warning.reason


def test_history_says_who_did_what_and_how_it_differs() -> None:
    scene = stage()
    publish(scene, "eva", answer_nb="Velg **Skriv ut** og skriveren på hjørnet.", reason="Skriveren er flyttet")
    newest, saved, first = shown(scene, "eva", history_view, "print").rows.items
    assert (newest.live, newest.by, newest.reason) == (True, "Redaktør eva", "Skriveren er flyttet")
    assert not newest.may_return
    assert newest.diff == saved.diff, "compared with what readers got before"
    [field] = saved.diff
    assert field.name == "Bokmål, svar"
    assert [part.text.strip() for part in field.parts if part.kind == "added"] == ["på hjørnet."]
    assert first.diff == ()
    assert (saved.may_return, saved.may_open) == (False, True), "a draft was never public"
    publish(scene, "eva", answer_nb="Spør i resepsjonen.")
    earlier = shown(scene, "eva", history_view, "print").rows.items[-3]
    assert (earlier.id, earlier.may_return, earlier.may_open) == (newest.id, True, False)
    _, published = shown(scene, "ed", history_view, "print").rows.items
    assert not published.may_return, "an editor of a municipality does not publish for everyone"
    assert published.diff == saved.diff, "compared with what was published before, not with the draft"


def test_a_retired_article_names_the_one_that_answers_in_its_place() -> None:
    scene = stage()
    press(scene, "eva", "retire", redirect="scan")
    assert shown(scene, "eva", article_view, "print").redirect == ("scan", OTHER.title)
    press(scene, "eva", "retire", article="scan")
    assert shown(scene, "eva", article_view, "scan").redirect is None


def test_a_difference_keeps_every_word() -> None:
    before, after = "en to tre\nfire", "en tre fire\nfem"
    parts = word_diff(before, after)
    assert "".join(p.text for p in parts if p.kind != "added").split() == before.split()
    assert "".join(p.text for p in parts if p.kind != "removed").split() == after.split()
    assert DiffPart(kind="removed", text="to ") in parts


def test_a_translation_that_stayed_while_the_other_changed_is_marked_until_it_is_confirmed() -> None:
    scene = stage()
    books = ArticleBook.from_articles([PRINT, ENGLISH, OTHER])
    scene.content = replace(scene.content, articles=books, files=books)
    publish(scene, "eva", answer_nb="Skriv ut.")
    scene.content = replace(scene.content, articles=live(scene).to_change().applied_to(books))
    assert keys(scene, "eva", chosen=ArticleFilter.LANGUAGE) == ["scan", "print"]
    [row] = [each for each in shown(scene, "eva", articles_view).rows.items if each.key == "print"]
    assert row.behind == ("en",)
    publish(scene, "eva", current_en="true")
    [row] = [each for each in shown(scene, "eva", articles_view).rows.items if each.key == "print"]
    assert row.behind == ()


def test_an_import_shows_what_becomes_of_each_and_saves_drafts_once() -> None:
    scene = stage()
    text = f"Question\tAnswer\nHvor er skjermen?\tPå lageret.\n{PRINT.title}\t{PRINT.answer}\n"
    scene.content = replace(
        scene.content,
        articles=ArticleBook.from_articles([replace(PRINT, id="hvordan-skriver-jeg-ut"), OTHER]),
    )
    page = shown(scene, "eva", import_view, text=text)
    assert [(row.key, row.result) for row in page.rows] == [
        ("hvor-er-skjermen", "draft"),
        ("hvordan-skriver-jeg-ut", "unchanged"),
    ]
    assert [row.place for row in page.rows] == ["rad 2", "rad 3"]
    assert [row.phrasings for row in page.rows] == [1, 1]
    assert page.fault == ""
    data = {"text": text, "language": "nb"}
    assert "Ett utkast" in scene.press("eva", "article.import", **data).notice
    assert draft(scene, "hvor-er-skjermen").text_in(Language.NB).answer == "På lageret."
    assert "0 utkast" in scene.press("eva", "article.import", **data).notice
    assert "egen kommune" in scene.press("ed", "article.import", **data).notice
    told = "Teksten kan ikke leses. Første linje må ha kolonnene Question og Answer, eller Spørsmål og Svar."
    assert scene.press("eva", "article.import", text="x", language="nb").notice == told
    assert shown(scene, "eva", import_view, text="x").fault == told
    assert len(scene.all(ArticleRevision)) == 1
