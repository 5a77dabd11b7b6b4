"""Result of a rehearsal: which outcomes changed, before a person sees it."""

from dataclasses import dataclass

from dialogs.rehearsal.asked import AskedAgain
from dialogs.rehearsal.verdict import Captured
from knowledge.matching.policy import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedOutcome:
    """A question with its outcome without and with the change.

    ``group``: its article without the change, or its theme.
    """

    asked: AskedAgain
    before: Outcome
    after: Outcome
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalResult:
    """All changed outcomes. ``ran``: questions that the change could touch, and that were asked again."""

    asked: tuple[AskedAgain, ...]
    ran: int
    changed: tuple[ChangedOutcome, ...]
    captured: Captured
