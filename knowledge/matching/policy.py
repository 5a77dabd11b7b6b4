"""What to do with a match: answer, ask back, or hand over."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from knowledge.matching.matcher import Candidate, Match


class OutcomeKind(StrEnum):
    """The three outcomes for a question, and small talk."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HAND_OVER = "hand_over"
    SMALL_TALK = "small_talk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the bot does with one utterance.

    ``article_id`` is the article to answer with, and only set for an answer. ``candidates`` are what a person may
    pick from: two or more when asking back, none when handing over.
    """

    kind: OutcomeKind
    article_id: str | None = None
    confidence: float = 0.0
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The two settings an operator understands, and the thresholds that follow from them.

    Attributes:
        right_share: of the answers given, at least this share is right, 0.5 to 1.
        ask_back: most candidates shown when unsure; below 2 the bot never asks back.
    """

    right_share: float = 0.97
    ask_back: int = 3

    def __post_init__(self) -> None:
        """Raise ValueError for a share outside [0.5, 1] or a negative number of ways."""
        if not 0.5 <= self.right_share <= 1:
            raise ValueError(f"right_share must be between 0.5 and 1, not {self.right_share}")
        if self.ask_back < 0:
            raise ValueError(f"ask_back must not be negative, but is {self.ask_back}")

    @property
    def clarify_from(self) -> float:
        """The chance that the right article is among those shown, from which asking back is worth the reader's time.

        Asking back costs a glance at a list that always has "none of these"; handing over costs a colleague's time. We
        ask when the list helps at least three readers in ten.
        """
        return 0.3

    @property
    def first_from(self) -> float:
        """The least chance of the first candidate: a list that begins with a mere guess says "I do not know" badly."""
        return 0.2

    @property
    def also_from(self) -> float:
        """The least chance of a third candidate and those after it: below, they only make the list look foolish."""
        return 0.03

    @property
    def answer_from(self) -> float:
        """The least chance of an answer: it may be wrong five times as often as answers may be together, and no more.

        That others were sure is no comfort to the reader of this one. A list costs a glance; a wrong answer costs
        trust.
        """
        return max(0.5, 1 - 5 * (1 - self.right_share))

    def outcome(self, match: Match) -> Outcome:
        """Decide. Small talk is never an article; a question nobody knows is handed over.

        What asks about something new is not answered, however near it comes: a list says better that Heia is not sure.
        """
        if match.small_talk is not None:
            return Outcome(kind=OutcomeKind.SMALL_TALK)
        best = match.candidates[0].confidence if match.candidates else 0.0
        sure = match.precision >= self.right_share and best >= self.answer_from
        if match.candidates and sure and not match.new:
            first = match.candidates[0]
            return Outcome(
                kind=OutcomeKind.ANSWER,
                article_id=first.article_id,
                confidence=first.confidence,
                candidates=match.candidates[: max(self.ask_back, 1)],
            )
        listed = match.candidates[: self.ask_back]
        shown = listed[:2] + tuple(each for each in listed[2:] if each.confidence >= self.also_from)
        if (
            len(shown) >= 2
            and best >= self.first_from
            and sum(candidate.confidence for candidate in shown) >= self.clarify_from
        ):
            return Outcome(kind=OutcomeKind.CLARIFY, confidence=best, candidates=shown)
        return Outcome(kind=OutcomeKind.HAND_OVER, confidence=best)
