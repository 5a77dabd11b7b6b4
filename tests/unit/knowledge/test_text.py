import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.language.text import LONGEST, clean, fold, words


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("  Når   får vi\n Teams? ", "Når får vi Teams?"),
        ("<at>Heia</at> når får vi Teams?", "når får vi Teams?"),
        ("<p>Når får vi <b>Teams</b>?</p>", "Når får vi Teams ?"),
        ("&lt;b&gt;Teams&lt;/b&gt;", "Teams"),
        ("**Teams** og [OneDrive](https://example.org/x)", "Teams og OneDrive"),
        ("se https://example.org/a?b=c nå", "se nå"),
        ("se www.example.org/a?b=c nå", "se nå"),
        ("Te\u200bams\u00ad", "Teams"),
        ("\u202eTeams\u202c", "Teams"),
        ("Ｔｅａｍｓ", "Teams"),
        ("＜b＞Teams＜/b＞", "Teams"),
        ("2 < 3", "2 < 3"),
        ("a\ud800b", "a b"),
        ("\x00\x07", ""),
    ],
)
def test_what_nobody_sees_or_says_goes_and_words_stay(written: str, left: str) -> None:
    assert clean(written) == left


@given(st.text(alphabet="".join(map(chr, (*range(0x20, 0x180), *range(0x2010, 0x2030), 0x301, 0x3C9, 0xFB01)))))
def test_an_invisible_character_leaves_the_text_of_the_short_way(text: str) -> None:
    assert clean(text) == clean(f"{text}\u200b")


def test_a_long_text_is_cut() -> None:
    assert len(clean("ﷺ" * LONGEST)) <= LONGEST


def test_names_with_signs_are_one_word() -> None:
    assert words("O365, e-post og it's") == ["o365", "e-post", "og", "it's"]


@pytest.mark.parametrize("way", ["være", "vaere", "vêre"])
def test_ways_to_write_a_word_without_its_letters_fold_alike(way: str) -> None:
    assert fold(way) == "vere"


@pytest.mark.parametrize(("written", "typed"), [("får", "faar"), ("får", "far"), ("øvre", "oevre"), ("øvre", "ovre")])
def test_stand_ins_for_letters_fold_alike(written: str, typed: str) -> None:
    assert fold(written) == fold(typed)
