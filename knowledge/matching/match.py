"""The values a matcher takes and gives: phrasings in, a match with its candidates out, and why."""

from __future__ import annotations

from dataclasses import dataclass

from knowledge.language.smalltalk import SmallTalk


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
        new: it asks about something no article is about, see ``knowledge.matching.novelty``.
    """

    utterance: str
    language: str
    small_talk: SmallTalk | None
    candidates: tuple[Candidate, ...]
    precision: float
    new: bool = False


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
