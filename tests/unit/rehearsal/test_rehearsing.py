"""Stored questions asked again with the real knowledge, without and with an edited article."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from bot.content.catalogue import load_catalogue
from bot.content.index_builder import FolderCache, IndexBuilder, KnowledgeState
from bot.content.rehearsing import Baseline, rehearse
from dialogs.rehearsal.asked import AskedAgain
from dialogs.rehearsal.result import RehearsalResult
from dialogs.rehearsal.verdict import Change, Evidence, judge
from knowledge.article.article import Language
from knowledge.article.change import ArticleChange
from knowledge.matching.policy import OutcomeKind, Policy
from tests.unit.few_articles import SOURCE, few_articles

STOLEN = ("jeg har glemt passordet", "glemt passord", "hvordan får jeg nytt passord når jeg har glemt det")
# Not the words of a phrasing.
PASSWORD = ("hvordan får jeg nytt passord når jeg har glemt det da", "hvordan får jeg nytt passord, jeg har glemt det")
OTHERS = ("når kommer office 365 til oss", "citrix er tregt", "hva gjør en ambassadør")


@cache
def knowledge() -> tuple[IndexBuilder, KnowledgeState]:
    with TemporaryDirectory() as place:
        folder = few_articles(Path(place) / "content")
        for language in Language:
            name = f"articles/{language}/phishing-report.md"
            shutil.copy(str(SOURCE / name), folder / name)
        builder = IndexBuilder(
            texts=load_catalogue(),
            policy=Policy(),
            years=(2026,),
            cache=FolderCache(Path(place) / "cache"),
            log=structlog.get_logger(),
        )
        return builder, builder.build(folder, before=None, encoder=None)


def with_phrasings(article_id: str, phrasings: Sequence[str]) -> KnowledgeState:
    builder, state = knowledge()
    texts = state.loaded.articles.texts_of(article_id)
    edited = [
        replace(each, phrasings=(*each.phrasings, *phrasings)) if each.language is Language.NB else each
        for each in texts
    ]
    return builder.build_changed(state, ArticleChange(article_id=article_id, articles=tuple(edited)), encoder=None)


def asked_of(texts: Sequence[str], evidence: Evidence, *, unanswered: bool = False) -> list[AskedAgain]:
    return [
        AskedAgain(
            id=text,
            words=(text, b""),
            municipality_id="nes",
            evidence=evidence,
            asker_id=f"p{number}",
            unanswered=unanswered,
        )
        for number, text in enumerate(texts)
    ]


def judged(result: RehearsalResult) -> dict[str, Change]:
    return {
        each.asked.id: judge(each.before, each.after, each.asked.evidence, result.captured) for each in result.changed
    }


def test_password_phrasings_in_the_phishing_article_are_shown_as_worse_without_any_feedback() -> None:
    steps: list[tuple[int, int]] = []
    asked = asked_of([*PASSWORD, *OTHERS], Evidence())
    after = with_phrasings("phishing-report", STOLEN)
    baseline: Baseline = {}
    result = rehearse(
        knowledge()[1], after, asked, baseline=baseline, progress=lambda done, total: steps.append((done, total))
    )
    assert ("password-forgotten", "phishing-report") in result.captured.pairs
    found = judged(result)
    assert {found.get(each) for each in PASSWORD} == {Change.WORSE}
    assert not set(OTHERS) & set(found)
    assert steps[-1] == (5, 5)
    known = {id_: replace(each, article_id="citrix-slow", kind=OutcomeKind.ANSWER) for id_, each in baseline.items()}
    again = rehearse(knowledge()[1], after, asked, baseline=known)
    assert {each.before.article_id for each in again.changed} == {"citrix-slow"}, "the baseline is not asked again"


def test_a_new_phrasing_for_what_nobody_could_answer_is_better() -> None:
    words = "hvem vanner plantene i kantina"
    after = with_phrasings("citrix-slow", [words])
    found = judged(rehearse(knowledge()[1], after, asked_of([words], Evidence()), baseline={}))
    assert found == {words: Change.BETTER}


def test_nothing_changes_without_a_change() -> None:
    result = rehearse(knowledge()[1], with_phrasings("citrix-slow", []), asked_of(OTHERS, Evidence()), baseline={})
    assert (result.ran, result.changed) == (0, ())


def test_questions_are_grouped_by_their_article_or_their_theme_before_the_change() -> None:
    plants = ["hvem vanner plantene i kantina", "hvem vanner plantene i kantina da"]
    odd = ["hvor er den rosa paraplyen min"]
    after = with_phrasings("citrix-slow", [*plants, *odd])
    asked = [*asked_of([*plants, *odd], Evidence(), unanswered=True), *asked_of(PASSWORD, Evidence())]
    found = {each.asked.id: each.group for each in rehearse(knowledge()[1], after, asked, baseline={}).changed}
    assert found[plants[0]] == found[plants[1]]
    assert found[odd[0]] != found[plants[0]], "a theme of its own"
    stolen = rehearse(knowledge()[1], with_phrasings("phishing-report", STOLEN), asked, baseline={}).changed
    assert {each.group for each in stolen if each.asked.id in PASSWORD} == {"password-forgotten"}
