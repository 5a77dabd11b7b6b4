"""Learn the phrasings of an index: all of them, or those that an edit changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.language.identify import identify
from knowledge.language.lexicon.elsewhere import ELSEWHERE
from knowledge.language.smalltalk import SmallTalk, small_talk
from knowledge.language.text import clean, words
from knowledge.matching.asked import MOST_UNANSWERED, Asked
from knowledge.matching.encoder import Encoder, Vectors
from knowledge.matching.factor import Factor
from knowledge.matching.head import Places
from knowledge.matching.lexical import ADDED, LexicalIndex
from knowledge.matching.match import Phrasing
from knowledge.matching.memory import Arrays, Names, Vocabulary
from knowledge.matching.mention import line
from knowledge.matching.reading import Reader
from knowledge.matching.repair import Repair
from knowledge.matching.revision import Edit, Revision
from knowledge.matching.training import Material, Trained, train

# Share of phrasings that must stay the same to reuse a calibration, so that small edits take effect at once.
_SAME = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """Phrasings to learn, sorted by article.

    Attributes:
        names: digest of each phrasing.
        owner: position in ``articles`` of each phrasing's article.
        vocabulary: known vectors; new ones are added.
        unanswered: utterances that no article answers; they take effect with a training only.
    """

    phrasings: Sequence[Phrasing]
    names: Names
    articles: Sequence[str]
    owner: Places
    encoder: Encoder | None
    vocabulary: Vocabulary
    unanswered: Sequence[str] = ()

    def learn(self, before: Arrays) -> tuple[dict[str, NDArray[Any]], Factor | None]:
        """Train and return the learned values by name, and the factor for ``revise``.

        The calibration of ``before`` is reused while most phrasings stay the same.
        """
        texts = [clean(phrasing.text) for phrasing in self.phrasings]
        times = Counter(word for text in texts for word in words(text))
        reader = Reader(Repair(times))
        readings = [
            reader.read(text, language=p.language, mend=False) for text, p in zip(texts, self.phrasings, strict=True)
        ]
        letters, rows = LexicalIndex.build(readings)
        arrays = letters.arrays() | {
            "articles": _joined(self.articles),
            "owner": self.owner,
            "rows": self.names,
            "source": self.names,
            "texts": _joined(texts),
            "lines": _joined(line(text) for text in texts),
            "talk": _joined(_talk(text, phrasing) for text, phrasing in zip(texts, self.phrasings, strict=True)),
            **_counted(times),
        }
        if not self.phrasings:
            return arrays, None
        calibration = None
        if "curves" in before and mostly_same(before["source"], self.names):
            calibration = Trained.recall(before).calibration
            arrays["source"] = before["source"]
        speech = _Speech(encoder=self.encoder, vocabulary=self.vocabulary)
        material = Material(
            index=letters,
            rows=rows,
            readings=readings,
            owner=self.owner,
            read=reader.read,
            vectors=speech.vectors,
            asked=self._asked(reader),
        )
        trained, factor = train(material, calibration=calibration)
        return arrays | trained.arrays() | speech.arrays(), factor

    def _asked(self, reader: Reader) -> Asked:
        at = {article: place for place, article in enumerate(self.articles)}
        rows = [row for row, phrasing in enumerate(self.phrasings) if phrasing.asked]
        others = [self.phrasings[row].others for row in rows]
        right = [
            {int(self.owner[row]), *(at[other] for other in more if other in at)}
            for row, more in zip(rows, others, strict=True)
        ]
        every = -(-len(self.unanswered) // MOST_UNANSWERED) or 1
        unanswered = [reader.read(clean(text), language=identify(text)) for text in self.unanswered[::every]]
        return Asked(rows=np.array(rows, dtype=np.int64), right=right, unanswered=unanswered)

    def revise(self, before: Arrays, edit: Edit, factor: Factor) -> dict[str, NDArray[Any]]:
        """Return the learned values of ``before`` after an edit."""
        edit = edit.with_passed_over(before["owner"], before["learned"])
        former = {article: at for at, article in enumerate(split(before["articles"]))}
        taught = split(before["texts"])
        origin = edit.origin.tolist()
        new = {at: clean(self.phrasings[at].text) for at in edit.added.tolist()}
        texts = [new[at] if row == ADDED else taught[row] for at, row in enumerate(origin)]
        lines, talk = split(before["lines"]), split(before["talk"])
        times = Counter(dict(zip(split(before["words"]), before["times"].tolist(), strict=True)))
        reader = Reader(Repair(dict(times)))  # words as the training knew them; phrasings are not corrected
        times.update(word for text in new.values() for word in words(text))
        times.subtract(word for row in edit.removed for word in words(taught[row]))
        speech = _Speech(encoder=self.encoder, vocabulary=self.vocabulary)
        revision = Revision(
            edit=edit,
            trained=Trained.recall(before),
            letters=LexicalIndex(before),
            texts=[(text, p.language) for text, p in zip(texts, self.phrasings, strict=True)],
            owner=self.owner,
            former=np.array([former.get(article, ADDED) for article in self.articles], dtype=np.int64),
            taught=before["owner"],
            reader=reader,
            away=[reader.read(text) for text in ELSEWHERE],
            vectors=speech.vectors,
        )
        trained, letters = revision.apply(factor)
        return {
            **before,
            **letters.arrays(),
            **trained.arrays(),
            **speech.arrays(before),
            **_counted(+times),
            "lines": _joined(line(new[at]) if row == ADDED else lines[row] for at, row in enumerate(origin)),
            "talk": _joined(
                _talk(new[at], self.phrasings[at]) if row == ADDED else talk[row] for at, row in enumerate(origin)
            ),
        }


class _Speech:
    """Gives the vectors of texts, and remembers which were needed."""

    def __init__(self, *, encoder: Encoder | None, vocabulary: Vocabulary) -> None:
        self._encoder = encoder
        self._vocabulary = vocabulary
        self._asked: list[str] = []

    def vectors(self, texts: Sequence[str]) -> Vectors | None:
        """Return the encoder's vectors of the texts, or None without an encoder."""
        if self._encoder is None:
            return None
        self._asked.extend(texts)
        self._vocabulary.encode_missing(texts, self._encoder)
        return self._vocabulary.vectors_of(texts)

    def arrays(self, before: Arrays | None = None) -> dict[str, NDArray[Any]]:
        """Return the vectors of all these texts by name, in addition to those of ``before``."""
        if self._encoder is None:
            return {}
        used = self._vocabulary.only(self._asked)
        if before is not None:
            used.add(before["vector.names"], before["vector.rows"])
        return {"vector.names": used.names, "vector.rows": used.rows}


def mostly_same(source: Names, names: Names) -> bool:
    """Return whether at least nine in ten phrasings, of either list, are the same."""
    return len(np.intersect1d(source, names)) >= _SAME * max(len(source), len(names))


def split(joined: NDArray[np.uint8]) -> list[str]:
    """Return the texts that were stored as lines of one array."""
    return joined.tobytes().decode().split("\n") if len(joined) else []


def _joined(texts: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _talk(text: str, phrasing: Phrasing) -> str:
    """Return the kind of small talk that a phrasing covers, or an empty text; an utterance covers none."""
    talk = None if phrasing.asked else small_talk(text)
    return "" if talk in {SmallTalk.EMPTY, SmallTalk.NOISE, None} else str(talk)


def _counted(times: Mapping[str, int]) -> dict[str, NDArray[Any]]:
    return {"words": _joined(times), "times": np.array(list(times.values()), dtype=np.int32)}
