"""What a single word is about: "teams" is about many articles, "signatur" about one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from knowledge.language.text import fold, words
from knowledge.matching.match import Candidate

_SHORT = 3
"""Words this short count only where they stand alone: "pc" is in "specialist" too."""


_UNWRITTEN = 1


def line(text: str) -> str:
    """Return a cleaned text as ``Mentions`` reads it: its words folded, a space around each."""
    return f" {' '.join(fold(word) for word in words(text))} "


class Mentions:
    """The phrasings, folded, to be searched for a word, also inside a compound."""

    def __init__(self, phrasings: Iterable[tuple[str, str]]) -> None:
        """Take the article id and the ``line`` of every phrasing."""
        self._phrasings = tuple(phrasings)

    def shares(self, word: str) -> Mapping[str, float]:
        """Return the share that each article has of the phrasings with this folded word; they sum to less than 1.

        One phrasing more is reckoned with that nobody has written: of a word met once little is known.
        """
        wanted = f" {word} " if len(word) <= _SHORT else word
        found = Counter(article_id for article_id, text in self._phrasings if wanted in text)
        total = found.total() + _UNWRITTEN
        return {article_id: times / total for article_id, times in found.items()}


def weigh_word(candidates: Iterable[Candidate], shares: Mapping[str, float], *, limit: int) -> tuple[Candidate, ...]:
    """Return the candidates for a single word, each as sure as the mean of its confidence and its share of the word.

    So a word that one article has for itself is answered, and one that several share is asked back about, with those
    that use it most, however sure the nearest phrasing looks: a keyword of one article hides the others.
    """
    sure = {candidate.article_id: candidate.confidence / 2 for candidate in candidates}
    for article_id, share in shares.items():
        sure[article_id] = sure.get(article_id, 0.0) + share / 2
    ordered = sorted(sure.items(), key=lambda found: (-found[1], found[0]))
    return tuple(Candidate(article_id=article_id, confidence=confidence) for article_id, confidence in ordered[:limit])
