"""Decide on a match: answer, clarify, or hand over to a colleague."""

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
    """Decision about one utterance.

    ``article_id`` is set for an answer only. ``candidates`` are the choices for the user: at least two for a
    clarification, none for a handoff.
    """

    kind: OutcomeKind
    article_id: str | None = None
    confidence: float = 0.0
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The two settings for operators, and the thresholds derived from them.

    Attributes:
        right_share: required share of right answers among all answers, 0.5 to 1.
        ask_back: maximum number of choices in a clarification; below 2 the bot never clarifies.
    """

    right_share: float = 0.97
    ask_back: int = 3

    def __post_init__(self) -> None:
        """Raise ValueError for a share outside [0.5, 1] or a negative number of choices."""
        if not 0.5 <= self.right_share <= 1:
            raise ValueError(f"right_share must be between 0.5 and 1, not {self.right_share}")
        if self.ask_back < 0:
            raise ValueError(f"ask_back must not be negative, but is {self.ask_back}")

    @property
    def clarify_from(self) -> float:
        """Minimum probability that the right article is among the choices.

        A clarification costs the user a look at a list, which always includes "none of these"; a handoff costs a
        colleague's time. A list is shown if it helps at least three users in ten.
        """
        return 0.3

    @property
    def first_from(self) -> float:
        """Minimum confidence of the first choice.

        A list that starts with a guess is worse than "I do not know".
        """
        return 0.2

    @property
    def also_from(self) -> float:
        """Minimum confidence of the third and further choices.

        Less likely ones only make the list look wrong.
        """
        return 0.03

    @property
    def answer_from(self) -> float:
        """Minimum confidence of an answer: its error probability may be at most five times the average.

        A good average does not help the user with an uncertain answer. A list costs a look; a wrong answer costs trust.
        """
        return max(0.5, 1 - 5 * (1 - self.right_share))

    def outcome(self, match: Match) -> Outcome:
        """Decide about a match.

        Small talk never gets an article. An unknown question is handed over.

        A question about a new subject is not answered, however close the match is: a list expresses the uncertainty
        better.
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
