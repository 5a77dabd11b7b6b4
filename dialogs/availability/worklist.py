"""What lies on one helper's desk. Written with every offer, so that two questions cannot take the same free place."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import ClassVar, Final, Self

from knowledge.article.share import LATELY

MOST_DONE: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Worklist:
    """The handoffs a helper has been offered and has taken. ``taken`` are the days of the latter, of the last 13 weeks.

    ``id`` is the helper's person id. ``last_offer_at`` orders helpers who are otherwise equally near.
    ``slot`` is where the helper's desk card is, once they have asked for it; it is kept up to date there. ``looked_at``
    is when they did, and ``queue`` the questions without an owner it shows. ``done`` are the handoffs solved last, the
    newest first. ``of_guests`` are those among ``open`` and ``offered`` that guests of the web page asked.
    """

    KIND: ClassVar[str] = "desk"
    SCHEMA: ClassVar[int] = 1

    id: str
    municipality_id: str
    open: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    taken: tuple[date, ...] = ()
    last_offer_at: datetime | None = None
    slot: str | None = None
    looked_at: datetime | None = None
    queue: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    of_guests: tuple[str, ...] = ()

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"municipality:{self.municipality_id}"

    @property
    def load(self) -> int:
        """How many places are taken; an unanswered offer takes one."""
        return len(self.open) + len(self.offered)

    def without(self, handoff_id: str) -> Self:
        """Return the desk with the handoff gone from it."""
        return replace(
            self,
            open=tuple(id_ for id_ in self.open if id_ != handoff_id),
            offered=tuple(id_ for id_ in self.offered if id_ != handoff_id),
            done=tuple(id_ for id_ in self.done if id_ != handoff_id),
            of_guests=tuple(id_ for id_ in self.of_guests if id_ != handoff_id),
        )

    def with_offer(self, handoff_id: str, at: datetime, *, of_guest: bool = False) -> Self:
        """Return the desk with the handoff offered."""
        rest = self.without(handoff_id)._counted(handoff_id, of_guest)
        return replace(rest, offered=(*rest.offered, handoff_id), last_offer_at=at)

    def with_open(self, handoff_id: str, on: date, *, of_guest: bool = False) -> Self:
        """Return the desk with the handoff taken."""
        if handoff_id in self.open:
            return self
        rest = self.without(handoff_id)._counted(handoff_id, of_guest)
        return replace(rest, open=(*rest.open, handoff_id), taken=(*rest.taken_lately(on), on))

    def _counted(self, handoff_id: str, of_guest: bool) -> Self:
        return replace(self, of_guests=(*self.of_guests, handoff_id)) if of_guest else self

    def with_done(self, handoff_id: str) -> Self:
        """Return the desk with the handoff solved."""
        if handoff_id in self.done:
            return self
        rest = self.without(handoff_id)
        return replace(rest, done=(handoff_id, *rest.done)[:MOST_DONE])

    def taken_lately(self, on: date) -> tuple[date, ...]:
        """Return the days on which something was taken, of those that count on ``on``."""
        return tuple(day for day in self.taken if day > on - LATELY)
