"""Detect questions that depend on the previous turn, such as "og på mobil?"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from knowledge.language.text import fold, words

_OPENERS = "og men eller enn and but or so så so også òg also"
_LEANING = """
da då det den de dei dette denne han hun ho der her it that this then there one those them så også òg also igjen
enn too
"""
# "det gamle området" names what it is about, as "det" alone does not.
_ARTICLES = "den det de dei"
_ADJECTIVES = """
gamle nye andre hele heile rette neste siste første fyrste store små vesle lille vanlige vanlege private delte felles
"""
# Openings of what may continue a subject: a condition, an exception, "what about".
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

_BACKWARD = frozenset(map(fold, _LEANING.split()))
_STARTERS = frozenset(map(fold, _OPENERS.split()))
_DETERMINERS = frozenset(map(fold, _ARTICLES.split()))
_DESCRIBING = frozenset(map(fold, _ADJECTIVES.split()))
_CONTINUERS = _STARTERS | frozenset(map(fold, _CONTINUING.split()))


def depends_on_previous(text: str) -> bool:
    """Return whether a cleaned utterance depends on the previous turn.

    It must be short, and start like a continuation or contain a pronoun after its first word.
    """
    found = [fold(word) for word in words(text)]
    if not found or len(found) > _LONGEST:
        return False
    if found[0] in _STARTERS or len(found) == 1:
        return True
    return any(_leans(found, at) for at in range(1, len(found)))


def _leans(found: Sequence[str], at: int) -> bool:
    """Return whether a word stands for something that was named before."""
    names = found[at] in _DETERMINERS and len(found) > at + 2 and found[at + 1] in _DESCRIBING
    return found[at] in _BACKWARD and not names


def joins_previous(text: str) -> bool:
    """Return whether a short utterance begins with a word that joins it to the turn before: "og på mac?"."""
    found = [fold(word) for word in words(text)]
    return 1 < len(found) <= _LONGEST and found[0] in _STARTERS


def asks_back(text: str) -> bool:
    """Return whether an utterance asks what the answer before meant."""
    found = " ".join(fold(word) for word in words(text))
    # "Hva mener du om valget" asks for an opinion.
    return any(found == each or found.startswith(tuple(f"{each} {by} " for by in _BY)) for each in _ASKING_BACK)


def may_continue(text: str) -> bool:
    """Return whether a cleaned utterance may be about the subject of the previous turn.

    More do than ``depends_on_previous`` says. Without a sure answer, the article of that turn is offered again.
    """
    found = [fold(word) for word in words(text)]
    if not found or len(found) > _LONGEST_OPENED:
        return False
    opens = found[0] in _CONTINUERS or (found[0] in _WHAT and not _ABOUT.isdisjoint(found[1:2]))
    points_back = len(found) <= _LONGEST_CONTINUED and not _BACKWARD.isdisjoint(found)
    return opens or points_back or asks_back(text) or len(found) == 1
