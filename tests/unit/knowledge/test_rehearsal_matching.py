"""Stored questions matched again get what they got when they were asked, without the encoder."""

import random
from collections.abc import Sequence
from functools import cache

import pytest

from knowledge.language.text import words
from knowledge.matching import index as index_module
from knowledge.matching.matcher import Matcher, Phrasing
from knowledge.matching.rehearsal import Asked, captured_phrasings, match_again
from tests.unit.knowledge.fakes import LetterEncoder

ENCODER = LetterEncoder()


@pytest.fixture(autouse=True)
def small_edits_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "_FEW", 2)


WORDS = words(
    "teams outlook passord mobil kalender møte fil mappe skriver lisens konto varsel kamera lyd skjerm nett kode gruppe"
    " chat vedlegg postkasse signatur deling kopi lagring språk tastatur nettleser innlogging adresse telefon kurs"
)


def made_up(articles: int, each: int = 5) -> list[Phrasing]:
    draw = random.Random(articles)
    return [
        Phrasing(
            article_id=f"a{at:03d}", language=draw.choice(("nb", "nn", "en")), text=" ".join(draw.sample(WORDS, 4))
        )
        for at in range(articles)
        for _ in range(each)
    ]


BASE = made_up(20, 4)
STOLEN = [Phrasing(article_id="a007", language="nb", text=p.text) for p in BASE if p.article_id == "a003"]


@cache
def learned(semantic: bool) -> Matcher:
    return Matcher.build(BASE, encoder=ENCODER if semantic else None)


def edited(added: Sequence[Phrasing], *, semantic: bool) -> Matcher:
    return Matcher.build([*BASE, *added], encoder=ENCODER if semantic else None, known=learned(semantic).learned)


def asked_of(matcher: Matcher) -> list[Asked]:
    """Return the phrasings of the sample, each with a word more, and with their vectors."""
    texts = [f"{phrasing.text} takk" for phrasing in BASE]
    return [(text, matcher.match(text).vector) for text in texts]


@pytest.mark.parametrize("semantic", [False, True], ids=["words", "meaning"])
def test_phrasings_taken_from_another_article_draw_its_questions(semantic: bool) -> None:
    before, after = learned(semantic), edited(STOLEN[:3], semantic=semantic)
    asked = asked_of(before)
    assert {phrasing.text for phrasing in captured_phrasings(before, after)} == {p.text for p in STOLEN[:3]}
    ENCODER.asked.clear()
    was, becomes = ([m.candidates[0].article_id for m in match_again(one, asked)] for one in (before, after))
    assert ENCODER.asked == [], "their vectors are stored"
    pairs = zip(was, becomes, strict=True)
    changed = {(one, other) for one, other in pairs if one != other}
    assert changed <= {("a003", "a007")}, "no other article changed"


def test_a_question_matched_again_gets_what_it_got() -> None:
    matcher = learned(True)
    asked = asked_of(matcher)
    for (text, vector), again in zip(asked, match_again(matcher, asked), strict=True):
        then = matcher.match(text)
        assert vector
        assert [c.article_id for c in again.candidates][:1] == [c.article_id for c in then.candidates][:1]
        assert again.candidates[0].confidence == pytest.approx(then.candidates[0].confidence, abs=0.05)


def test_a_matcher_for_another_thread_gives_the_same_matches() -> None:
    matcher = learned(False)
    for text, _ in asked_of(matcher)[:5]:
        assert matcher.for_another_thread().match(text) == matcher.match(text)
