"""Find the articles an utterance may be asking for, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knowledge.calibration import DEPTH, EVIDENCE, Calibration, evidence_of
from knowledge.encoder import Encoder
from knowledge.followup import leans_on_the_last
from knowledge.head import Floats, blend, nearest
from knowledge.language import identify
from knowledge.lexical import LexicalIndex
from knowledge.match import Candidate, Explanation, Match, Phrasing
from knowledge.memory import Memory, digest
from knowledge.reading import Reader, Reading
from knowledge.repair import Repair
from knowledge.smalltalk import SmallTalk, small_talk
from knowledge.text import clean, words
from knowledge.training import Trained, train

__all__ = ["Candidate", "Explanation", "Match", "Matcher", "Phrasing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scores:
    """One utterance against the index: by article, and the likeness to each phrasing."""

    by_article: NDArray[np.float64]
    letters: Floats
    meaning: Floats | None


_SHORTLIST = 24
"""Articles scored exactly for one utterance: those with the nearest phrasings. More has never changed a first place."""


_SAME = 0.9
"""The share of phrasings that may not change for confidence to be kept as learned, so that an edit is live at once."""


class Matcher:
    """An index of phrasings that has learned from them. A change of content builds a new one.

    ``match`` and ``explain`` change nothing, but stemming is not reentrant: call them from one thread at a time.
    """

    def __init__(self, phrasings: Sequence[Phrasing], *, encoder: Encoder | None, known: Memory) -> None:
        """Train on the phrasings; prefer ``build``."""
        phrasings = sorted(phrasings, key=lambda p: p.article_id)
        self._articles = sorted({phrasing.article_id for phrasing in phrasings})
        place = {article: at for at, article in enumerate(self._articles)}
        self._owner = np.array([place[p.article_id] for p in phrasings], dtype=np.int64)
        self._texts = [clean(p.text) for p in phrasings]
        self._encoder = encoder
        self._own_talk = {small_talk(text) for text in self._texts} - {SmallTalk.EMPTY, SmallTalk.NOISE}
        self._reader = Reader(Repair(word for text in self._texts for word in words(text)))
        readings = [
            self._reader.read(text, language=p.language, mend=False)
            for text, p in zip(self._texts, phrasings, strict=True)
        ]
        self._index = LexicalIndex(readings)
        names = [digest(p.article_id, p.language, p.text) for p in phrasings]
        self._kept = Memory(trained=digest(str(encoder is not None), *names))
        self._trained: Trained | None = None
        if phrasings:
            self._trained = self._learn(readings, names, known)

    @classmethod
    def build(
        cls, phrasings: Sequence[Phrasing], *, encoder: Encoder | None = None, state: bytes | None = None
    ) -> Matcher:
        """Return a matcher trained on ``phrasings``.

        ``state`` is what an earlier one's ``state()`` gave, of these phrasings or others: what is still true in it is
        reused, so that a restart learns nothing and an edited article costs its own phrasings only.
        """
        return cls(phrasings, encoder=encoder, known=Memory.read(state))

    def state(self) -> bytes:
        """Return what a later build can reuse, as bytes."""
        return self._kept.write()

    def _learn(self, readings: Sequence[Reading], names: list[str], known: Memory) -> Trained:
        """Return what was learned from these phrasings before, or learn; confidence is kept while most stay."""
        before = Trained.recall(known.arrays)
        if before is not None and known.trained == self._kept.trained:
            self._kept = known
            return before
        source = set(known.arrays["source"].tolist()) if before is not None else set()
        holds = before is not None and (before.space is None) == (self._encoder is None) and _overlap(source, names)
        learned = train(
            self._index,
            readings,
            self._owner,
            read=self._reader.read,
            encoder=self._encoder,
            known=known,
            kept=self._kept,
            calibration=before.calibration if before is not None and holds else None,
        )
        self._kept.arrays = learned.arrays() | {"source": np.array(sorted(source) if holds else names, dtype="U32")}
        return learned

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
        scores = self._scores(self._reader.read(text, language=language))
        match = self._decide(nothing, scores, self._trained.calibration, limit)
        if previous_article_id is not None and leans_on_the_last(text):
            return self._with_context(match, text, previous_article_id, self._trained.calibration, limit)
        return match

    def _with_context(self, match: Match, text: str, previous: str, calibration: Calibration, limit: int) -> Match:
        """Return the match of the utterance read after a phrasing of the previous article, if it leads on.

        That is to another article, more surely than the utterance alone. Leading back proves nothing, for the
        article's own phrasing was what was read: "så rart" after an answer is no reason to give it again.
        """
        if previous not in self._articles:
            return match
        own = np.flatnonzero(self._owner == self._articles.index(previous))
        joined = self._reader.read(f"{self._texts[int(own[0])]} {text}", language=match.language)
        led = self._decide(match, self._scores(joined), calibration, limit)
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
        letters = nearest(scores.letters, self._owner)
        meaning = np.zeros_like(letters) if scores.meaning is None else nearest(scores.meaning, self._owner)
        return best, evidence_of(scores.by_article, letters, meaning, best)

    def _scores(self, reading: Reading) -> _Scores:
        trained = self._trained
        assert trained is not None  # noqa: S101  callers have looked
        letters = self._index.likeness(reading)
        meaning: Floats | None = None
        if self._encoder is not None and trained.space is not None and trained.placed is not None:
            meaning = trained.placed @ trained.space.place(self._encoder.encode([reading.sentence])[0])
        kernel = blend(letters, meaning)
        if len(self._articles) <= _SHORTLIST:
            return _Scores(by_article=(trained.weights @ kernel).astype(np.float64), letters=letters, meaning=meaning)
        close = nearest(kernel, self._owner)
        chosen = np.argpartition(-close, _SHORTLIST)[:_SHORTLIST]
        by_article = np.full(len(self._articles), -1.0)
        by_article[chosen] = trained.weights[chosen] @ kernel
        return _Scores(by_article=by_article, letters=letters, meaning=meaning)

    def explain(self, utterance: str, *, previous_article_id: str | None = None) -> Explanation:
        """Return the evidence behind ``match``."""
        match = self.match(utterance, previous_article_id=previous_article_id)
        text = clean(utterance)
        reading = self._reader.read(text, language=match.language)
        if not match.candidates:
            return Explanation(match=match, phrasing=None, tokens=reading.standard, repaired=reading.repaired, parts=())
        scores = self._scores(reading)
        _, evidence = self._evidence(scores, len(match.candidates))
        own = np.flatnonzero(self._owner == self._articles.index(match.candidates[0].article_id))
        likeness = scores.letters if scores.meaning is None else scores.letters + scores.meaning
        shown = [name for name in EVIDENCE if scores.meaning is not None or name != "likeness by meaning"]
        return Explanation(
            match=match,
            phrasing=self._texts[int(own[int(likeness[own].argmax())])],
            tokens=tuple(
                f"{word}{meaning}" if meaning.startswith("=") else word
                for word, meaning in zip(reading.standard, reading.meanings, strict=True)
            ),
            repaired=reading.repaired,
            parts=tuple((name, float(evidence[0][EVIDENCE.index(name)])) for name in shown),
        )


def _overlap(source: set[str], names: list[str]) -> bool:
    """Say whether confidence learned from ``source`` still holds: nine in ten phrasings, either way, are the same."""
    same = len(source.intersection(names))
    return same >= _SAME * max(len(source), len(names))
