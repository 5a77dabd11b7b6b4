"""A single word is as sure as its use by the articles allows."""

import pytest

from knowledge.matching.match import Candidate
from knowledge.matching.mention import Mentions, line, weigh_word

TEXTS = {
    "sign": ("Lage signatur i Outlook", "e-postsignatur", "signaturen min"),
    "away": ("fravær",),
    "outlook-0": ("Outlook på mobil",),
    "outlook-1": ("Outlook på mobil",),
    "outlook-2": ("Outlook på mobil",),
    "pc": ("ny pc",),
    "expert": ("spesialpc-en til spcialisten",),
}
MENTIONS = Mentions((article_id, line(text)) for article_id, texts in TEXTS.items() for text in texts)


def test_a_word_is_found_inside_compounds_and_other_forms() -> None:
    assert MENTIONS.shares("signatur") == {"sign": pytest.approx(3 / 4)}


def test_a_short_word_is_found_alone_only() -> None:
    assert MENTIONS.shares("pc").keys() == {"pc"}


def test_a_word_nobody_has_written_has_no_shares() -> None:
    assert MENTIONS.shares("kaffe") == {}


def test_one_articles_keyword_does_not_hide_the_others_that_use_the_word() -> None:
    sure = (Candidate(article_id="outlook-0", confidence=0.98), Candidate(article_id="sign", confidence=0.01))
    weighed = weigh_word(sure, MENTIONS.shares("outlook"), limit=3)
    assert weighed[0].article_id == "outlook-0"
    assert weighed[0].confidence < 0.6
    assert {candidate.article_id for candidate in weighed} <= {"outlook-0", "outlook-1", "outlook-2", "sign"}
    assert sum(candidate.confidence for candidate in weighed) <= 1


def test_an_articles_own_word_stays_sure() -> None:
    sure = (Candidate(article_id="sign", confidence=0.99),)
    assert weigh_word(sure, {"sign": 0.95}, limit=3)[0].confidence > 0.95
