"""The workplaces of people, looked up for counting. Nothing of it is kept after a run."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Final, TypeVar

from bot.ports import Key, Store
from bot.records.codec import decode
from dialogs.core.person import Person
from dialogs.core.record import Record
from dialogs.insight.suppression import OTHER_SECTOR
from knowledge.organisation.organisation import Organisation

_PAGE: Final = 500
R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedPlace:
    """Workplace of a person, and whether the person counts."""

    municipality_id: str | None = None
    unit_id: str | None = None
    sector: str = OTHER_SECTOR
    counts: bool = False


class CountedPlaces:
    """Looks each person up once."""

    def __init__(self, store: Store, organisation: Organisation) -> None:
        self._store = store
        self._organisation = organisation
        self._known: dict[str, CountedPlace] = {}

    def place_of(self, person_id: str) -> CountedPlace:
        """Return a person's workplace; an unknown person has an empty one."""
        return self._known.get(person_id, CountedPlace())

    async def learn(self, person_ids: Iterable[str]) -> None:
        """Look up people that are not known yet."""
        unknown = sorted({*person_ids} - self._known.keys())
        people = await self._store.get([Key(kind=Person.KIND, id=id_) for id_ in unknown])
        for id_ in unknown:
            stored = people.get(Key(kind=Person.KIND, id=id_))
            self._known[id_] = CountedPlace() if stored is None else self.place_of_person(decode(Person, stored))

    def place_of_person(self, person: Person) -> CountedPlace:
        sector = self._organisation.sector_of(person.unit_id) if person.unit_id else None
        return CountedPlace(
            municipality_id=person.municipality_id,
            unit_id=person.unit_id,
            sector=sector or OTHER_SECTOR,
            counts=person.vouched_for,
        )


async def record_pages(store: Store, kind: type[R], term: str) -> AsyncIterator[list[R]]:
    """Yield the records with a term, page by page; turns run in between."""
    after = ""
    while page := await store.find(kind.KIND, term, after=after, limit=_PAGE):
        yield [decode(kind, stored) for stored in page]
        after = page[-1].key.id
        await asyncio.sleep(0)
