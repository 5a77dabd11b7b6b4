"""Stored questions matched again: as when they were asked, and only those that a change can touch."""

from collections.abc import Sequence
from functools import cache

import pytest

from knowledge.matching import index as index_module
from knowledge.matching import lesson as lesson_module
from knowledge.matching import rehearsal as rehearsal_module
from knowledge.matching.matcher import Matcher, Phrasing
from knowledge.matching.rehearsal import Asked, can_change, changed_articles, match_again
from tests.unit.knowledge.fakes import LetterEncoder
from tests.unit.knowledge.test_revision import MemoryFile, made_up

BASE = made_up(20, 4)
STOLEN = [Phrasing(article_id="a007", language="nb", text=each.text) for each in BASE if each.article_id == "a003"]


@pytest.fixture(autouse=True)
def small_edits_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_FEW", 2)
    monkeypatch.setattr(lesson_module, "_SAME", 0.0)
    monkeypatch.setattr(rehearsal_module, "SHORTLIST", 4)


ENCODER = LetterEncoder()
FACTORS = {True: MemoryFile(), False: MemoryFile()}


@cache
def learned(semantic: bool) -> Matcher:
    return Matcher.build(BASE, encoder=ENCODER if semantic else None, factors=FACTORS[semantic])


def edited(added: Sequence[Phrasing], *, semantic: bool) -> Matcher:
    encoder, state = ENCODER if semantic else None, learned(semantic).state()
    return Matcher.build([*BASE, *added], encoder=encoder, state=state, factors=FACTORS[semantic])


def asked_of(matcher: Matcher) -> list[Asked]:
    """Return the phrasings of the sample, each with a word more, and with their vectors."""
    texts = [f"{each.text} takk" for each in BASE]
    return [(text, matcher.match(text).vector) for text in texts]


@pytest.mark.parametrize("semantic", [False, True], ids=["words", "meaning"])
def test_only_questions_near_the_changed_article_can_change_and_all_that_do_are_among_them(semantic: bool) -> None:
    before, after = learned(semantic), edited(STOLEN[:3], semantic=semantic)
    asked = asked_of(before)
    assert changed_articles(before, after) == {"a007"}
    may = list(can_change(before, after, asked))
    assert 0 < sum(may) < len(may) / 2
    ENCODER.asked.clear()
    first = [[each.candidates[0].article_id for each in match_again(one, asked)] for one in (before, after)]
    assert ENCODER.asked == [], "their vectors are stored"
    changed = [at for at, (was, becomes) in enumerate(zip(*first, strict=True)) if was != becomes]
    assert changed, "phrasings of another article draw questions to the wrong one"
    assert all(may[at] for at in changed)


def test_a_question_matched_again_gets_what_it_got() -> None:
    matcher = learned(True)
    asked = asked_of(matcher)
    for (text, vector), again in zip(asked, match_again(matcher, asked), strict=True):
        then = matcher.match(text)
        assert vector
        assert [each.article_id for each in again.candidates][:1] == [each.article_id for each in then.candidates][:1]
        assert again.candidates[0].confidence == pytest.approx(then.candidates[0].confidence, abs=0.05)


def test_after_a_training_every_question_may_change_and_without_a_change_none() -> None:
    before, trained = learned(False), Matcher.build(BASE[4:])
    assert all(can_change(before, trained, [("passord", b"")] * 3))
    assert not any(can_change(before, before, [("passord", b"")] * 3))


def test_a_matcher_for_another_thread_gives_the_same_matches() -> None:
    matcher = learned(False)
    for text, _ in asked_of(matcher)[:5]:
        assert matcher.for_another_thread().match(text) == matcher.match(text)
