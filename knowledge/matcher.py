"""Find the articles an utterance may be asking for, and how sure that is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.encoder import Encoder, Vectors
from knowledge.language import identify
from knowledge.smalltalk import SmallTalk, small_talk
from knowledge.text import clean, fold, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasing:
    """One way to ask for an article; its title is one too. ``language`` is nb, nn or en."""

    article_id: str
    language: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article that may be meant, with the calibrated probability, 0 to 1, that it is."""

    article_id: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What an utterance may mean.

    Attributes:
        utterance: as the person wrote it.
        language: nb, nn or en; nb when unclear.
        small_talk: set when it is no question at all; then there are no candidates.
        candidates: the likeliest first; their confidences sum to at most 1.
        precision: of answers at least as sure as the first candidate, the share that is right.
    """

    utterance: str
    language: str
    small_talk: SmallTalk | None
    candidates: tuple[Candidate, ...]
    precision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a match came out as it did."""

    match: Match
    phrasing: str | None
    tokens: tuple[str, ...]
    repaired: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, float], ...]


def _grams(text: str) -> Counter[str]:
    line = " " + " ".join(fold(word) for word in words(text)) + " "
    return Counter(line[i : i + n] for n in (2, 3, 4) for i in range(len(line) - n + 1))


class Matcher:
    """An index of phrasings that has learned from them. Immutable: a change of content builds a new one."""

    def __init__(self, phrasings: Sequence[Phrasing], *, encoder: Encoder | None) -> None:
        self._articles = sorted({phrasing.article_id for phrasing in phrasings})
        self._owner = np.array([self._articles.index(p.article_id) for p in phrasings], dtype=np.int64)
        self._texts = [clean(p.text) for p in phrasings]
        self._encoder = encoder
        self._own_talk = {small_talk(text) for text in self._texts} - {SmallTalk.EMPTY, SmallTalk.NOISE}
        grams = [_grams(text) for text in self._texts]
        self._ids: dict[str, int] = {}
        for found in grams:
            for gram in found:
                self._ids.setdefault(gram, len(self._ids))
        df = np.zeros(len(self._ids))
        for found in grams:
            df[[self._ids[gram] for gram in found]] += 1
        self._idf = (np.log((len(grams) + 1) / (df + 1)) + 1).astype(np.float32)
        self._rows = np.stack([self._vector(found) for found in grams]) if grams else np.zeros((0, 0), np.float32)
        kernel = self._rows @ self._rows.T
        if encoder is not None and grams:
            raw = encoder.encode(self._texts)
            self._mean = raw.mean(axis=0)
            self._meanings = self._centre(raw)
            kernel = 0.5 * kernel + 0.5 * self._meanings @ self._meanings.T
        goal = np.eye(len(self._articles), dtype=np.float32)[self._owner]
        self._head = np.linalg.solve(kernel + np.eye(len(grams), dtype=np.float32), goal)

    @classmethod
    def build(
        cls, phrasings: Sequence[Phrasing], *, encoder: Encoder | None = None, state: bytes | None = None
    ) -> Matcher:
        """Return a matcher trained on ``phrasings``; ``state`` from an earlier one saves what has not changed."""
        return cls(phrasings, encoder=encoder)

    def state(self) -> bytes:
        """Return what a later build can reuse."""
        return b""

    def _vector(self, grams: Counter[str]) -> Vectors:
        row = np.zeros(len(self._ids), dtype=np.float32)
        for gram, times in grams.items():
            at = self._ids.get(gram)
            if at is not None:
                row[at] = (1 + np.log(times)) * self._idf[at]
        length = float(np.linalg.norm(row))
        return row / length if length else row

    def _centre(self, raw: Vectors) -> Vectors:
        centred = raw - self._mean
        return np.asarray(centred / np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9), np.float32)

    def match(self, utterance: str, *, previous_article_id: str | None = None, limit: int = 3) -> Match:
        """Return up to ``limit`` candidates, likeliest first; never raises, whatever was typed."""
        text = clean(utterance)
        language = identify(text)
        talk = small_talk(text)
        if talk in self._own_talk:  # an article about it has been written, so it is a question here
            talk = None
        if talk is not None or not self._articles:
            return Match(utterance=utterance, language=language, small_talk=talk, candidates=(), precision=0.0)
        near = self._rows @ self._vector(_grams(text))
        if self._encoder is not None:
            near = 0.5 * near + 0.5 * self._meanings @ self._centre(self._encoder.encode([text[:200]]))[0]
        nearest = np.full(len(self._articles), -1.0)
        np.maximum.at(nearest, self._owner, near)
        score = near @ self._head + 0.5 * nearest
        odds = np.exp((score - score.max()) * 8)
        share = odds / odds.sum() * min(1.0, max(0.0, float(score.max()) * 1.4))
        best = np.argsort(-share)[:limit]
        candidates = tuple(Candidate(article_id=self._articles[i], confidence=float(share[i])) for i in best)
        return Match(
            utterance=utterance,
            language=language,
            small_talk=None,
            candidates=candidates,
            precision=0.5 + candidates[0].confidence / 2,
        )

    def explain(self, utterance: str, *, previous_article_id: str | None = None) -> Explanation:
        """Return the evidence behind ``match``."""
        found = self.match(utterance, previous_article_id=previous_article_id)
        near = self._rows @ self._vector(_grams(clean(utterance))) if self._texts else np.zeros(0)
        return Explanation(
            match=found,
            phrasing=self._texts[int(near.argmax())] if self._texts else None,
            tokens=tuple(words(clean(utterance))),
            repaired=(),
            parts=(("spelling", float(near.max()) if len(near) else 0.0),),
        )
