"""The passage of an article that fits a question, chosen by words.

Measured on 66 questions to 22 articles, by one reader who also chose the thresholds: of 60 with a case 47 get it, 4
another one and 9 none; of 6 without a case 5 get none. Vectors of the passages found one more and had one more wrong,
so none are kept.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from knowledge.article.article import Article
from knowledge.article.passage import Passage, paragraphs, passages
from knowledge.language.excerpt import excerpt
from knowledge.language.lexicon.tables import lines
from knowledge.language.text import clean, fold, words

# Minimum likeness, and minimum lead over the next passage: a wrong case is worse than the beginning of the answer.
_FIT_FROM: Final = 0.15
_LEAD_FROM: Final = 0.03
# Words of the title are about all passages.
_TITLE_SHARE: Final = 0.5
# Damps the advantage of short passages.
_LENGTH_POWER: Final = 0.7
_LABEL_TIMES: Final = 2
_COMMON: Final = frozenset(fold(word) for line in lines("common_words.txt") for word in line.split())


def passage_for(article: Article, question: str) -> Passage | None:
    """Return the case of an article that a question or a follow-up is about; None if none fits clearly."""
    scale = _scale_of(article.title, passages(article.answer))
    asked = Counter(_letters(excerpt(question)))
    ranked = sorted(
        ((scale.likeness(asked, counted), passage) for passage, counted in scale.cases),
        key=lambda rated: rated[0],
        reverse=True,
    )
    if not ranked or ranked[0][0] < _FIT_FROM:
        return None
    leads = len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= _LEAD_FROM
    return ranked[0][1] if leads else None


def paragraph_for(article: Article, question: str) -> Passage | None:
    """Return the paragraph or list item of an answer that a follow-up is about; None if none fits."""
    parts = paragraphs(article.answer)
    scale = _scale_of(article.title, parts, every=True)
    asked = Counter(_letters(excerpt(question)))
    rated = [(scale.likeness(asked, counted), passage) for passage, counted in scale.cases]
    best, passage = max(rated, key=lambda pair: pair[0], default=(0.0, None))
    return passage if best >= _FIT_FROM and len(parts) > 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """How much each run of letters tells the passages of one answer apart, and the runs of each case."""

    weights: Mapping[str, float]
    unseen: float
    cases: tuple[tuple[Passage, Counter[str]], ...]

    def likeness(self, asked: Counter[str], counted: Counter[str]) -> float:
        """Return how much of the question stands in a passage, from 0."""
        shared = sum(
            (1 + math.log(counted[run])) * self.weights[run] * self.weights.get(run, self.unseen)
            for run in asked
            if run in counted
        )
        whole = math.sqrt(sum(self.weights.get(run, self.unseen) ** 2 for run in asked))
        length = math.sqrt(sum(((1 + math.log(times)) * self.weights[run]) ** 2 for run, times in counted.items()))
        return shared / (whole * length**_LENGTH_POWER) if shared else 0.0


@lru_cache(maxsize=64)  # 100 kB each
def _scale_of(title: str, parts: tuple[Passage, ...], *, every: bool = False) -> _Scale:
    counts = [Counter(_letters(" ".join((*[part.label] * _LABEL_TIMES, part.text)))) for part in parts]
    among = Counter(run for counted in counts for run in counted)
    named = frozenset(_letters(title))
    return _Scale(
        weights={
            run: math.log(1 + len(parts) / times) * (_TITLE_SHARE if run in named else 1.0)
            for run, times in among.items()
        },
        unseen=math.log(1 + len(parts)),
        cases=tuple((part, counted) for part, counted in zip(parts, counts, strict=True) if part.label or every),
    )


def _letters(text: str) -> Iterator[str]:
    """Yield the runs of three to five letters of each word that is not common, and the word itself."""
    for written in words(clean(text)):
        word = fold(written)
        if word in _COMMON:
            continue
        begun = f"^{word}"
        yield f"{begun}$"
        for size in (3, 4, 5) if len(begun) <= 4 else (4, 5):
            yield from (begun[at : at + size] for at in range(len(begun) - size + 1))
