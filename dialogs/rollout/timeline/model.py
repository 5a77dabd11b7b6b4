"""Milestones as changed on the desk, and the history of these changes."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose, month_term
from dialogs.core.milestone import Milestone
from knowledge.organisation.unit import PersonId

EVERY: Final = "all"
# Search terms: of entries for all municipalities, and of those that replace a line of the file.
SHARED: Final = "shared"
OVERRIDING: Final = "overriding"


class PlanAct(StrEnum):
    """What a change did."""

    ADDED = "added"
    EDITED = "edited"
    MOVED = "moved"
    DONE = "done"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"
    # Of the desk's text and the file's, which changed after it, one was chosen.
    KEPT = "kept"
    FILE_AGAIN = "file_again"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEntry:
    """A milestone as the desk has it. Every act writes it, so that two at once conflict.

    Attributes:
        id: key of the milestone.
        number: counts the changes; a form names the one it was made from.
        plan: what readers get.
        sequence: of calendars; never lower than before.
        file_digest: of the file's line at the change, for ``file_changed``; empty without one.
        from_file: the file's line applies, and the entry only keeps number and sequence.
        draft_id: the announcement drafted for the last change, in its edition ``draft_edition``.
        told: the planned date that readers know, from before that draft.
    """

    KIND: ClassVar[str] = "milestone"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: 500 for each municipality", whose=Whose.NOBODY, terms=(), erasing=Erasing.KEPT
    )

    id: Annotated[str, Purpose.ORDER]
    number: Annotated[int, Purpose.ORDER]
    plan: Annotated[Milestone, Purpose.INFORM]
    sequence: Annotated[int, Purpose.ORDER] = 0
    file_digest: Annotated[str, Purpose.ORDER] = ""
    from_file: Annotated[bool, Purpose.ORDER] = False
    draft_id: Annotated[str, Purpose.ORDER] = ""
    draft_edition: Annotated[int, Purpose.ORDER] = 0
    told: Annotated[str, Purpose.INFORM] = ""
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield EVERY
        for municipality_id in self.plan.municipalities:
            yield f"municipality:{municipality_id}"
        if not self.plan.municipalities:
            yield SHARED
        if self.file_digest:
            yield OVERRIDING


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanChange:
    """One change of a milestone; never changed itself.

    Attributes:
        before: the planned date before; empty for a new milestone.
        after: the planned date after it.
        reason: as the editor wrote it, for the history.
    """

    KIND: ClassVar[str] = "milestone_change"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each change of the plan",
        whose=Whose.ACTOR,
        months=24,
        dated="at",
        terms=("editor:{id}",),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    milestone_id: Annotated[str, Purpose.INFORM]
    number: Annotated[int, Purpose.ORDER]
    act: Annotated[PlanAct, Purpose.EVIDENCE]
    by: Annotated[PersonId, Purpose.EVIDENCE]
    at: Annotated[datetime, Purpose.TIME]
    before: Annotated[str, Purpose.INFORM] = ""
    after: Annotated[str, Purpose.INFORM] = ""
    reason: Annotated[str, Purpose.EVIDENCE] = ""

    def terms(self) -> Iterable[str]:
        yield f"milestone:{self.milestone_id}"
        yield f"editor:{self.by}"
        yield month_term(self.at)


def digest_of(line: Milestone) -> str:
    """Return a digest of what the file says of a milestone."""
    values = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(line).items()}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:32]
