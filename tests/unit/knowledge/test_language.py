import pytest

from knowledge.language.identify import identify


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("nb", "når kommer teams"),
        ("nb", "hvordan bytter jeg passord"),
        ("nb", "får ikke logget inn"),
        ("nb", "teams"),
        ("nb", ""),
        ("nb", "takk for svar"),
        ("nb", "bruke e-post her igjen"),
        ("nb", "ingen svarer oss"),
        ("nb", "windows 10"),
        ("nb", "10 000 postkasser"),
        ("nb", "fraværsmelding i outlook"),
        ("nb", "fravaersmelding i outlook"),
        ("nn", "vert lista flytta"),
        ("nn", "kan eg få hjelp"),
        ("nn", "kva er teams"),
        ("nn", "korleis byter eg passord"),
        ("nn", "eg får ikkje til"),
        ("nn", "kven er ambassadøren"),
        ("en", "when is teams coming"),
        ("en", "change my password"),
        ("en", "who can help me"),
        ("en", "where are the files"),
        ("nb", "hvor finner jeg the office of tomorrow"),
    ],
)
def test_three_words_are_enough_to_tell_the_language(language: str, text: str) -> None:
    assert identify(text) == language
