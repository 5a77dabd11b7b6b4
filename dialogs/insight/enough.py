"""Whether people are enough to say something about all of them, and in which band their number is shown."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from dialogs.insight.suppression import FEWEST_PEOPLE

# Municipality and id of a registered person.
Asker = tuple[str | None, str]


class Band(StrEnum):
    """A number of people, as coarse as it may be shown where a finer one could be subtracted."""

    FEW = "from_5"
    MORE = "from_10"
    MANY = "from_20"

    @property
    def shown(self) -> str:
        return {Band.FEW: "5–9", Band.MORE: "10–19", Band.MANY: "20+"}[self]


def band_of(number: int) -> Band | None:
    """Return the band of a number; None below five, which is not shown."""
    if number < FEWEST_PEOPLE:
        return None
    return Band.FEW if number < 10 else Band.MORE if number < 20 else Band.MANY


@dataclass(frozen=True, slots=True, kw_only=True)
class EnoughPeople:
    """At least five registered people of one municipality; across municipalities, five in each of two."""

    municipalities: int = 1

    @classmethod
    def among(cls, scope: Collection[str]) -> Self:
        """Return the rule for readers that learn of all municipalities in ``scope``."""
        return cls(municipalities=min(2, max(1, len(scope))))

    def allows(self, askers: Iterable[Asker]) -> bool:
        """Return whether these people are enough."""
        people: dict[str | None, set[str]] = defaultdict(set)
        for municipality_id, person_id in askers:
            people[municipality_id].add(person_id)
        return sum(len(person_ids) >= FEWEST_PEOPLE for person_ids in people.values()) >= self.municipalities
