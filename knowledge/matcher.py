"""Find the articles an utterance may be asking for, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.calibration import DEPTH, EVIDENCE, Calibration, evidence_of
from knowledge.encoder import Encoder
from knowledge.followup import leans_on_the_last
from knowledge.head import Floats, blend, nearest
from knowledge.language import identify
from knowledge.lexical import LexicalIndex
from knowledge.memory import Memory, digest
from knowledge.reading import Reader, Reading
from knowledge.repair import Repair
from knowledge.semantic import MeaningSpace
from knowledge.smalltalk import SmallTalk, small_talk
from knowledge.text import clean, words
from knowledge.training import Trained, train


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
    """Why a match came out as it did.

    Attributes:
        phrasing: the nearest phrasing of the first candidate.
        tokens: the words as they were compared, and what they were taken to mean.
        repaired: damage mended, as (written, meant).
        parts: the evidence for the first candidate, by name.
    """

    match: Match
    phrasing: str | None
    tokens: tuple[str, ...]
    repaired: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scores:
    """One utterance against the index: by article, and the likeness to each phrasing."""

    by_article: NDArray[np.float64]
    letters: Floats
    meaning: Floats | None


_SHORTLIST = 64
"""Articles scored exactly for one utterance: those with the nearest phrasings. More has never changed a first place."""


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
        self._kept = Memory(
            trained=digest(str(encoder is not None), *(f"{p.article_id}\n{p.language}\n{p.text}" for p in phrasings))
        )
        self._trained: Trained | None = None
        if phrasings:
            self._trained = self._learn(readings, known)

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

    def _learn(self, readings: Sequence[Reading], known: Memory) -> Trained:
        if known.trained == self._kept.trained and (learned := _recall(known)) is not None:
            self._kept = known
            return learned
        learned = train(
            self._index,
            readings,
            self._owner,
            read=self._reader.read,
            encoder=self._encoder,
            known=known,
            kept=self._kept,
        )
        self._kept.arrays = _remember(learned)
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


def _remember(learned: Trained) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {
        "weights": learned.weights,
        "curve": learned.calibration.weights,
        "levels": learned.calibration.levels,
        "shares": learned.calibration.shares,
    }
    if learned.space is not None and learned.placed is not None:
        arrays |= {"centre": learned.space.centre, "bend": learned.space.bend, "placed": learned.placed}
    return arrays


def _recall(known: Memory) -> Trained | None:
    arrays = known.arrays
    try:
        calibration = Calibration(weights=arrays["curve"], levels=arrays["levels"], shares=arrays["shares"])
        space = MeaningSpace(centre=arrays["centre"], bend=arrays["bend"]) if "bend" in arrays else None
        return Trained(weights=arrays["weights"], calibration=calibration, space=space, placed=arrays.get("placed"))
    except KeyError:
        return None
