"""The last completed run of each nightly job."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Ground, Purpose, Whose

RETENTION: Final = "retention"


@dataclass(frozen=True, slots=True, kw_only=True)
class NightlyRun:
    """Completion of a nightly job; ``id`` is the job's name. It refers to no person.

    ``removed`` counts the records that the run removed.
    """

    KIND: ClassVar[str] = "nightly_run"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: one for each nightly job",
        whose=Whose.NOBODY,
        ground=Ground.LEGAL_OBLIGATION,
        terms=(),
        erasing=Erasing.KEPT,
    )

    id: Annotated[str, Purpose.ORDER]
    done_at: Annotated[datetime, Purpose.EVIDENCE]
    removed: Annotated[int, Purpose.EVIDENCE] = 0

    def terms(self) -> Iterable[str]:
        """Return no terms: the record is read by the job's name only."""
        return ()
