"""Wanting to become an ambassador: what was applied for, and what the leader said."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Self

from dialogs.month import month_term


class Standing(StrEnum):
    """Where an application stands."""

    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbassadorApplication:
    """One person's wish to become an ambassador. ``id`` is the person's: there is one at a time.

    ``deciders`` are those who were asked, any of whom may decide. ``through_contact``: the leader does not use the bot,
    and the municipality's contact brings it to them. ``word`` is what the decider said with the decision, masked.
    """

    KIND: ClassVar[str] = "ambassador_application"
    SCHEMA: ClassVar[int] = 1

    id: str
    municipality_id: str
    unit_id: str
    topics: frozenset[str] = frozenset()
    motive: str = ""
    standing: Standing = Standing.WAITING
    deciders: tuple[str, ...] = ()
    through_contact: bool = False
    decided_by: str | None = None
    word: str = ""
    created_at: datetime
    decided_at: datetime | None = None

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield f"person:{self.id}"
        yield f"{self.standing}@{self.municipality_id}"
        yield month_term(self.created_at)

    @property
    def slot(self) -> str:
        """Where those who decide see it."""
        return f"ambassador/application/{self.id}/{self.created_at:%Y%m%d%H%M%S}"

    def decide(self, standing: Standing, *, by: str, at: datetime, word: str) -> Self:
        """Return it decided; the first decision counts."""
        if self.standing is not Standing.WAITING:
            return self
        return replace(self, standing=standing, decided_by=by, decided_at=at, word=word)
