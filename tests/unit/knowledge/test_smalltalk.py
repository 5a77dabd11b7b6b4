import pytest

from knowledge.smalltalk import SmallTalk, small_talk


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (SmallTalk.GREETING, "hei"),
        (SmallTalk.GREETING, "Hei på deg!"),
        (SmallTalk.THANKS, "tusen takk for hjelpen"),
        (SmallTalk.THANKS, "takk, ha det bra"),
        (SmallTalk.GOODBYE, "ha det"),
        (SmallTalk.OK, "okei"),
        (SmallTalk.BOT, "hei, hvem er du?"),
        (SmallTalk.HELP, "kan du hjelpe meg"),
        (SmallTalk.NOISE, "?"),
        (SmallTalk.NOISE, "😀👍"),
        (SmallTalk.NOISE, "x"),
        (SmallTalk.NOISE, "asdfgh"),
        (SmallTalk.NOISE, "aaaaaaaaa"),
        (SmallTalk.EMPTY, "  "),
    ],
)
def test_what_asks_for_nothing_is_told_apart(kind: SmallTalk, text: str) -> None:
    assert small_talk(text) is kind


@pytest.mark.parametrize(
    "text",
    ["hei, når kommer Teams?", "takk, men hva med e-post?", "hjelp meg med passordet", "o365", "Teams", "mfa", "pc"],
)
def test_a_question_is_a_question_however_polite(text: str) -> None:
    assert small_talk(text) is None
