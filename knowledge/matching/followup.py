"""Detect questions that depend on the previous turn, such as "og på mobil?"."""

from __future__ import annotations

from knowledge.language.text import fold, words

_OPENERS = "og men eller enn and but or så so også òg also"
_LEANING = """
da då det den de dei dette denne han hun ho der her it that this then there one those them så også òg also igjen
enn too
"""
# Maximum number of words; a longer utterance contains its own subject.
_LONGEST = 6

_BACKWARD = frozenset(map(fold, _LEANING.split()))
_STARTERS = frozenset(map(fold, _OPENERS.split()))


def depends_on_previous(text: str) -> bool:
    """Return whether a cleaned utterance depends on the previous turn.

    It must be short, and start like a continuation or contain a pronoun after its first word.
    """
    found = [fold(word) for word in words(text)]
    if not found or len(found) > _LONGEST:
        return False
    if found[0] in _STARTERS or len(found) == 1:
        return True
    return any(word in _BACKWARD for word in found[1:])
