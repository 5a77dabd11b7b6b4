"""Detect questions that depend on the previous turn, such as "og på mobil?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from knowledge.language.text import fold, words

_OPENERS = "og men eller enn and but or so så so også òg also"
_LEANING = """
da då det den de dei dette denne han hun ho der her it that this then there one those them så også òg also igjen
enn too
"""
# "det gamle området" names its subject; "det" alone does not.
_ARTICLES = "den det de dei"
_ADJECTIVES = """
gamle nye andre hele heile rette neste siste første fyrste store små vesle lille vanlige vanlege private delte felles
"""
# Openings that may continue a subject: a condition, an exception, "what about".
_CONTINUING = "å ja yes samme same bare berre only uten uden without hvis viss vess dersom if"
_WHAT: Final = frozenset({"hva", "kva", "ka", "what"})
_ABOUT: Final = frozenset({"med", "om", "about", "if"})
# Openings of a question about the words of the answer before: "hva mener du med tannhjulet".
_ASKING_BACK = ("hva mener du", "ka mene du", "ka meine du", "kva meiner du", "what do you mean", "what did you mean")
_BY = ("med", "me", "by")
# Maximum number of words; a longer utterance contains its own subject.
_LONGEST: Final = 6
# The same where the result is only a choice.
_LONGEST_CONTINUED: Final = 8
_LONGEST_OPENED: Final = 12

# "Har starta på nytt", "no er det omstarta": what was advised is done.
_DONE: Final = (
    r"\A\W*(?:(?:nei|nå|no|jaja|jo|ok|jeg|eg|æ|i)\W+)*(?:har|hi|have|['’]ve)\s+(?!ikke|ikkje|du\b|dere\b|de\b|you\b)"
    r"(?:\w+\s+){0,3}?(?:\w{2,}(?:a|et|t|d|ert)|done)\b"
    r"|\b(?:prøvd|prøvde|tried|restarta|restartet|restarted|omstarta|gjorde det|gjort det|did that)\b"
)
_FAILS: Final = (
    r"\b(?:virker|verkar|virka|fungerer|funker|hjelper|hjelpte|hjalp|nyttar|nytter|starter|startar|skjer|kommer|kjem)\s+"
    r"(?:\w+\s+)?(?:ikke|ikkje|itj|ittj|itte)\b"
    r"|\b(?:ingenting|nothing|stumt|dødt|ingen forskjell?|no (?:difference|change|luck))\b"
    r"|\b(?:did|does|do)(?:n['’]?t| not) (?:help|work)\b"
)
_AS_BEFORE: Final = (
    r"\b(?:fortsatt?|framleis|fremdeles|still?|akkurat|enda|endå|ennå|enno|like \w+)\b"
    r"|\b(?:det )?sam[me]e? (?:no |nå )?(?:igjen|feil\w*|melding\w*|beskjed\w*|resultat\w*|greia)\b"
    r"|\bsame (?:error|mess?age|thing|result)\b|\A\W*(?:samme|same|det same|det samme)\W*\Z"
)
_SAYS_STILL: Final = re.compile(f"{_DONE}|{_FAILS}|{_AS_BEFORE}", re.IGNORECASE)
_CONDITION: Final = re.compile(
    r"\W*(?:(?:og|å|men|and|but)\W+)?(?:(?:hva|kva|ka|what)\W+(?:om|if)|hvis|viss|vess|dersom|if|bare|berre|bærre|only)\b",
    re.IGNORECASE,
)
# Openings of questions, and of an answer to one.
_ASKS: Final = re.compile(
    r"\W*(?:ja|hv\w+|kv\w+|ka|kor\w*|kem|ken|åssen|kossen|how|wh\w+|kan|can|er|e|is|får|må|skal|do|does|did|og|å|and|"
    r"gjelder|gjeld|bare|berre|ikke|ikkje)\b",
    re.IGNORECASE,
)

_BACKWARD = frozenset(map(fold, _LEANING.split()))
_STARTERS = frozenset(map(fold, _OPENERS.split()))
_DETERMINERS = frozenset(map(fold, _ARTICLES.split()))
_DESCRIBING = frozenset(map(fold, _ADJECTIVES.split()))
_CONTINUERS = _STARTERS | frozenset(map(fold, _CONTINUING.split()))


def depends_on_previous(text: str) -> bool:
    """Return whether a cleaned utterance depends on the previous turn.

    It must be short, and start like a continuation or contain a pronoun after its first word.
    """
    said = [fold(word) for word in words(text)]
    if not said or len(said) > _LONGEST:
        return False
    if said[0] in _STARTERS or len(said) == 1:
        return True
    return any(_leans(said, at) for at in range(1, len(said)))


def _leans(said: Sequence[str], at: int) -> bool:
    """Return whether a word stands for something that was named before."""
    names = said[at] in _DETERMINERS and len(said) > at + 2 and said[at + 1] in _DESCRIBING
    return said[at] in _BACKWARD and not names


def joins_previous(text: str) -> bool:
    """Return whether a short utterance begins with a word that joins it to the turn before: "og på mac?"."""
    said = [fold(word) for word in words(text)]
    return 1 < len(said) <= _LONGEST and said[0] in _STARTERS


def asks_back(text: str) -> bool:
    """Return whether an utterance asks what the answer before meant."""
    said = " ".join(fold(word) for word in words(text))
    # "Hva mener du om valget" asks for an opinion.
    return any(said == phrase or said.startswith(tuple(f"{phrase} {by} " for by in _BY)) for phrase in _ASKING_BACK)


def may_continue(text: str) -> bool:
    """Return whether a cleaned utterance may be about the subject of the previous turn.

    More do than ``depends_on_previous`` says. Without a sure answer, the article of that turn is offered again.
    """
    said = [fold(word) for word in words(text)]
    if not said or len(said) > _LONGEST_OPENED:
        return False
    opens = said[0] in _CONTINUERS or (said[0] in _WHAT and not _ABOUT.isdisjoint(said[1:2]))
    points_back = len(said) <= _LONGEST_CONTINUED and not _BACKWARD.isdisjoint(said)
    return opens or points_back or asks_back(text) or len(said) == 1


def sets_condition(text: str) -> bool:
    """Return whether an utterance begins with a condition of what was said before: "og hvis jeg fjerner navnene?"."""
    return _CONDITION.match(text) is not None


def says_still(text: str) -> bool:
    """Return whether an utterance says that the advice before was followed, or has changed nothing: "like treg"."""
    return "?" not in text and _ASKS.match(text) is None and _SAYS_STILL.search(text) is not None
