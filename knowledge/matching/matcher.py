"""Find the articles an utterance may ask for, with calibrated confidence, or that it is about something new."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from knowledge.language.identify import identify
from knowledge.language.lexicon.known import is_known
from knowledge.language.smalltalk import small_talk
from knowledge.language.text import clean
from knowledge.matching.calibration import DEPTH
from knowledge.matching.encoder import Encoder
from knowledge.matching.evidence import EVIDENCE, Likenesses, evidence_of, likenesses, shortlist
from knowledge.matching.features import Floats, likeness
from knowledge.matching.followup import may_continue
from knowledge.matching.index import Learned, TrainedIndex
from knowledge.matching.kept_vector import in_one_direction, pack_vector, same_encoder, unpack_vectors
from knowledge.matching.match import NOTHING_ASKED, Asked, Candidate, Explanation, Match, Phrasing
from knowledge.matching.mention import line, weigh_word
from knowledge.matching.overlay import Overlay
from knowledge.matching.part import Judgement
from knowledge.matching.reading import Reading

# Detect questions about a subject without any article: "når kommer bussen" without bus articles.

# Limits: a word in the phrasings of more articles than both does not identify a subject.
_COMMON_SHARE: Final = 0.2
_COMMON_LEAST: Final = 5

# Words up to this length are function words, not subjects.
_SHORT: Final = 2


def is_new(reading: Reading, *, spread: Callable[[str], int], articles: int) -> bool:
    """Return whether all subject words are unknown to the index, but correctly spelled.

    Args:
        spread: number of articles that have a phrasing with a given meaning.
        articles: number of all articles.
    """
    common = max(_COMMON_LEAST, _COMMON_SHARE * articles)
    new = False
    for word, meaning in zip(reading.spelled, reading.meanings, strict=True):
        number = spread(meaning)
        if number > common or (number == 0 and len(word) <= _SHORT):
            continue
        if number > 0 or not is_known(word):
            return False
        new = True
    return new


__all__ = ["Candidate", "Explanation", "Match", "Matcher", "Phrasing"]


# Number of candidates of an utterance together with the question before: the article of that is one of them.
_CONTINUED: Final = 4

# Confidence from which a message says enough to be read alone, if it has no form of a follow-up.
_SURE_ALONE: Final = 0.85

# Confidence of an earlier article from which an utterance goes back to it, if the latest is no candidate.
_BACK_FROM: Final = 0.07

# Least confidence of the only article that has a phrasing of these very words.
_SAME_WORDS: Final = 0.97
# The same for one word.
_SAME_WORD: Final = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reached:
    """Evidence about one utterance.

    Attributes:
        vector: of the utterance in the meaning space, if it is known.
        encoded: the encoder's, if it was asked.
    """

    reading: Reading
    likenesses: Likenesses
    judgement: Judgement
    vector: Floats | None
    encoded: Floats | None


class Matcher:
    """Searches a trained index, with an optional overlay.

    A content change needs a new instance.

    ``match`` and ``explain`` change no state, but stemming is not reentrant: call them from one thread at a time.
    """

    def __init__(self, index: TrainedIndex, overlay: Overlay | None = None) -> None:
        """Search ``index`` and, if given, ``overlay``."""
        self._index = index
        self._overlay = overlay

    @classmethod
    def build(
        cls,
        phrasings: Sequence[Phrasing],
        *,
        encoder: Encoder | None = None,
        known: Learned | None = None,
        unanswered: Sequence[str] = (),
        compare: bool = False,
    ) -> Matcher:
        """Return a matcher of ``phrasings``.

        Args:
            known: what an earlier matcher learned, of these phrasings or others. Of an article with the same phrasings
                nothing is learned again, so that a restart learns nothing and an edit costs its own articles.
            unanswered: utterances that no article answers, to learn from.
            compare: learn everything again, also how vectors are compared. Takes minutes for 30,000 phrasings.
        """
        index = TrainedIndex.build(phrasings, encoder=encoder, known=known, unanswered=unanswered, compare=compare)
        return cls(index)

    @property
    def index(self) -> TrainedIndex:
        """The trained index, without the overlay."""
        return self._index

    @property
    def learned(self) -> Learned:
        """What a later build need not learn again."""
        return self._index.learned

    @property
    def overlay(self) -> Overlay | None:
        """The extra phrasings, if there are any."""
        return self._overlay

    def for_another_thread(self) -> Matcher:
        """Return a matcher of the same index and overlay that may be used while this one is."""
        return Matcher(replace(self._index, reader=self._index.reader.copy()), self._overlay)

    def by_words(self) -> Matcher:
        """Return a matcher of the same index and overlay that never asks the encoder, for another thread."""
        index = replace(self._index, reader=self._index.reader.copy(), encoder=None, meaning=None)
        return Matcher(index, self._overlay)

    def with_overlay(self, phrasings: Sequence[Phrasing], *, own: Collection[str] = ()) -> Matcher:
        """Return a matcher of the same index that also knows these phrasings, without learning.

        ``own`` are articles that only the overlay has. Phrasings of other articles outside the index are ignored.
        """
        articles = {*self._index.articles, *own}
        known = [phrasing for phrasing in phrasings if phrasing.article_id in articles]
        frame = self._index.frame
        if not known or frame is None:
            return self
        # Process phrasings like utterances, so that the same text asked later has the same reading.
        readings = [self._index.reader.read(text, language=identify(text)) for text in (clean(p.text) for p in known)]
        encoder, meaning = self._index.encoder, self._index.meaning
        if encoder is None or meaning is None or frame.space is None:
            return Matcher(self._index, Overlay.fit(known, readings, frame.letters))
        projected = frame.space.project(encoder.encode([reading.sentence for reading in readings]))
        rival = np.zeros(len(known), dtype=np.float32)
        for at, (phrasing, vector) in enumerate(zip(known, projected, strict=True)):
            likely = shortlist(self._index.letters.scores(*frame.letters.weigh(readings[at])), meaning.scores(vector))
            others = [place for place in likely.tolist() if self._index.articles[place] != phrasing.article_id]
            rival[at] = self._index.nearest(vector, np.array(others, dtype=np.int64)).max(initial=0.0)
        return Matcher(self._index, Overlay.fit(known, readings, frame.letters, projected=projected, rival=rival))

    def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous: Sequence[str] = (),
        asked_before: Asked = NOTHING_ASKED,
        independent: bool = False,
    ) -> tuple[Match, ...]:
        """Return the match of each utterance; only the first may follow the question before.

        The others are clauses of one message, and may follow the clause before, unless they are ``independent``.
        """
        matches: list[Match] = []
        for number, utterance in enumerate(utterances):
            if number > 1 and not independent:
                previous = [candidate.article_id for candidate in matches[-1].candidates[:1]]
                asked_before = Asked(text=utterances[number - 1], vectors=(matches[-1].vector,))
            elif number == 1:
                previous, asked_before = (), NOTHING_ASKED
            match = self.match(utterance, previous=previous, asked_before=asked_before, in_conversation=number == 0)
            # The article of the clause before is shown above this one.
            matches.append(match if number < 2 else replace(match, follows=""))
        return tuple(matches)

    def match(
        self,
        utterance: str,
        *,
        previous: Sequence[str] = (),
        asked_before: Asked = NOTHING_ASKED,
        limit: int = DEPTH,
        heard: Floats | None = None,
        in_conversation: bool = True,
    ) -> Match:
        """Return up to ``limit`` candidates, best first; never raises for any text.

        Args:
            previous: articles of the last turns, latest first. "Og på mobil?" may be about the latest, and is
                also matched together with the question before.
            asked_before: that question; without it, the title of the article stands for it.
            heard: vector in the meaning space, which replaces the encoder.
            in_conversation: ``previous`` are of earlier messages, and not of the clause before.
        """
        text = clean(utterance)
        language = identify(text)
        talk = small_talk(text)
        if talk in self._index.covered_talk:  # an article about it exists, so here it is a question
            talk = None
        nothing = Match(utterance=utterance, language=language, small_talk=talk, candidates=(), precision=0.0)
        if talk is not None or self._index.frame is None:
            return nothing
        reading = self._index.reader.read(text, language=language)
        new = is_new(reading, spread=self._spread, articles=len(self._index.articles))
        reached = self._reach(reading, heard)
        encoder = self._index.encoder
        packed = (
            b"" if reached.encoded is None or encoder is None else pack_vector(reached.encoded, encoder=encoder.name)
        )
        # By words alone near articles are harder to separate, so an answer needs more confidence.
        measured = reached.judgement.calibration.measured and reached.vector is not None
        asked = replace(nothing, new=new, vector=packed, measured=measured)
        match = self._decide(asked, reached, limit)
        if len(reading.standard) == 1:
            shares = self._index.mentions.shares(reading.standard[0])
            weighed = weigh_word(match.candidates, shares, limit=limit)
            # "Printer" is in many phrasings, and one article's whole phrasing: its answer, with the others below.
            own = self._index.mentions.articles_with(line(utterance))
            candidates = tuple(_same_words(list(weighed), own, _SAME_WORD)[:limit])
            precision = reached.judgement.calibration.share_right(candidates[0].confidence) if candidates else 0.0
            match = replace(match, candidates=candidates, precision=precision)
        sure = bool(match.candidates) and match.candidates[0].confidence >= _SURE_ALONE
        if not may_continue(text) and not (in_conversation and measured and not sure):
            return match
        follows, asked_before = self._topic(match, previous, asked_before)
        # "iPhone" is a reply to a list of choices, and a subject of its own after an answer.
        goes_on = follows and len(reading.standard) > 1
        later = in_conversation and bool(goes_on or (asked_before and not previous))
        return self._continued(match, reached, follows, asked_before, later=later) if goes_on or later else match

    def likenesses_of(self, utterance: str) -> Likenesses:
        """Return the evidence about an utterance and its likeliest articles; for an index with phrasings."""
        text = clean(utterance)
        return self._reach(self._index.reader.read(text, language=identify(text))).likenesses

    def _spread(self, meaning: str) -> int:
        """Return the number of articles that have a phrasing with this meaning."""
        added = 0 if self._overlay is None else self._overlay.spread.get(meaning, 0)
        return self._index.spread.get(meaning, 0) + added

    def _topic(self, match: Match, previous: Sequence[str], asked_before: Asked) -> tuple[str, Asked]:
        """Return the article that an utterance may go on about, and the question before if it was about that.

        The latest, but for "Tilbake til skanninga": its words are near to an earlier one, and not to the latest.
        """
        known = [article for article in previous if article in self._index.articles]
        shares = {candidate.article_id: candidate.confidence for candidate in match.candidates}
        if known and known[0] not in shares:
            earlier = (article for article in known[1:] if shares.get(article, 0.0) >= _BACK_FROM)
            back = next(earlier, "")
            if back:
                return back, NOTHING_ASKED
        return (known[0] if known else ""), asked_before

    def _continued(
        self, match: Match, reached: _Reached, article_id: str, asked_before: Asked, *, later: bool
    ) -> Match:
        """Return the match with its candidates together with the question before, and the article that answered it."""
        before = clean(asked_before.text) or clean(self._index.title_of(article_id))
        joined = self._index.reader.read(f"{before} {clean(match.utterance)}", language=match.language)
        led = self._decide(match, self._reach(joined, self._heard_together(reached, asked_before)), _CONTINUED)
        return replace(match, follows=article_id, continued=led.candidates, later=later)

    def _heard_together(self, reached: _Reached, asked_before: Asked) -> Floats | None:
        """Return the vector of an utterance and what was asked before, in the meaning space; None if one is missing.

        The sum of their vectors tells what they are about as well as the vector of their words in one text, which the
        encoder would have to read again.
        """
        encoder, frame = self._index.encoder, self._index.frame
        if encoder is None or frame is None or frame.space is None or reached.encoded is None:
            return None
        if not asked_before.vectors or not all(same_encoder(said, encoder.name) for said in asked_before.vectors):
            return None
        before = unpack_vectors(asked_before.vectors).sum(axis=0)
        return frame.space.project(in_one_direction(before, reached.encoded))

    def _reach(self, reading: Reading, vector: Floats | None = None) -> _Reached:
        """Return the likenesses of an utterance; the encoder reads it unless ``vector`` is given."""
        index, frame = self._index, self._index.frame
        assert frame is not None  # noqa: S101  checked by the callers
        letters = index.letters.scores(*frame.letters.weigh(reading))
        encoded: Floats | None = None
        if vector is None and index.encoder is not None and index.meaning is not None and frame.space is not None:
            encoded = index.encoder.encode([reading.sentence])[0]
            vector = frame.space.project(encoded)
        if vector is None or index.meaning is None or frame.meaning is None:
            articles = shortlist(letters, None)
            found, judgement = likenesses(letters, None, None, articles), frame.words
        else:
            meaning = index.meaning.scores(vector)
            articles = shortlist(letters, meaning)
            found, judgement = likenesses(letters, meaning, index.nearest(vector, articles), articles), frame.meaning
        return _Reached(reading=reading, likenesses=found, judgement=judgement, vector=vector, encoded=encoded)

    def _decide(self, match: Match, reached: _Reached, limit: int) -> Match:
        articles, evidence = evidence_of(reached.likenesses, reached.judgement.blend, max(limit, 2))
        confidence = reached.judgement.calibration.confidence(evidence)
        candidates = [
            Candidate(article_id=self._index.articles[at], confidence=float(sure))
            for at, sure in zip(articles.tolist(), confidence, strict=True)
        ]
        if self._overlay is not None:
            frame = self._index.frame
            assert frame is not None  # noqa: S101  checked by the callers
            candidates = self._overlay.applied(candidates, frame.letters.weigh(reached.reading), reached.vector)
        candidates = _same_words(candidates, self._index.mentions.articles_with(line(match.utterance)))[:limit]
        precision = reached.judgement.calibration.share_right(candidates[0].confidence) if candidates else 0.0
        return replace(match, candidates=tuple(candidates), precision=precision)

    def explain(self, utterance: str, *, previous: Sequence[str] = ()) -> Explanation:
        """Return the evidence behind ``match``."""
        match = self.match(utterance, previous=previous)
        text = clean(utterance)
        reading = self._index.reader.read(text, language=match.language)
        if not match.candidates:
            return Explanation(match=match, phrasing=None, tokens=reading.standard, repaired=reading.repaired, parts=())
        first = match.candidates[0].article_id
        reached = self._reach(reading)
        articles, evidence = evidence_of(reached.likenesses, reached.judgement.blend, len(reached.likenesses.articles))
        ids = [self._index.articles[at] for at in articles.tolist()]
        spoken = self._index.meaning is not None
        parts = [
            (name, value)
            for name, value in zip(EVIDENCE, evidence[ids.index(first)].tolist() if first in ids else (), strict=False)
            if spoken or name != "nearest by meaning"
        ]
        if len(reading.standard) == 1:
            parts.append(("share of the word", self._index.mentions.shares(reading.standard[0]).get(first, 0.0)))
        return Explanation(
            match=match,
            phrasing=self._nearest_phrasing(reached, first),
            tokens=tuple(
                f"{word}{meaning}" if meaning.startswith("=") else word
                for word, meaning in zip(reading.standard, reading.meanings, strict=True)
            ),
            repaired=reading.repaired,
            parts=tuple(parts),
        )

    def _nearest_phrasing(self, reached: _Reached, article_id: str) -> str | None:
        """Return the phrasing of an article that is nearest: by letters, and by meaning where that is known."""
        index, frame = self._index, self._index.frame
        own = [p for p in index.phrasings if p.article_id == article_id]
        own += [p for p in (self._overlay.phrasings if self._overlay is not None else ()) if p.article_id == article_id]
        if not own or frame is None:
            return None
        readings = [index.reader.read(clean(p.text), language=p.language, mend=False) for p in own]
        near = likeness(frame.letters.weigh(reached.reading), frame.letters.weigh_all(readings))
        if reached.vector is not None and index.encoder is not None and frame.space is not None:
            vectors = index.encoder.encode([reading.sentence for reading in readings])
            near = near + frame.space.project(vectors) @ reached.vector
        return clean(own[int(near.argmax())].text)


def _same_words(candidates: list[Candidate], articles: Collection[str], share: float = _SAME_WORDS) -> list[Candidate]:
    """Return the candidates with the only article that has a phrasing of the same words first, and sure."""
    if len(articles) != 1:
        return candidates
    [article] = articles
    own = next((c for c in candidates if c.article_id == article), Candidate(article_id=article, confidence=0.0))
    if candidates and candidates[0] is own and own.confidence >= share:
        return candidates
    rest = [c for c in candidates if c.article_id != article]
    left = (1 - share) / max(sum(c.confidence for c in rest), 1 - share)
    return [replace(own, confidence=share), *(replace(c, confidence=c.confidence * left) for c in rest)]
