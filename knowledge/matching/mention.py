"""Articles a single word refers to: "teams" refers to many articles, "signatur" to one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from knowledge.language.text import fold, words
from knowledge.matching.match import Candidate

# Words up to this length match as whole words only: "pc" is also in "specialist".
_SHORT = 3


_UNWRITTEN = 1


def line(text: str) -> str:
    """Return a cleaned text in the form ``Mentions`` searches: folded words, a space around each."""
    return joined_line(map(fold, words(text)))


def joined_line(folded: Iterable[str]) -> str:
    """Return the line of folded words."""
    return f" {' '.join(folded)} "


class Mentions:
    """Folded phrasings, searchable for a word, also inside a compound."""

    def __init__(self, phrasings: Iterable[tuple[str, str]]) -> None:
        """Store the article id and the ``line`` of every phrasing."""
        # Nearly every line is of one article; a set for each would take megabytes.
        self._articles: dict[str, tuple[str, ...]] = {}
        alone: dict[str, tuple[str, ...]] = {}
        lines: dict[str, list[str]] = {}
        for article_id, text in phrasings:
            known = self._articles.setdefault(text, alone.setdefault(article_id, (article_id,)))
            if article_id not in known:
                self._articles[text] = (*known, article_id)
            lines.setdefault(article_id, []).append(text)
        self._lines = {article_id: "\n".join(own) for article_id, own in lines.items()}

    def articles_with(self, text: str) -> Collection[str]:
        """Return the articles that have a phrasing with this ``line``."""
        return self._articles.get(text, ())

    def shares(self, word: str) -> Mapping[str, float]:
        """Return each article's share of the phrasings with this folded word.

        The sum is less than 1.

        One imaginary phrasing is added to the total, because a word with few phrasings is weak evidence.
        """
        wanted = f" {word} " if len(word) <= _SHORT else word
        counts = Counter(
            {
                article_id: sum(wanted in text for text in own.split("\n"))
                for article_id, own in self._lines.items()
                if wanted in own
            }
        )
        total = counts.total() + _UNWRITTEN
        return {article_id: times / total for article_id, times in counts.items()}


def weigh_word(candidates: Iterable[Candidate], shares: Mapping[str, float], *, limit: int) -> tuple[Candidate, ...]:
    """Return the candidates for a single word.

    Confidence is the mean of confidence and share of the word.

    So a word that only one article uses is answered, and a word of several articles leads to a clarification with the
    articles that use it most. The nearest phrasing alone would be misleading: a keyword of one article hides the
    others.
    """
    sure = {candidate.article_id: candidate.confidence / 2 for candidate in candidates}
    for article_id, share in shares.items():
        sure[article_id] = sure.get(article_id, 0.0) + share / 2
    ordered = sorted(sure.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Candidate(article_id=article_id, confidence=confidence) for article_id, confidence in ordered[:limit])
