"""Rate limit for guests: questions sent per municipality and hour."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose

WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestAllowance:
    """Counter of one municipality; ``id`` is the municipality id.

    It refers to no person.

    ``sent`` counts from ``since``, for one hour. Every guest question writes this record, so two questions cannot both
    take the last place.
    """

    KIND: ClassVar[str] = "guest_allowance"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: one for each municipality", whose=Whose.NOBODY, terms=(), erasing=Erasing.KEPT
    )

    id: Annotated[str, Purpose.ORDER]
    since: Annotated[datetime, Purpose.TIME]
    sent: Annotated[int, Purpose.ORDER] = 0

    def terms(self) -> Iterable[str]:
        """Return no terms: the record is read by municipality id only."""
        return ()

    def at(self, now: datetime) -> Self:
        """Return the counter for the hour that contains ``now``."""
        return self if now - self.since < WINDOW else replace(self, since=now, sent=0)

    def spend(self) -> Self:
        """Return the counter with one more question."""
        return replace(self, sent=self.sent + 1)

    @property
    def renewed_at(self) -> datetime:
        """The time when counting restarts."""
        return self.since + WINDOW
