"""How many questions guests have sent to the colleagues of one municipality within the last hour."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final, Self

WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestAllowance:
    """Counter of one municipality; ``id`` is the municipality's. It names no person.

    ``sent`` counts from ``since``, for one hour. Each guest's question writes it, so no two can take the last place.
    """

    KIND: ClassVar[str] = "guest_allowance"
    SCHEMA: ClassVar[int] = 1

    id: str
    since: datetime
    sent: int = 0

    def terms(self) -> Iterable[str]:
        """Return nothing: it is looked up by its municipality."""
        return ()

    def at(self, now: datetime) -> Self:
        """Return the counter of the hour ``now`` lies in."""
        return self if now - self.since < WINDOW else replace(self, since=now, sent=0)

    def spend(self) -> Self:
        """Return the counter with one more question sent."""
        return replace(self, sent=self.sent + 1)

    @property
    def renewed_at(self) -> datetime:
        """When counting starts again."""
        return self.since + WINDOW
