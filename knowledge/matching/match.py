"""Input and output of a matcher: phrasings, matches, candidates and explanations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from knowledge.language.smalltalk import SmallTalk


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasing:
    """One way to ask for an article, or its title.

    ``language`` is nb, nn or en. ``asked``: people typed it, so that it is an utterance; ``others`` are articles that
    answer it as well.
    """

    article_id: str
    language: str
    text: str
    asked: bool = False
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked before an utterance: its words, and the vectors of its questions, which may be missing."""

    text: str = ""
    vectors: tuple[bytes, ...] = ()

    def __bool__(self) -> bool:
        """Return whether anything was asked."""
        return bool(self.text)


NOTHING_ASKED: Final = Asked()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A possible article, with the calibrated probability (0 to 1) that it is right."""

    article_id: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Possible meanings of an utterance.

    Attributes:
        utterance: the original text.
        language: nb, nn or en; nb if unclear.
        small_talk: set if it is no question; there are then no candidates.
        candidates: best first; the confidences sum to at most 1.
        precision: expected share of right answers at the confidence of the first candidate or above.
        measured: the encoder took part, and the confidences are calibrated on utterances, so that they hold for what
            people type.
        new: it asks about a subject without an article, see ``knowledge.matching.matcher``.
        follows: article of the turn before, which the utterance may be about; empty if it stands alone.
        continued: candidates of the utterance read together with the question before, if it may follow one.
        later: that question is of an earlier message, which may have had no answer, and not the clause before.
        vector: of the utterance, as ``kept_vector.pack_vector`` returns it; empty without the encoder.
    """

    utterance: str
    language: str
    small_talk: SmallTalk | None
    candidates: tuple[Candidate, ...]
    precision: float
    measured: bool = False
    new: bool = False
    follows: str = ""
    continued: tuple[Candidate, ...] = ()
    later: bool = False
    vector: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Reasons for a match.

    Attributes:
        phrasing: the nearest phrasing of the first candidate.
        tokens: the words as compared, with their meanings.
        repaired: corrected typing errors, as (written, meant).
        parts: the evidence for the first candidate, by name.
    """

    match: Match
    phrasing: str | None
    tokens: tuple[str, ...]
    repaired: tuple[tuple[str, str], ...]
    parts: tuple[tuple[str, float], ...]
