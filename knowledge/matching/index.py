"""The trained index: phrasings and the values learned from them, shared by all matchers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.language.lexicon.concepts import MEANING
from knowledge.language.lexicon.elsewhere import ELSEWHERE
from knowledge.language.lexicon.prior import PRIOR
from knowledge.language.lexicon.spelling import STANDARD
from knowledge.language.smalltalk import SmallTalk, small_talk
from knowledge.language.text import clean, words
from knowledge.matching.encoder import Encoder
from knowledge.matching.head import Places
from knowledge.matching.lexical import LexicalIndex
from knowledge.matching.match import Phrasing
from knowledge.matching.memory import Arrays, Names, Vocabulary, digest, pack, unpack
from knowledge.matching.mention import Mentions, line
from knowledge.matching.reading import Reader
from knowledge.matching.repair import Repair
from knowledge.matching.training import Lesson, Trained, train

# Share of phrasings that must stay the same to reuse a calibration, so that small edits take effect at once.
_SAME = 0.9

# Fingerprint of all training inputs except phrasings. State with another fingerprint is not reused. Increase the
# number when the meaning of the learned values changes.
_CURRICULUM = digest("2", repr(MEANING), repr(STANDARD), repr(ELSEWHERE), repr(PRIOR))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedIndex:
    """Phrasings, sorted by article, and the values learned from them.

    Attributes:
        articles: article ids, sorted; all other values use positions in this list.
        owner: position of each phrasing's article.
        kept: the learned values as bytes for a later ``build``.
        covered_talk: kinds of small talk that an article answers.
        trained: None without phrasings.
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

    @classmethod
    def build(
        cls,
        phrasings: Sequence[Phrasing],
        *,
        encoder: Encoder | None,
        state: bytes | memoryview | None,
        vocabulary: Vocabulary | None,
    ) -> Self:
        """Load the index from ``state``, or train it. See ``Matcher.build``."""
        phrasings = sorted(phrasings, key=lambda p: p.article_id)
        articles = sorted({phrasing.article_id for phrasing in phrasings})
        owner = positions(articles, phrasings)
        names = [digest(p.article_id, p.language, p.text) for p in phrasings]
        curriculum = f"{_CURRICULUM:x} {'' if encoder is None else encoder.name}"
        own_name = f"{digest(*map(str, names)):x} {curriculum}"
        name, arrays = unpack(state)
        if name.partition(" ")[2] != curriculum:
            arrays = {}
        if state is not None and name == own_name:
            kept = state
        else:
            arrays = _learn(
                phrasings,
                owner=owner,
                names=np.array(names, dtype=np.uint64),
                encoder=encoder,
                before=arrays,
                vocabulary=vocabulary or Vocabulary(),
            )
            kept = pack(arrays, name=own_name)
        times = dict(zip(_split(arrays["words"]), arrays["times"].tolist(), strict=True))
        return cls(
            phrasings=phrasings,
            articles=articles,
            owner=owner,
            encoder=encoder,
            kept=kept,
            covered_talk=frozenset(SmallTalk(talk) for talk in _split(arrays["talk"])),
            reader=Reader(Repair(times)),
            mentions=Mentions(zip((p.article_id for p in phrasings), _split(arrays["lines"]), strict=True)),
            letters=LexicalIndex(arrays),
            trained=Trained.recall(arrays) if phrasings else None,
        )

    def vocabulary(self) -> Vocabulary:
        """Return the vectors of all texts used in training; empty without an encoder."""
        _, arrays = unpack(self.kept)
        if "vector.names" not in arrays:
            return Vocabulary()
        return Vocabulary(names=arrays["vector.names"], rows=arrays["vector.rows"])


def positions(articles: Sequence[str], phrasings: Iterable[Phrasing]) -> Places:
    """Return the position in ``articles`` of each phrasing's article."""
    position = {article: at for at, article in enumerate(articles)}
    return np.array([position[phrasing.article_id] for phrasing in phrasings], dtype=np.int64)


def _learn(
    phrasings: Sequence[Phrasing],
    *,
    owner: Places,
    names: Names,
    encoder: Encoder | None,
    before: Arrays,
    vocabulary: Vocabulary,
) -> dict[str, NDArray[Any]]:
    """Train on the phrasings and return the learned values by name.

    The calibration of ``before`` is reused while most phrasings stay the same.
    """
    texts = [clean(phrasing.text) for phrasing in phrasings]
    times = Counter(word for text in texts for word in words(text))
    reader = Reader(Repair(times))
    readings = [reader.read(text, language=p.language, mend=False) for text, p in zip(texts, phrasings, strict=True)]
    letters, rows = LexicalIndex.build(readings)
    talk = {small_talk(text) for text in texts} - {SmallTalk.EMPTY, SmallTalk.NOISE, None}
    arrays = letters.arrays() | {
        "words": _joined(times),
        "times": np.array(list(times.values()), dtype=np.int32),
        "lines": _joined(line(text) for text in texts),
        "talk": _joined(sorted(str(each) for each in talk)),
        "source": names,
    }
    if not phrasings:
        return arrays
    calibration = None
    if "vector.names" in before:
        vocabulary.add(before["vector.names"], before["vector.rows"])
    if "curves" in before and _mostly_same(before["source"], names):
        calibration = Trained.recall(before).calibration
        arrays["source"] = before["source"]
    lesson = Lesson(
        index=letters,
        rows=rows,
        readings=readings,
        owner=owner,
        read=reader.read,
        encoder=encoder,
        vocabulary=vocabulary,
    )
    arrays |= train(lesson, calibration=calibration).arrays()
    if encoder is not None:
        used = lesson.used()
        arrays |= {"vector.names": used.names, "vector.rows": used.rows}
    return arrays


def _mostly_same(source: Names, names: Names) -> bool:
    """Return whether at least nine in ten phrasings, of either list, are the same."""
    return len(np.intersect1d(source, names)) >= _SAME * max(len(source), len(names))


def _joined(texts: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _split(joined: NDArray[np.uint8]) -> list[str]:
    return joined.tobytes().decode().split("\n") if len(joined) else []
