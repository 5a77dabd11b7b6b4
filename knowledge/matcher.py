"""Find the articles an utterance may be asking for, and how sure that is."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.beside import Beside
from knowledge.calibration import DEPTH, EVIDENCE, Calibration, evidence_of
from knowledge.encoder import Encoder
from knowledge.followup import leans_on_the_last
from knowledge.head import NOWHERE, Floats, blend, nearest
from knowledge.language import identify
from knowledge.lexical import LexicalIndex
from knowledge.lexicon.concepts import MEANING
from knowledge.lexicon.elsewhere import ELSEWHERE
from knowledge.lexicon.prior import PRIOR
from knowledge.lexicon.spelling import STANDARD
from knowledge.match import Candidate, Explanation, Match, Phrasing
from knowledge.memory import Arrays, Names, Vocabulary, digest, pack, unpack
from knowledge.mention import Mentions, line, weigh_word
from knowledge.novelty import is_new
from knowledge.reading import Reader, Reading
from knowledge.repair import Repair
from knowledge.smalltalk import SmallTalk, small_talk
from knowledge.text import clean, words
from knowledge.training import UNRELATED, Lesson, Trained, train

__all__ = ["Candidate", "Explanation", "Match", "Matcher", "Phrasing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scores:
    """One utterance against the index: by article, and the likeness to each phrasing, those laid beside it last."""

    by_article: NDArray[np.float64]
    letters: Floats
    meaning: Floats | None


_SHORTLIST = 24
"""Articles scored exactly for one utterance: those with the nearest phrasings. More has never changed a first place."""


_IDENTICAL = 0.999
"""Likeness by letters from which an utterance is a phrasing, word for word; the encoder would read "onedrive" and
"OneDrive" as two things."""


_SAME = 0.9
"""The share of phrasings that may not change for confidence to be kept as learned, so that an edit is live at once."""


_SCHOOL = digest("2", repr(MEANING), repr(STANDARD), repr(ELSEWHERE), repr(PRIOR))
"""What matchers learn by beside their phrasings. What was kept under another is not used; raise the number when what is
learned changes in meaning."""


class Matcher:
    """An index of phrasings that has learned from them. A change of content builds a new one.

    ``match`` and ``explain`` change nothing, but stemming is not reentrant: call them from one thread at a time.
    """

    def __init__(
        self,
        phrasings: Sequence[Phrasing],
        *,
        encoder: Encoder | None,
        state: bytes | memoryview | None,
        vocabulary: Vocabulary | None,
    ) -> None:
        """Recall or train; prefer ``build``."""
        phrasings = sorted(phrasings, key=lambda p: p.article_id)
        self._articles = sorted({phrasing.article_id for phrasing in phrasings})
        place = {article: at for at, article in enumerate(self._articles)}
        self._owner = np.array([place[p.article_id] for p in phrasings], dtype=np.int64)
        self._phrasings = phrasings
        self._encoder = encoder
        names = [digest(p.article_id, p.language, p.text) for p in phrasings]
        school = f"{_SCHOOL:x} {'' if encoder is None else encoder.name}"
        own = f"{digest(*map(str, names)):x} {school}"
        name, arrays = unpack(state)
        if name.partition(" ")[2] != school:
            arrays = {}
        self._kept: bytes | memoryview | None = state if name == own else None
        if self._kept is None:
            self._kept, arrays = self._learn(np.array(names, dtype=np.uint64), own, arrays, vocabulary)
        self._own_talk = {SmallTalk(talk) for talk in _split(arrays["talk"])}
        spelled = dict(zip(_split(arrays["words"]), arrays["times"].tolist(), strict=True))
        self._reader = Reader(Repair(spelled))
        self._mentions = Mentions(zip((p.article_id for p in phrasings), _split(arrays["lines"]), strict=True))
        self._index = LexicalIndex(arrays)
        self._trained = Trained.recall(arrays) if phrasings else None
        self._beside: Beside | None = None

    @classmethod
    def build(
        cls,
        phrasings: Sequence[Phrasing],
        *,
        encoder: Encoder | None = None,
        state: bytes | memoryview | None = None,
        vocabulary: Vocabulary | None = None,
    ) -> Matcher:
        """Return a matcher trained on ``phrasings``.

        Args:
            state: what an earlier one's ``state()`` gave, of these phrasings or others. What is still true in it is
                reused, so that a restart learns nothing and an edited article costs its own phrasings only. It must
                not change while the matcher lives, which works on it where it lies.
            vocabulary: vectors of texts beside those in ``state``, so that the encoder need not read them.
        """
        return cls(phrasings, encoder=encoder, state=state, vocabulary=vocabulary)

    def with_beside(self, phrasings: Sequence[Phrasing], vocabulary: Vocabulary) -> Matcher:
        """Return a matcher that knows these too, at once, while this one stays as it is and learns nothing of them.

        Those of articles that are not in the index are left out. ``vocabulary`` takes in the vectors of the others.
        """
        place = {article: at for at, article in enumerate(self._articles)}
        known = [phrasing for phrasing in phrasings if phrasing.article_id in place]
        trained = self._trained
        if not known or trained is None:
            return self
        texts = [clean(phrasing.text) for phrasing in known]
        readings = [self._reader.read(text, language=identify(text)) for text in texts]  # just as when they are asked
        placed: Floats | None = None
        if self._encoder is not None and trained.space is not None:
            sentences = [reading.sentence for reading in readings]
            vocabulary.learn(sentences, self._encoder)
            placed = trained.space.place(vocabulary.of(sentences))
        vectors: Sequence[Floats | None] = [None] * len(known) if placed is None else list(placed)
        letters = [self._index.likeness(reading) for reading in readings]
        kernel = np.stack([self._kernel(likeness, v)[1] for likeness, v in zip(letters, vectors, strict=True)])
        matcher = copy.copy(self)
        matcher._beside = Beside.learn(
            known,
            owner=np.array([place[phrasing.article_id] for phrasing in known], dtype=np.int64),
            index=self._index.beside(readings),
            readings=readings,
            placed=placed,
            kernel=kernel,
            among=np.append(self._owner, np.full(kernel.shape[1] - len(self._owner), NOWHERE)),
            scores=kernel @ trained.weights.T,
        )
        return matcher

    def state(self) -> bytes | memoryview:
        """Return what a later build can reuse: what ``build`` was given, if nothing had to be learned."""
        assert self._kept is not None  # noqa: S101  set by __init__
        return self._kept

    def vocabulary(self) -> Vocabulary:
        """Return the vectors of every text it was trained with; none without an encoder."""
        _, arrays = unpack(self._kept)
        if "vector.names" not in arrays:
            return Vocabulary()
        return Vocabulary(names=arrays["vector.names"], rows=arrays["vector.rows"])

    def _learn(
        self, names: Names, own: str, before: Arrays, vocabulary: Vocabulary | None
    ) -> tuple[bytes, dict[str, NDArray[Any]]]:
        """Return what there is to know of these phrasings, as bytes to keep and as arrays.

        Confidence is kept as it was learned ``before`` while most phrasings stay.
        """
        texts = [clean(phrasing.text) for phrasing in self._phrasings]
        times = Counter(word for text in texts for word in words(text))
        reader = Reader(Repair(times))
        readings = [
            reader.read(text, language=p.language, mend=False) for text, p in zip(texts, self._phrasings, strict=True)
        ]
        index, rows = LexicalIndex.learn(readings)
        talk = {small_talk(text) for text in texts} - {SmallTalk.EMPTY, SmallTalk.NOISE, None}
        arrays = index.arrays() | {
            "words": _joined(times),
            "times": np.array(list(times.values()), dtype=np.int32),
            "lines": _joined(line(text) for text in texts),
            "talk": _joined(sorted(str(each) for each in talk)),
            "source": names,
        }
        if not len(names):
            return pack(arrays, name=own), arrays
        known = vocabulary or Vocabulary()
        calibration = None
        if "vector.names" in before:
            known.add(before["vector.names"], before["vector.rows"])
        if "curves" in before and _overlap(before["source"], names):
            calibration = Trained.recall(before).calibration
            arrays["source"] = before["source"]
        lesson = Lesson(
            index=index,
            rows=rows,
            readings=readings,
            owner=self._owner,
            read=reader.read,
            encoder=self._encoder,
            vocabulary=known,
        )
        arrays |= train(lesson, calibration=calibration).arrays()
        if self._encoder is not None:
            used = lesson.used()
            arrays |= {"vector.names": used.names, "vector.rows": used.rows}
        return pack(arrays, name=own), arrays

    def match(self, utterance: str, *, previous_article_id: str | None = None, limit: int = DEPTH) -> Match:
        """Return up to ``limit`` candidates, likeliest first; never raises, whatever was typed.

        ``previous_article_id`` is what the talk was about: an utterance that leans on it ("og på mobil?") is
        understood with it.
        """
        text = clean(utterance)
        language = identify(text)
        talk = small_talk(text)
        if talk in self._own_talk:  # an article about it has been written, so it is a question here
            talk = None
        nothing = Match(utterance=utterance, language=language, small_talk=talk, candidates=(), precision=0.0)
        if talk is not None or self._trained is None:
            return nothing
        reading = self._reader.read(text, language=language)
        new = is_new(reading, spread=self._spread, articles=len(self._articles))
        match = self._decide(replace(nothing, new=new), self._scores(reading), self._trained.calibration, limit)
        if previous_article_id is not None and leans_on_the_last(text):
            return self._with_context(match, text, previous_article_id, self._trained.calibration, limit)
        if len(reading.standard) == 1:
            shares = self._mentions.shares(reading.standard[0])
            candidates = weigh_word(match.candidates, shares, limit=limit)
            precision = self._trained.calibration.share_right(candidates[0].confidence)
            return replace(match, candidates=candidates, precision=precision)
        return match

    def _spread(self, meaning: str) -> int:
        """Return how many articles have a phrasing with this meaning."""
        found = self._index.having(meaning)
        if found is None:
            return len(self._articles)
        articles = set(self._owner[found].tolist())
        if self._beside is not None and (beside := self._beside.index.having(meaning)) is not None:
            articles |= set(self._beside.owner[beside].tolist())
        return len(articles)

    def _with_context(self, match: Match, text: str, previous: str, calibration: Calibration, limit: int) -> Match:
        """Return the match of the utterance read after a phrasing of the previous article, if it leads on.

        That is to another article, more surely than the utterance alone. Leading back proves nothing, for the
        article's own phrasing was what was read: "så rart" after an answer is no reason to give it again.
        """
        if previous not in self._articles:
            return match
        own = np.flatnonzero(self._owner == self._articles.index(previous))
        joined = self._reader.read(f"{clean(self._phrasings[int(own[0])].text)} {text}", language=match.language)
        led = self._decide(replace(match, new=False), self._scores(joined), calibration, limit)
        first, alone = led.candidates[0], match.candidates[0]
        return led if first.article_id != previous and first.confidence > alone.confidence else match

    def _decide(self, match: Match, scores: _Scores, calibration: Calibration, limit: int) -> Match:
        best, evidence = self._evidence(scores, max(limit, 2))
        confidence = calibration.confidence(evidence)
        order = range(min(limit, len(best)))
        candidates = tuple(
            Candidate(article_id=self._articles[int(best[at])], confidence=float(confidence[at])) for at in order
        )
        precision = calibration.share_right(candidates[0].confidence) if candidates else 0.0
        return replace(match, candidates=candidates, precision=precision)

    def _evidence(self, scores: _Scores, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        best = np.argsort(-scores.by_article, kind="stable")[:count]
        assert self._trained is not None  # noqa: S101  callers have looked
        letters = self._nearest(scores.letters)
        meaning = None if scores.meaning is None else self._nearest(scores.meaning)
        return best, evidence_of(scores.by_article, letters, meaning, self._trained.crowd, best)

    def _scores(self, reading: Reading) -> _Scores:
        trained, beside = self._trained, self._beside
        assert trained is not None  # noqa: S101  callers have looked
        letters = self._index.likeness(reading)
        vector = self._vector(reading, letters)
        meaning, kernel = self._kernel(letters, vector)
        near = kernel[: len(letters)]
        theirs: Floats | None = None
        if beside is not None:
            own_letters, own_meaning, theirs = beside.kernel(reading, vector)
            letters = np.append(letters, own_letters)
            near = np.append(near, theirs)
            if meaning is not None and own_meaning is not None:
                meaning = np.append(meaning, own_meaning)
        chosen: NDArray[np.int64] | slice = slice(None)
        if len(self._articles) > _SHORTLIST:
            chosen = np.argpartition(-self._nearest(near), _SHORTLIST)[:_SHORTLIST]
        by_article = np.full(len(self._articles), -1.0)
        by_article[chosen] = trained.weights[chosen] @ kernel
        if beside is not None and theirs is not None:
            by_article[chosen] += beside.weights[chosen] @ theirs
        return _Scores(by_article=by_article, letters=letters, meaning=meaning)

    def _vector(self, reading: Reading, letters: Floats) -> Floats | None:
        """Return what the encoder makes of an utterance; a phrasing in other capitals or dialect is that phrasing."""
        trained = self._trained
        if self._encoder is None or trained is None or trained.space is None or trained.placed is None:
            return None
        nearest_one = int(letters.argmax())
        if letters[nearest_one] >= _IDENTICAL:
            return np.asarray(trained.placed[nearest_one], dtype=np.float32)
        return trained.space.place(self._encoder.encode([reading.sentence])[0])

    def _kernel(self, letters: Floats, vector: Floats | None) -> tuple[Floats | None, Floats]:
        """Return the likeness of an utterance to each phrasing by meaning, and to all rows by letters and meaning."""
        trained = self._trained
        assert trained is not None  # noqa: S101  callers have looked
        meaning: Floats | None = None
        if vector is not None and trained.placed is not None:
            meaning = trained.placed @ vector
        rows = np.append(letters, np.full(trained.weights.shape[1] - len(letters), UNRELATED))
        near = None if meaning is None else meaning[: len(letters)]
        return near, blend(rows, meaning)

    def _nearest(self, likeness: Floats) -> NDArray[np.float64]:
        """Return the likeness to the nearest phrasing of each article, those beside the index included."""
        size = len(self._owner)
        found = nearest(likeness[:size], self._owner)
        if self._beside is not None:
            np.maximum.at(found, self._beside.owner, likeness[size:].astype(np.float64))
        return found

    def explain(self, utterance: str, *, previous_article_id: str | None = None) -> Explanation:
        """Return the evidence behind ``match``."""
        match = self.match(utterance, previous_article_id=previous_article_id)
        text = clean(utterance)
        reading = self._reader.read(text, language=match.language)
        if not match.candidates:
            return Explanation(match=match, phrasing=None, tokens=reading.standard, repaired=reading.repaired, parts=())
        scores = self._scores(reading)
        first = self._articles.index(match.candidates[0].article_id)
        best, evidence = self._evidence(scores, len(self._articles))
        clues = evidence[int(np.flatnonzero(best == first)[0])]
        written = [*self._phrasings, *(self._beside.phrasings if self._beside is not None else ())]
        owner = self._owner if self._beside is None else np.append(self._owner, self._beside.owner)
        own = np.flatnonzero(owner == first)
        likeness = scores.letters if scores.meaning is None else scores.letters + scores.meaning
        word = reading.standard[0] if len(reading.standard) == 1 else None
        share = self._mentions.shares(word).get(self._articles[first], 0.0) if word is not None else 0.0
        shown = [name for name in EVIDENCE if scores.meaning is not None or name != "likeness by meaning"]
        return Explanation(
            match=match,
            phrasing=clean(written[int(own[int(likeness[own].argmax())])].text),
            tokens=tuple(
                f"{word}{meaning}" if meaning.startswith("=") else word
                for word, meaning in zip(reading.standard, reading.meanings, strict=True)
            ),
            repaired=reading.repaired,
            parts=(
                *((name, float(clues[EVIDENCE.index(name)])) for name in shown),
                *([("share of the word", share)] if word is not None else []),
            ),
        )


def _overlap(source: Names, names: Names) -> bool:
    """Say whether confidence learned from ``source`` still holds: nine in ten phrasings, either way, are the same."""
    return len(np.intersect1d(source, names)) >= _SAME * max(len(source), len(names))


def _joined(words: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _split(joined: NDArray[np.uint8]) -> list[str]:
    return joined.tobytes().decode().split("\n") if len(joined) else []
