"""The trained index: phrasings and the values learned from them, shared by all matchers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from knowledge.language.lexicon.bokmaal import LISTED, in_bokmaal
from knowledge.language.lexicon.concepts import MEANING
from knowledge.language.lexicon.elsewhere import ELSEWHERE
from knowledge.language.lexicon.prior import PRIOR
from knowledge.language.lexicon.spelling import STANDARD
from knowledge.language.smalltalk import SmallTalk
from knowledge.language.text import clean, words
from knowledge.matching.encoder import Encoder
from knowledge.matching.factor import Factor, FactorFile
from knowledge.matching.head import Places
from knowledge.matching.lesson import Lesson, mostly_same, split
from knowledge.matching.lexical import LexicalIndex
from knowledge.matching.match import Phrasing
from knowledge.matching.memory import Arrays, Names, Vocabulary, digest, pack, unpack
from knowledge.matching.mention import Mentions
from knowledge.matching.reading import Reader
from knowledge.matching.repair import Repair
from knowledge.matching.revision import Edit
from knowledge.matching.training import Trained

# Below this number of phrasings every build trains: it takes a second, and a single phrasing counts for more.
_FEW = 2000

# Share of phrasings that may be added or removed since the training; beyond it the values of the training no longer
# hold, and training again is as fast.
_REVISABLE = 0.05

# Fingerprint of all training inputs except phrasings. State with another fingerprint is not reused. Increase the
# number when the meaning of the learned values changes.
_CURRICULUM = digest("9", repr(MEANING), repr(STANDARD), repr(LISTED), repr(ELSEWHERE), repr(PRIOR))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedIndex:
    """Phrasings, sorted by article, and the values learned from them.

    Attributes:
        articles: article ids, sorted; all other values use positions in this list.
        owner: position of each phrasing's article.
        kept: the values of the last training as bytes for a later ``build``.
        covered_talk: kinds of small talk that an article answers.
        trained: None without phrasings.
        drift: share of the phrasings that was added or removed since the last training.
        spoken: the vectors of all texts used in training; empty without an encoder.
    """

    phrasings: Sequence[Phrasing]
    articles: Sequence[str]
    owner: Places
    encoder: Encoder | None
    kept: bytes | memoryview
    covered_talk: frozenset[SmallTalk]
    reader: Reader
    mentions: Mentions
    letters: LexicalIndex
    trained: Trained | None
    drift: float
    spoken: Vocabulary

    @classmethod
    def build(
        cls,
        phrasings: Sequence[Phrasing],
        *,
        encoder: Encoder | None,
        state: bytes | memoryview | None = None,
        vocabulary: Vocabulary | None = None,
        factors: FactorFile | None = None,
        retrain: bool = False,
        unanswered: Sequence[str] = (),
    ) -> Self:
        """Load the index from ``state``, revise or train it. See ``Matcher.build``."""
        phrasings = sorted(phrasings, key=lambda p: p.article_id)
        names = _names_of(phrasings)
        curriculum = f"{_CURRICULUM:x} {'' if encoder is None else encoder.name}"
        own_name = f"{digest(*map(str, names.tolist())):x} {curriculum}"
        name, arrays = unpack(state)
        # A state of these phrasings knows those that it learned; finding them takes longer than reading it.
        learned = name == own_name and "rows" in arrays
        if learned:
            first = _first_of(phrasings, names, arrays["rows"])
            phrasings, names = list(first.values()), np.array(list(first), dtype=np.uint64)
        else:
            phrasings = distinct(phrasings)
            names = _names_of(phrasings)
        articles = sorted({phrasing.article_id for phrasing in phrasings})
        vocabulary = vocabulary or Vocabulary()
        if encoder is not None and name.endswith(f" {encoder.name}") and "vector.names" in arrays:
            vocabulary.add(arrays["vector.names"], arrays["vector.rows"])  # vectors depend on the encoder only
        if name.partition(" ")[2] != curriculum:
            arrays = {}
        lesson = Lesson(
            phrasings=phrasings,
            names=names,
            articles=articles,
            owner=positions(articles, phrasings),
            encoder=encoder,
            vocabulary=vocabulary,
            unanswered=unanswered,
        )
        kept, drift = state or b"", 0.0
        if name != own_name or not arrays:
            edit = None if retrain else _small_edit(arrays, names)
            factor = None if factors is None or edit is None else Factor.unpack(factors.read(), name=name)
            if edit is not None and factor is not None:
                arrays, drift = lesson.revise(arrays, edit, factor), edit.changed / len(names)
            else:
                arrays, factor = lesson.learn(arrays)
                kept = pack(arrays, name=own_name)
                if factors is not None and factor is not None and len(names) >= _FEW:
                    factors.write(factor.pack(name=own_name))
        return cls._of(lesson, arrays, kept=kept, drift=drift)

    @classmethod
    def _of(cls, lesson: Lesson, arrays: Arrays, *, kept: bytes | memoryview, drift: float) -> Self:
        times = dict(zip(split(arrays["words"]), arrays["times"].tolist(), strict=True))
        by_article = zip((p.article_id for p in lesson.phrasings), split(arrays["lines"]), strict=True)
        spoken = Vocabulary()
        if "vector.names" in arrays:
            spoken = Vocabulary(names=arrays["vector.names"], rows=arrays["vector.rows"])
        return cls(
            phrasings=lesson.phrasings,
            articles=lesson.articles,
            owner=lesson.owner,
            encoder=lesson.encoder,
            kept=kept,
            covered_talk=frozenset(talk for talk in SmallTalk if talk in split(arrays["talk"])),
            reader=Reader(Repair(times)),
            mentions=Mentions(by_article),
            letters=LexicalIndex(arrays),
            trained=Trained.recall(arrays) if lesson.phrasings else None,
            drift=drift,
            spoken=spoken,
        )

    def with_articles(self, new: Iterable[str]) -> Self:
        """Return the index with further articles without phrasings, which only an overlay can find."""
        added = sorted(set(new) - set(self.articles))
        if not added or self.trained is None:
            return self
        weights = self.trained.weights
        trained = replace(
            self.trained,
            weights=np.concatenate([weights, np.zeros((len(added), weights.shape[1]), dtype=weights.dtype)]),
            crowd=np.append(self.trained.crowd, np.full(len(added), self.trained.crowd.mean())),
        )
        return replace(self, articles=[*self.articles, *added], trained=trained)


def distinct(phrasings: Iterable[Phrasing]) -> list[Phrasing]:
    """Return the phrasings without those that read as an earlier one of their article, often in Bokmål and Nynorsk.

    The same words twice teach little, and memory and time of the training grow with the square of the phrasings.
    """
    known: dict[tuple[str, str, str], Phrasing] = {}
    for each in phrasings:
        english = each.language == "en"
        said = words(clean(each.text).lower())
        read = " ".join(said if english else map(in_bokmaal, said))
        known.setdefault((each.article_id, "en" if english else "", read), each)
    return list(known.values())


def _names_of(phrasings: Sequence[Phrasing]) -> Names:
    return np.array([digest(p.article_id, p.language, p.text) for p in phrasings], dtype=np.uint64)


def _first_of(phrasings: Sequence[Phrasing], names: Names, wanted: Names) -> dict[int, Phrasing]:
    """Return the first phrasing with each of the wanted names, by its name, in the order of the phrasings."""
    kept = set(wanted.tolist())
    found: dict[int, Phrasing] = {}
    for name, phrasing in zip(names.tolist(), phrasings, strict=True):
        if name in kept:
            found.setdefault(name, phrasing)
    return found


def positions(articles: Sequence[str], phrasings: Iterable[Phrasing]) -> Places:
    """Return the position in ``articles`` of each phrasing's article."""
    position = {article: at for at, article in enumerate(articles)}
    return np.array([position[phrasing.article_id] for phrasing in phrasings], dtype=np.int64)


def _small_edit(before: Arrays, names: Names) -> Edit | None:
    """Return how the phrasings differ from those of the training; None without one, or if it no longer holds."""
    if len(names) < _FEW or "rows" not in before or not mostly_same(before["source"], names):
        return None
    edit = Edit.between(before["rows"], names)
    return edit if edit.changed <= _REVISABLE * len(before["rows"]) else None
