"""Find the articles an utterance may ask for, with calibrated confidence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from knowledge.language.identify import identify
from knowledge.language.smalltalk import small_talk
from knowledge.language.text import clean
from knowledge.matching.calibration import DEPTH, EVIDENCE, Calibration, evidence_of
from knowledge.matching.encoder import Encoder
from knowledge.matching.factor import FactorFile
from knowledge.matching.followup import may_continue
from knowledge.matching.head import NOWHERE, Floats, blend, first_rows, nearest_from
from knowledge.matching.heard import Heard, compare, packed_of
from knowledge.matching.index import TrainedIndex, positions
from knowledge.matching.match import Candidate, Explanation, Match, Phrasing
from knowledge.matching.memory import Vocabulary
from knowledge.matching.mention import weigh_word
from knowledge.matching.novelty import is_new
from knowledge.matching.overlay import Overlay
from knowledge.matching.reading import Reading
from knowledge.matching.training import UNRELATED

__all__ = ["Candidate", "Explanation", "Match", "Matcher", "Phrasing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scores:
    """Scores of one utterance: by article, and similarities to the phrasings of index and overlay.

    ``vector`` is the encoder's, outside the meaning space, if it was needed.
    """

    by_article: NDArray[np.float64]
    letters: Floats
    meaning: Floats | None
    vector: Floats | None = None


# Number of articles scored exactly, those with the nearest phrasings. A larger number never changed the first
# candidate.
SHORTLIST = 24


# Number of candidates of an utterance together with the question before: the article of that is one of them.
_CONTINUED = 4

# Similarity by letters at which an utterance equals a phrasing. The encoder is case-sensitive: it separates
# "onedrive" and "OneDrive".
_IDENTICAL = 0.999


class Matcher:
    """Searches a trained index, with an optional overlay.

    A content change needs a new instance.

    ``match`` and ``explain`` change no state, but stemming is not reentrant: call them from one thread at a time.
    """

    def __init__(self, index: TrainedIndex, overlay: Overlay | None = None) -> None:
        """Search ``index`` and, if given, ``overlay``."""
        self._index = index
        self._overlay = overlay
        self._first_rows = first_rows(index.owner)

    @classmethod
    def build(
        cls,
        phrasings: Sequence[Phrasing],
        *,
        encoder: Encoder | None = None,
        state: bytes | memoryview | None = None,
        vocabulary: Vocabulary | None = None,
        factors: FactorFile | None = None,
        retrain: bool = False,
        unanswered: Sequence[str] = (),
    ) -> Matcher:
        """Return a matcher trained on ``phrasings``.

        Args:
            state: the ``state()`` of an earlier matcher, of these phrasings or others. Values that still hold are
                reused, so that a restart needs no training and an edited article costs only its own phrasings. The
                matcher reads it in place, so it must not change during the lifetime of the matcher.
            vocabulary: vectors of texts in addition to those in ``state``, which the encoder then need not encode.
            factors: where the training leaves what a small edit needs to take effect without training again.
            retrain: train on the phrasings even after a small edit.
            unanswered: utterances that no article answers, for the calibration; used when it trains.
        """
        index = TrainedIndex.build(
            phrasings,
            encoder=encoder,
            state=state,
            vocabulary=vocabulary,
            factors=factors,
            retrain=retrain,
            unanswered=unanswered,
        )
        return cls(index)

    @property
    def index(self) -> TrainedIndex:
        """The trained index, without the overlay."""
        return self._index

    @property
    def overlay(self) -> Overlay | None:
        """The extra phrasings, if there are any."""
        return self._overlay

    def for_another_thread(self) -> Matcher:
        """Return a matcher of the same index and overlay that may be used while this one is."""
        return Matcher(replace(self._index, reader=self._index.reader.copy()), self._overlay)

    def with_overlay(
        self, phrasings: Sequence[Phrasing], vocabulary: Vocabulary, *, own: Collection[str] = ()
    ) -> Matcher:
        """Return a matcher of the same index that also knows these phrasings, without training.

        ``own`` are articles that only the overlay has. Phrasings of other articles outside the index are ignored. The
        vectors of the others are added to ``vocabulary``.
        """
        index = self._index.with_articles(own)
        articles = set(index.articles)
        known = [phrasing for phrasing in phrasings if phrasing.article_id in articles]
        trained = index.trained
        if not known or trained is None:
            return self
        texts = [clean(phrasing.text) for phrasing in known]
        # Process phrasings like utterances, so that the same text asked later has the same reading.
        readings = [index.reader.read(text, language=identify(text)) for text in texts]
        projected: Floats | None = None
        if index.encoder is not None and trained.space is not None:
            sentences = [reading.sentence for reading in readings]
            vocabulary.encode_missing(sentences, index.encoder)
            projected = trained.space.project(vocabulary.vectors_of(sentences))
        vectors: Sequence[Floats | None] = [None] * len(known) if projected is None else list(projected)
        letters = [index.letters.likeness(reading) for reading in readings]
        heard = [None if vector is None else compare(trained, vector) for vector in vectors]
        known_to = Matcher(index)
        kernel = np.stack([known_to._kernel(likeness, each)[1] for likeness, each in zip(letters, heard, strict=True)])
        overlay = Overlay.fit(
            known,
            owner=positions(index.articles, known),
            index=index.letters.index_texts(readings),
            readings=readings,
            projected=projected,
            kernel=kernel,
            among=np.append(index.owner, np.full(kernel.shape[1] - len(index.owner), NOWHERE)),
            scores=kernel @ trained.weights.T,
        )
        return Matcher(index, overlay)

    def state(self) -> bytes | memoryview:
        """Return bytes for a later build.

        Identical to the ``state`` of ``build`` if no training was needed: it is that of the last training.
        """
        return self._index.kept

    def vocabulary(self) -> Vocabulary:
        """Return the vectors of all texts used in training; empty without an encoder."""
        return self._index.spoken

    @property
    def drift(self) -> float:
        """Share of the phrasings that was added or removed since the last training, 0 to 1."""
        return self._index.drift

    def match_each(
        self, utterances: Sequence[str], *, previous: Sequence[str] = (), asked_before: str = ""
    ) -> tuple[Match, ...]:
        """Return the match of each utterance; only the first may follow the question before."""
        found: list[Match] = []
        for number, utterance in enumerate(utterances):
            if number > 1:
                previous, asked_before = [each.article_id for each in found[-1].candidates[:1]], utterances[number - 1]
            elif number == 1:
                previous, asked_before = (), ""
            match = self.match(utterance, previous=previous, asked_before=asked_before)
            # The article of the clause before is shown above this one.
            found.append(match if number < 2 else replace(match, follows=""))
        return tuple(found)

    def match(
        self,
        utterance: str,
        *,
        previous: Sequence[str] = (),
        asked_before: str = "",
        limit: int = DEPTH,
        heard: Heard | None = None,
    ) -> Match:
        """Return up to ``limit`` candidates, best first; never raises for any text.

        Args:
            previous: articles of the last turns, latest first. "Og på mobil?" may be about the latest, and is
                also matched together with the question before.
            asked_before: that question; without it, the title of the article stands for it.
            heard: replaces the encoder.
        """
        text = clean(utterance)
        language = identify(text)
        talk = small_talk(text)
        if talk in self._index.covered_talk:  # an article about it exists, so here it is a question
            talk = None
        nothing = Match(utterance=utterance, language=language, small_talk=talk, candidates=(), precision=0.0)
        if talk is not None or self._index.trained is None:
            return nothing
        reading = self._index.reader.read(text, language=language)
        new = is_new(reading, spread=self._spread, articles=len(self._index.articles))
        scores = self._scores(reading, heard)
        vector = packed_of(self._index, reading, scores.vector) if heard is None else b""
        asked = replace(nothing, new=new, vector=vector, measured=self._index.trained.calibration.measured)
        match = self._decide(asked, scores, self._index.trained.calibration, limit)
        if len(reading.standard) == 1:
            shares = self._index.mentions.shares(reading.standard[0])
            candidates = weigh_word(match.candidates, shares, limit=limit)
            precision = self._index.trained.calibration.share_right(candidates[0].confidence)
            match = replace(match, candidates=candidates, precision=precision)
        follows = ""
        if may_continue(text) and len(reading.standard) > 1:
            follows = next((each for each in previous if each in self._index.articles), "")
        return self._continued(match, text, follows, asked_before) if follows else match

    def _spread(self, meaning: str) -> int:
        """Return the number of articles that have a phrasing with this meaning."""
        found = self._index.letters.having(meaning)
        if found is None:
            return len(self._index.articles)
        articles = set(self._index.owner[found].tolist())
        if self._overlay is not None and (added := self._overlay.index.having(meaning)) is not None:
            articles |= set(self._overlay.owner[added].tolist())
        return len(articles)

    def _continued(self, match: Match, text: str, article_id: str, asked_before: str) -> Match:
        """Return the match with its candidates together with the question before, which ``article_id`` answered."""
        trained = self._index.trained
        assert trained is not None  # noqa: S101  checked by the caller
        own = np.flatnonzero(self._index.owner == self._index.articles.index(article_id))
        before = clean(asked_before) or (clean(self._index.phrasings[int(own[0])].text) if len(own) else "")
        joined = self._index.reader.read(f"{before} {text}", language=match.language)
        led = self._decide(match, self._scores(joined), trained.calibration, _CONTINUED)
        return replace(match, follows=article_id, continued=led.candidates)

    def _decide(self, match: Match, scores: _Scores, calibration: Calibration, limit: int) -> Match:
        best, evidence = self._evidence(scores, max(limit, 2))
        confidence = calibration.confidence(evidence)
        order = range(min(limit, len(best)))
        candidates = tuple(
            Candidate(article_id=self._index.articles[int(best[at])], confidence=float(confidence[at])) for at in order
        )
        precision = calibration.share_right(candidates[0].confidence) if candidates else 0.0
        return replace(match, candidates=candidates, precision=precision)

    def _evidence(self, scores: _Scores, count: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        best = np.argsort(-scores.by_article, kind="stable")[:count]
        assert self._index.trained is not None  # noqa: S101  checked by the callers
        letters = self._nearest(scores.letters)
        meaning = None if scores.meaning is None else self._nearest(scores.meaning)
        return best, evidence_of(scores.by_article, letters, meaning, self._index.trained.crowd, best)

    def _scores(self, reading: Reading, heard: Heard | None = None) -> _Scores:
        trained, overlay = self._index.trained, self._overlay
        assert trained is not None  # noqa: S101  checked by the callers
        letters = self._index.letters.likeness(reading)
        encoded: Floats | None = None
        if heard is None:
            vector, encoded = self._vector(reading, letters)
            heard = None if vector is None else compare(self._index.trained, vector)
        vector = None if heard is None else heard.vector
        meaning, kernel = self._kernel(letters, heard)
        near = kernel[: len(letters)]
        theirs: Floats | None = None
        if overlay is not None:
            own_letters, own_meaning, theirs = overlay.kernel(reading, vector)
            letters = np.append(letters, own_letters)
            near = np.append(near, theirs)
            if meaning is not None and own_meaning is not None:
                meaning = np.append(meaning, own_meaning)
        chosen = np.arange(len(self._index.articles))
        if len(chosen) > SHORTLIST:
            chosen = np.argpartition(-self._nearest(near), SHORTLIST)[:SHORTLIST]
        by_article = np.full(len(self._index.articles), -1.0)
        # Row by row: ``weights[chosen]`` would copy three megabytes for every utterance.
        by_article[chosen] = [np.vecdot(trained.weights[each], kernel) for each in chosen]
        if overlay is not None and theirs is not None:
            by_article[chosen] += [np.vecdot(overlay.weights[each], theirs) for each in chosen]
        return _Scores(by_article=by_article, letters=letters, meaning=meaning, vector=encoded)

    def _vector(self, reading: Reading, letters: Floats) -> tuple[Floats | None, Floats | None]:
        """Return the vector of an utterance in the meaning space, and the encoder's if it had to encode.

        A phrasing in other capitals or dialect gets that phrasing's vector.
        """
        trained = self._index.trained
        if self._index.encoder is None or trained is None or trained.space is None or trained.projected is None:
            return None, None
        nearest_one = int(letters.argmax())
        if letters[nearest_one] >= _IDENTICAL:
            return np.asarray(trained.projected[nearest_one], dtype=np.float32), None
        encoded = self._index.encoder.encode([reading.sentence])[0]
        return trained.space.project(encoded), encoded

    def _kernel(self, letters: Floats, heard: Heard | None) -> tuple[Floats | None, Floats]:
        """Return the similarity to each phrasing by meaning, and the blended similarity to all rows."""
        trained = self._index.trained
        assert trained is not None  # noqa: S101  checked by the callers
        meaning = None if heard is None else heard.meaning
        rows = np.append(letters, np.full(trained.weights.shape[1] - len(letters), UNRELATED))
        near = None if meaning is None else meaning[: len(letters)]
        return near, blend(rows, meaning)

    def _nearest(self, likeness: Floats) -> NDArray[np.float64]:
        """Return the similarity to the nearest phrasing of each article, including the overlay."""
        size = len(self._index.owner)
        found = nearest_from(likeness[:size], self._first_rows)
        found = np.append(found, np.zeros(len(self._index.articles) - len(found)))
        if self._overlay is not None:
            np.maximum.at(found, self._overlay.owner, likeness[size:].astype(np.float64))
        return found

    def explain(self, utterance: str, *, previous: Sequence[str] = ()) -> Explanation:
        """Return the evidence behind ``match``."""
        match = self.match(utterance, previous=previous)
        text = clean(utterance)
        reading = self._index.reader.read(text, language=match.language)
        if not match.candidates:
            return Explanation(match=match, phrasing=None, tokens=reading.standard, repaired=reading.repaired, parts=())
        scores = self._scores(reading)
        first = self._index.articles.index(match.candidates[0].article_id)
        best, evidence = self._evidence(scores, len(self._index.articles))
        clues = evidence[int(np.flatnonzero(best == first)[0])]
        written = [*self._index.phrasings, *(self._overlay.phrasings if self._overlay is not None else ())]
        owner = self._index.owner if self._overlay is None else np.append(self._index.owner, self._overlay.owner)
        own = np.flatnonzero(owner == first)
        likeness = scores.letters if scores.meaning is None else scores.letters + scores.meaning
        word = reading.standard[0] if len(reading.standard) == 1 else None
        share = self._index.mentions.shares(word).get(self._index.articles[first], 0.0) if word is not None else 0.0
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
