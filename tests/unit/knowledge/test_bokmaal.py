"""Norwegian words in Bokmål, as the encoder and the index compare them."""

import pytest

from knowledge.language.lexicon.bokmaal import LISTED, in_bokmaal
from knowledge.matching.reading import Reader
from knowledge.matching.repair import Repair


@pytest.mark.parametrize(
    ("written", "bokmaal"),
    [
        ("ikkje", "ikke"),
        ("kommunane", "kommunene"),
        ("flyttar", "flytter"),
        ("oppdateringar", "oppdateringer"),
        ("heimetenesta", "hjemmetjenesten"),
        ("nattenesta", "nattjenesten"),
        ("sjukepleiar", "sykepleier"),
        ("brukarnamn", "brukernavn"),
        ("dårleg", "dårlig"),
        ("kalendern", "kalenderen"),
        ("filan", "filene"),
        ("liggjande", "liggende"),
        ("kor", "hvor"),
        ("lagrast", "lagres"),
        ("hurdan", "hvordan"),
        ("hårr", "hvor"),
        ("mella", "mellom"),
        ("bortivegen", "borte"),
        ("mobil'n", "mobilen"),
        ("kalender’n", "kalenderen"),
    ],
)
def test_nynorsk_and_dialect_words_become_bokmaal(written: str, bokmaal: str) -> None:
    assert in_bokmaal(written) == bokmaal


@pytest.mark.parametrize(
    "word", ["går", "blir", "filene", "passordet", "teams", "outlook", "excel", "planner", "hjemmetjenesten", "pc"]
)
def test_other_words_stay(word: str) -> None:
    assert in_bokmaal(word) == word


def test_no_listed_word_is_listed_as_itself_or_leads_on_to_another() -> None:
    assert {word for word, bokmaal in LISTED.items() if word == bokmaal} == set()
    assert {word for word, bokmaal in LISTED.items() if LISTED.get(bokmaal, bokmaal) != bokmaal} == set()


def test_a_sentence_is_read_in_bokmaal_unless_it_is_english() -> None:
    reader = Reader(Repair({}))
    assert reader.read("Korleis opnar eg e-postane?", language="nn").sentence == "hvordan åpner jeg e-postene?"
    assert reader.read("kem va det som ringde", language="nb").sentence == "hvem var det som ringte"
    assert reader.read("Me too, no sound", language="en").sentence == "Me too, no sound"
    phrasing = reader.read("Korleis opnar eg e-postane?", language="nn", mend=False)
    assert phrasing.sentence == "hvordan åpner jeg e-postene?"
