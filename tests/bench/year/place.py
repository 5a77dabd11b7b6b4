"""Where everybody works: six municipalities of unequal size, their units, 22,000 employees and 400 ambassadors."""

import random
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from knowledge.article.article import Language
from knowledge.organisation.nearest import Ambassador
from knowledge.organisation.organisation import Contact, LocalisedName, Municipality, Organisation, Sector, Unit

EMPLOYEES, AMBASSADORS = 22_000, 400
SIZES = (0.34, 0.24, 0.16, 0.12, 0.08, 0.06)
"""Each municipality's share of the employees."""
PER_TEAM = 40
TOPICS = ("teams", "outlook", "onedrive", "sharing", "sign-in", "phone", "printing", "courses")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The organisation, how many work in each unit, and who helps."""

    organisation: Organisation
    employees: dict[str, int]
    ambassadors: tuple[Ambassador, ...]


class Recruiting(StrEnum):
    """How ambassadors were found.

    EVEN: one of every 55 employees, along the tree, as ``heia registry coverage`` leads to. ANYWHERE: those who
    volunteered, so that some units have three and others none.
    """

    EVEN = "even"
    ANYWHERE = "anywhere"


def place(rng: random.Random, recruiting: Recruiting) -> Place:
    """Make departments, services and teams until everybody has a desk, and find ambassadors among them."""
    names = LocalisedName(nb="Navn")
    municipalities: list[Municipality] = []
    units: list[Unit] = []
    employees: dict[str, int] = {}
    for number, share in enumerate(SIZES):
        id_ = f"kommune-{number}"
        contact = Contact(role=names, address=f"kontakt@{id_}.example")
        municipalities.append(Municipality(id=id_, names=names, contact=contact))
        left, services = round(EMPLOYEES * share), []
        for sector in list(Sector)[:5]:
            department = f"{id_}-{sector}"
            units.append(Unit(id=department, municipality_id=id_, parent_id=id_, names=names, sector=sector))
            for service in range(rng.randint(3, 6)):
                services.append(f"{department}-{service}")
                units.append(Unit(id=services[-1], municipality_id=id_, parent_id=department, names=names))
        while left > 0:
            service = rng.choice(services)
            team = f"{service}-{len(units)}"
            size = min(left, rng.randint(PER_TEAM // 2, PER_TEAM * 3 // 2))
            units.append(Unit(id=team, municipality_id=id_, parent_id=service, names=names, site_id=f"{service}-site"))
            employees[team], left = size, left - size
    homes = rng.choices(list(employees), weights=list(employees.values()), k=AMBASSADORS)
    if recruiting is Recruiting.EVEN:
        desks = [team for team, size in employees.items() for _ in range(size)]
        homes = [desks[(2 * n + 1) * len(desks) // (2 * AMBASSADORS)] for n in range(AMBASSADORS)]
    owner = {unit.id: unit.municipality_id for unit in units}
    ambassadors = tuple(
        Ambassador(
            person_id=f"amb-{number:03}",
            name=f"Ambassadør {number}",
            municipality_id=owner[home],
            unit_id=home,
            topics=frozenset(rng.sample(TOPICS, rng.randint(0, 3))),
            languages=frozenset({Language.NB, *rng.sample(list(Language), 1)}),
            capacity=rng.choice((2, 3, 3, 3, 5)),
        )
        for number, home in enumerate(homes)
    )
    organisation = Organisation.from_units(municipalities=municipalities, units=units)
    return Place(organisation=organisation, employees=employees, ambassadors=ambassadors)


class Crowd:
    """Draws employees, every one as likely as the next, of everywhere or of one municipality."""

    def __init__(self, place: Place, municipality_id: str | None = None) -> None:
        everywhere = list(accumulate(place.employees.values(), initial=0))
        here = [
            (unit, end)
            for unit, end in zip(place.employees, everywhere[1:], strict=True)
            if municipality_id is None or place.organisation.get(unit).municipality_id == municipality_id
        ]
        self._units = [unit for unit, _ in here]
        self._ends = [end for _, end in here]
        self._first = self._ends[0] - place.employees[self._units[0]]

    def __len__(self) -> int:
        """Return how many there are."""
        return self._ends[-1] - self._first

    def draw(self, rng: random.Random) -> tuple[str, str]:
        """Return a person's id and unit."""
        number = rng.randrange(self._first, self._ends[-1])
        low, high = 0, len(self._ends) - 1
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if number < self._ends[middle] else (middle + 1, high)
        return f"emp-{number:05}", self._units[low]
