"""Of a long text its beginning and its end are matched."""

import pytest

from knowledge.language.excerpt import FIRST, LAST, excerpt


@pytest.mark.parametrize(
    "text",
    [
        "ord " * 3000,
        "a" * 3000,
        " " * 3000,
        "a " * 1500,
        "a" + " " * 3000 + "b",
        "x" * 699 + " y" + "z" * 2000,
        "å\n" * 999,
    ],
)
def test_an_excerpt_has_the_beginning_and_the_end_and_is_its_own_excerpt(text: str) -> None:
    part = excerpt(text)
    assert any(
        text.startswith(part[:place]) and text.endswith(part[place + 1 :])
        for place, character in enumerate(part)
        if character == "\n" and place <= FIRST and len(part) - place - 1 <= LAST
    )
    assert excerpt(excerpt(text)) == excerpt(text)


def test_no_word_is_cut_in_two() -> None:
    assert set(excerpt("ord " * 3000).split()) == {"ord"}


def test_a_text_that_is_short_enough_stays() -> None:
    text = "a b" * 333
    assert excerpt(text) == text
