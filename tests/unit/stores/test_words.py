"""Words are found whole, in texts and in JSON, one of them or many at once."""

import json

import pytest

from bot.stores.words import WordSearch

MANY = [f"{number:064x}" for number in range(300)]


@pytest.mark.parametrize("text", ["p020", '"p020"', "web:p020:7", "a/p020/b"])
def test_a_word_is_found_whole(text: str) -> None:
    assert WordSearch(["p020"]).in_text(text)


@pytest.mark.parametrize("text", ["p0201", "xp020", "p020-1", "a_p020", "P020"])
def test_a_part_of_another_word_is_not_found(text: str) -> None:
    assert not WordSearch(["p020"]).in_text(text)


def test_searching_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        WordSearch(["", ""])


@pytest.mark.parametrize("words", [MANY[-1:], MANY, [*MANY, "æøå"]], ids=["one", "many", "many with letters to escape"])
@pytest.mark.parametrize(
    "text", ["{}", "a {}", "x/{}:1", "line\n{}", "tab\t{}\r\n", "ÆØÅ{}", "\u2028{} ", '"{}"', "\\{}"]
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_the_first_look_at_a_document_misses_nothing(words: list[str], text: str, ascii_only: bool) -> None:
    content = {"text": text.replace("{}", MANY[-1])}
    search = WordSearch(words)
    assert search.may_match(json.dumps(content, ensure_ascii=ascii_only).encode())
    assert search.matches("1", content)


@pytest.mark.parametrize("words", [MANY[-1:], MANY], ids=["one", "many"])
def test_a_document_without_the_words_is_passed_over(words: list[str]) -> None:
    assert not WordSearch(words).may_match(json.dumps({"text": MANY[-1].replace("1", "g")}).encode())
