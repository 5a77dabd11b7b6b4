"""Worklist of one helper.

It is written with every offer, so that two questions cannot take the same free capacity.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated, ClassVar, Final, Self

from dialogs.core.data_rules import DataRules, Purpose, Whose
from knowledge.organisation.fair_share import LATELY

MAX_DONE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """The handoffs a helper was offered and has accepted.

    ``id`` is the helper's person id. ``taken`` are the days of acceptances in the last 13 weeks. ``last_offer_at``
    orders helpers at the same distance. ``slot`` is the slot of the worklist card, once requested; it is kept up to
    date. ``looked_at`` is the time of that request, and ``queue`` are the shown questions without an owner. ``done``
    are the last solved handoffs, newest first. ``of_guests`` are the handoffs of guests in ``open`` and ``offered``.
    """

    KIND: ClassVar[str] = "desk"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one, within the ambassador's capacity", whose=Whose.HELPER, terms=(), by_id=True
    )

    id: Annotated[str, Purpose.ORDER]
    municipality_id: Annotated[str, Purpose.NETWORK]
    open: Annotated[tuple[str, ...], Purpose.NETWORK] = ()
    offered: Annotated[tuple[str, ...], Purpose.NETWORK] = ()
    taken: Annotated[tuple[date, ...], Purpose.NETWORK] = ()
    last_offer_at: Annotated[datetime | None, Purpose.NETWORK] = None
    slot: Annotated[str | None, Purpose.ORDER] = None
    looked_at: Annotated[datetime | None, Purpose.TIME] = None
    queue: Annotated[tuple[str, ...], Purpose.ORDER] = ()
    done: Annotated[tuple[str, ...], Purpose.NETWORK] = ()
    of_guests: Annotated[tuple[str, ...], Purpose.NETWORK] = ()

    def terms(self) -> Iterable[str]:
        yield f"municipality:{self.municipality_id}"

    @property
    def used_capacity(self) -> int:
        """Used capacity; an unanswered offer counts too."""
        return len(self.open) + len(self.offered)

    def without(self, handoff_id: str) -> Self:
        return replace(
            self,
            open=tuple(id_ for id_ in self.open if id_ != handoff_id),
            offered=tuple(id_ for id_ in self.offered if id_ != handoff_id),
            done=tuple(id_ for id_ in self.done if id_ != handoff_id),
            of_guests=tuple(id_ for id_ in self.of_guests if id_ != handoff_id),
        )

    def with_offer(self, handoff_id: str, at: datetime, *, of_guest: bool = False) -> Self:
        rest = self.without(handoff_id)._counted(handoff_id, of_guest)
        return replace(rest, offered=(*rest.offered, handoff_id), last_offer_at=at)

    def with_open(self, handoff_id: str, on: date, *, of_guest: bool = False) -> Self:
        # Every change of an accepted hand-off comes here; it counts as taken only once.
        if handoff_id in self.open:
            return self
        rest = self.without(handoff_id)._counted(handoff_id, of_guest)
        return replace(rest, open=(*rest.open, handoff_id), taken=(*rest.taken_lately(on), on))

    def _counted(self, handoff_id: str, of_guest: bool) -> Self:
        return replace(self, of_guests=(*self.of_guests, handoff_id)) if of_guest else self

    def with_done(self, handoff_id: str) -> Self:
        if handoff_id in self.done:
            return self
        rest = self.without(handoff_id)
        return replace(rest, done=(handoff_id, *rest.done)[:MAX_DONE])

    def taken_lately(self, on: date) -> tuple[date, ...]:
        """Return the days of acceptances that still count on ``on``."""
        return tuple(day for day in self.taken if day > on - LATELY)
