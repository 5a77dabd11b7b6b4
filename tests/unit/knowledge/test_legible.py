"""What disguises text is removed, and what writing needs stays."""

import sys
import unicodedata

import pytest

from knowledge.language.legible import legible, legible_values, single_spaced

BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
UNSEEN = "\u00ad\u034f\u115f\u180e\u200b\u200c\u200d\u2060\u2063\u3164\ufe0f\ufeff\ufff9\U000e0041\x00\x1b\x85\ud800"
DRAWN = "\u0600\u06dd\u070f\u0890\u08e2"  # of category Cf, but they are drawn


@pytest.mark.parametrize("sign", [*BIDI, *UNSEEN], ids=lambda sign: f"U+{ord(sign):04X}")
def test_a_sign_that_nobody_sees_is_removed_between_letters_and_digits(sign: str) -> None:
    assert legible(f"a{sign}b 1{sign}2{sign}") == "ab 12"


@pytest.mark.full
def test_every_bidirectional_control_and_every_undrawn_format_character_is_removed() -> None:
    left = {
        chr(code)
        for code in range(sys.maxunicode + 1)
        if legible(f"a{chr(code)}b") != "ab" and unicodedata.category(chr(code)) in {"Cc", "Cf", "Cs"}
    }
    below = {sign for sign in left if sign < "\U00010000"}
    assert below - set("\t\n\r") - {chr(code) for code in range(0x600, 0x606)} - set(DRAWN) - {"\u0891"} == set()
    assert not any(
        unicodedata.bidirectional(sign) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI"} for sign in left
    )


@pytest.mark.parametrize(
    "text",
    ["👩‍💻 ❤️ 1️⃣ 👨‍👩‍👧‍👦 🏳️‍🌈", "می‌خواهم", "क्‍ष", "Blåbærsyltetøy – «på» 2,5 €", "linje\n\tto\r\n", "שלום", "\u00a0"],
)
def test_what_writing_needs_stays(text: str) -> None:
    assert legible(text) == text


def test_line_and_paragraph_separators_become_line_ends() -> None:
    assert legible("en\u2028to\u2029tre") == "en\nto\ntre"


def test_a_number_split_by_unseen_signs_is_whole_again() -> None:
    assert legible("0\u200b1\u200d0\ufe0f1\u206070") == "010170"


@pytest.mark.parametrize("text", ["a\u202eb", "👩‍💻‍x", "1️⃣‌2", "\u200d\u200d", "‍👩‍‍💻‍"])
def test_doing_it_twice_changes_nothing_more(text: str) -> None:
    assert legible(legible(text)) == legible(text)


def test_names_and_values_deep_inside_are_cleaned_and_other_values_kept() -> None:
    value = {"a\u202e": ["b\u200f", {"c": "d\u2066", "n": 1, "t": True, "x": None}]}
    assert legible_values(value) == {"a": ["b", {"c": "d", "n": 1, "t": True, "x": None}]}


@pytest.mark.parametrize(
    ("run", "kept"),
    [
        ("   ", " "),
        ("\t", " "),
        ("\u00a0\u2003\u3000\u2800", " "),
        ("\n\n", "\n\n"),
        (" \r\n\r\n \n\n", "\n\n"),
        ("\r\n", "\n"),
        (" \n ", "\n"),
    ],
)
def test_a_run_of_blanks_becomes_one_and_at_most_two_line_ends_stay(run: str, kept: str) -> None:
    assert single_spaced(f"a{run}b") == f"a{kept}b"
    assert single_spaced(single_spaced(f"{run}b{run}")) == single_spaced(f"{run}b{run}") == f"{kept}b{kept}"
