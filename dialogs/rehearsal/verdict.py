"""Judge a changed outcome: better, worse, or unclear without a person."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from knowledge.matching.policy import Outcome, OutcomeKind

_NO_ANSWER: Final = frozenset({OutcomeKind.HAND_OVER, OutcomeKind.SMALL_TALK})


class Change(StrEnum):
    """The meaning of a change for one question. Each has a catalogue text, ``rehearsal.change.…``."""

    WORSE = "worse"
    UNCLEAR = "unclear"
    BETTER = "better"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Evidence about the right answer to a question.

    Attributes:
        expected: entries that are right; empty if none should answer; None if it is not known.
        refused: entries that did not help.
    """

    expected: frozenset[str] | None = None
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """Entries that gained a phrasing of another entry: pairs of the two, the former owner first."""

    pairs: frozenset[tuple[str, str]] = field(default_factory=frozenset)


def is_changed(before: Outcome, after: Outcome) -> bool:
    """Return whether an asker sees another outcome."""
    return _shown(before) != _shown(after)


def judge(before: Outcome, after: Outcome, evidence: Evidence, captured: Captured) -> Change:
    """Return the meaning of a changed outcome."""
    if evidence.expected is not None:
        was, becomes = (_score(outcome, evidence.expected) for outcome in (before, after))
        if was == becomes:
            return Change.UNCLEAR
        return Change.BETTER if becomes > was else Change.WORSE
    if before.article_id is not None and before.article_id in evidence.refused:
        return Change.UNCLEAR
    if after.article_id is not None and after.article_id in evidence.refused:
        return Change.WORSE
    if before.article_id is not None and after.article_id is not None:
        taken = (before.article_id, after.article_id) in captured.pairs
        return Change.WORSE if taken else Change.UNCLEAR
    if before.article_id is None and after.article_id is not None:
        listed = {candidate.article_id for candidate in before.candidates}
        stolen = any((article_id, after.article_id) in captured.pairs for article_id in listed)
        return Change.WORSE if stolen else Change.BETTER
    if before.article_id is not None:
        return Change.WORSE
    if before.kind in _NO_ANSWER and after.kind is OutcomeKind.CLARIFY:
        return Change.BETTER
    return Change.WORSE if after.kind in _NO_ANSWER else Change.UNCLEAR


def _shown(outcome: Outcome) -> tuple[OutcomeKind, str | None, tuple[str, ...]]:
    listed = (
        tuple(candidate.article_id for candidate in outcome.candidates) if outcome.kind is OutcomeKind.CLARIFY else ()
    )
    return outcome.kind, outcome.article_id, listed


def _score(outcome: Outcome, expected: frozenset[str]) -> int:
    """Return how good an outcome is: 3 is right, 0 is a wrong answer."""
    outside = outcome.kind in {OutcomeKind.OUT_OF_SCOPE, OutcomeKind.DECLINE}
    if not expected:
        return (
            3 if (outcome.article_id is None and outcome.kind in _NO_ANSWER) or outside else 1 if _lists(outcome) else 0
        )
    if outcome.article_id in expected:
        return 3
    if _lists(outcome):
        return 2 if any(candidate.article_id in expected for candidate in outcome.candidates) else 1
    return 0 if outcome.article_id is not None else 1


def _lists(outcome: Outcome) -> bool:
    return outcome.kind is OutcomeKind.CLARIFY
