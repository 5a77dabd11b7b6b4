import pytest

from knowledge.language.smalltalk import SmallTalk, small_talk, small_talk_languages, thanks


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (SmallTalk.GREETING, "hei"),
        (SmallTalk.GREETING, "Hei på deg!"),
        (SmallTalk.THANKS, "tusen takk for hjelpen"),
        (SmallTalk.THANKS, "takk, ha det bra"),
        (SmallTalk.GOODBYE, "ha det"),
        (SmallTalk.OK, "okei"),
        (SmallTalk.NOISE, "?"),
        (SmallTalk.NOISE, "😀👍"),
        (SmallTalk.NOISE, "x"),
        (SmallTalk.NOISE, "asdfgh"),
        (SmallTalk.NOISE, "aaaaaaaaa"),
        (SmallTalk.NOISE, "asdkjh"),
        (SmallTalk.NOISE, "sdlkfj jkhasd"),
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


@pytest.mark.parametrize("text", ["flask", "glass", "Petter", "prgram", "dagslag", "asdkjh hvor er filene", "53003"])
def test_a_word_or_a_slip_is_no_noise(text: str) -> None:
    assert small_talk(text) is not SmallTalk.NOISE


@pytest.mark.parametrize(
    ("languages", "text"),
    [
        ({"nb", "nn"}, "takk"),
        ({"nb", "nn"}, "Hade!"),
        ({"nb", "nn"}, "ok, takk"),
        ({"en"}, "hi"),
        ({"en"}, "bye bye"),
        ({"nb", "nn", "en"}, "ok"),
        (set(), "hei, thanks"),
        (set(), "teams"),
        (set(), "?"),
        (set(), "asdkjh"),
    ],
)
def test_small_talk_tells_its_language_in_one_word(languages: set[str], text: str) -> None:
    assert small_talk_languages(text) == languages


@pytest.mark.parametrize(
    ("text", "thankful"),
    [
        ("takk, nå fikk jeg det til", True),
        ("takk, men det hjalp ikke", False),
        ("thanks, that didn't help", False),
        ("takk, hva med Outlook?", False),
    ],
)
def test_thanks_are_thanks_unless_something_is_denied_or_asked(text: str, thankful: bool) -> None:
    assert thanks(text) is thankful
