"""Why a question counts as unanswered."""

from enum import StrEnum

from dialogs.core.question import Question
from knowledge.matching.policy import OutcomeKind


class UnansweredReason(StrEnum):
    """Each has a catalogue text, ``unanswered.reason.…``."""

    UNKNOWN = "unknown"
    ASKED_BACK = "asked_back"
    HANDED_OVER = "handed_over"
    NOT_HELPED = "not_helped"


def reason_of(question: Question) -> UnansweredReason:
    if question.helped is False:
        return UnansweredReason.NOT_HELPED
    if question.handed_over:
        return UnansweredReason.HANDED_OVER
    return UnansweredReason.ASKED_BACK if question.outcome is OutcomeKind.CLARIFY else UnansweredReason.UNKNOWN
