"""Whatever is typed: an outcome, never an error, and never long."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.language.identify import LANGUAGES
from knowledge.language.text import LONGEST, clean, words
from knowledge.matching.matcher import Matcher, Phrasing
from knowledge.matching.policy import OutcomeKind, Policy
from tests.sampling import examples
from tests.unit.knowledge.fakes import LetterEncoder

PHRASINGS = [
    Phrasing(article_id=article, language="nb", text=text)
    for article, texts in {
        "when": ("Når får vi Teams?", "når kommer teams"),
        "password": ("bytte passord", "glemt passord"),
        "where": ("hvor er filene mine", "finner ikke filene"),
    }.items()
    for text in texts
]
MATCHER = Matcher.build(PHRASINGS)
WITH_ENCODER = Matcher.build(PHRASINGS, encoder=LetterEncoder())
PIECES = st.sampled_from(
    [
        "<b>",
        "</b>",
        "<at>",
        "&lt;",
        "&amp;",
        "[x](y)",
        "**",
        "\u200b",
        "\u202e",
        "😀",
        "æøå",
        "שלום",
        "Привет",
        "teams",
        "<",
        "`",
    ]
)
TEXTS = st.one_of(
    st.text(max_size=300), st.lists(PIECES, max_size=60).map(" ".join), st.lists(PIECES, max_size=60).map("".join)
)


@given(st.sampled_from([MATCHER, WITH_ENCODER]), TEXTS, st.sampled_from([None, "when", "gone"]))
def test_any_text_has_an_outcome_in_a_language_of_ours(matcher: Matcher, text: str, previous: str | None) -> None:
    match = matcher.match(text, previous=(previous,) if previous else ())
    outcome = Policy().outcome(match)
    assert match.language in LANGUAGES
    assert (outcome.kind is OutcomeKind.SMALL_TALK) == (match.small_talk is not None)
    assert 0 <= sum(candidate.confidence for candidate in match.candidates) <= 1 + 1e-9
    assert 0 <= match.precision <= 1


@given(TEXTS)
def test_a_cleaned_text_can_be_encoded_and_is_one_trimmed_line(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert cleaned == " ".join(cleaned.split())
    assert len(cleaned) <= LONGEST
    assert not any(ord(sign) < 32 for sign in cleaned)


@given(st.lists(st.sampled_from(["når", "får", "vi", "teams", "filene"]), min_size=1, max_size=8))
def test_markup_around_words_changes_no_word(found: list[str]) -> None:
    plain = " ".join(found)
    for dressed in (f"<p>{plain}</p>", f"**{plain}**", f"\u200b{plain}\ufeff", f"<at>Heia</at> {plain}"):
        assert words(clean(dressed)) == found


@settings(max_examples=examples(30))
@given(st.sampled_from(list("abæ<>&[](*`é\u0301ﷺ😀 ")), st.sampled_from(list("tx<&[(_ ")))
def test_no_repetition_takes_long(one: str, two: str) -> None:
    began = time.perf_counter()
    WITH_ENCODER.match((one + two) * LONGEST)
    assert time.perf_counter() - began < 1  # a thousand times the usual; quadratic work would take minutes


@pytest.mark.parametrize("text", ["teams " * 500, "a" * LONGEST, "<" * LONGEST, "[" * LONGEST, "passrod " * 1250])
def test_long_bad_input_is_quick(text: str) -> None:
    began = time.perf_counter()
    MATCHER.match(text)
    assert time.perf_counter() - began < 0.5
