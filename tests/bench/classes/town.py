"""Municipalities with teachers and employees, for a year of classroom courses."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from dialogs.core.content import Content, Holidays
from dialogs.core.person import Address, Person, Role
from knowledge.article.article import ArticleBook, Language
from knowledge.learning.curriculum import Curriculum
from knowledge.learning.module import LearningModule
from knowledge.matching.policy import Policy
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import LocalisedName, Municipality, Unit
from tests.channels import CHANNELS, WEB
from tests.unit.driver import CATALOGUE

BEGIN: Final = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""Six in the morning in Norway, on a Monday."""
MUNICIPALITIES: Final = 6
UNITS: Final = 8
TEACHERS: Final = 5
MODULES: Final = tuple(
    LearningModule(id=f"m{n}", title={Language.NB: f"Kurs {n}"}, minutes=5, url=f"https://courses.example/m{n}")
    for n in range(3)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseTown:
    """Everyone by municipality, and what is published."""

    content: Content
    people: tuple[Person, ...]
    employees: dict[str, list[str]]
    teachers: dict[str, list[str]]


def town_of(people: int) -> CourseTown:
    """Return a town with so many employees, spread over the municipalities and their units."""
    ids = [f"k{n}" for n in range(MUNICIPALITIES)]
    organisation = Organisation.from_units(
        municipalities=[Municipality(id=id_, names=LocalisedName(nb=id_.title())) for id_ in ids],
        units=[
            Unit(id=f"{id_}-u{n}", municipality_id=id_, parent_id=id_, names=LocalisedName(nb=f"Enhet {n}"))
            for id_ in ids
            for n in range(UNITS)
        ],
    )
    employees: dict[str, list[str]] = {id_: [] for id_ in ids}
    teachers: dict[str, list[str]] = {id_: [] for id_ in ids}
    found: list[Person] = []
    for n in range(people):
        here = ids[n % MUNICIPALITIES]
        found.append(_person(f"p{n:05}", here, f"{here}-u{n // MUNICIPALITIES % UNITS}", quiet=n % 7 == 0))
        employees[here].append(f"p{n:05}")
    for here in ids:
        for n in range(TEACHERS):
            found.append(_person(f"{here}-t{n}", here, f"{here}-u0", Role.TEACHER))
            teachers[here].append(f"{here}-t{n}")
        found.append(_person(f"{here}-a", here, here, Role.ADMIN))
    content = Content(
        articles=ArticleBook(),
        organisation=organisation,
        texts=CATALOGUE,
        policy=Policy(),
        curriculum=Curriculum(modules=MODULES),
        holidays=Holidays(),
        channels=CHANNELS,
    )
    return CourseTown(content=content, people=tuple(found), employees=employees, teachers=teachers)


def _person(id_: str, municipality_id: str, unit_id: str, *roles: Role, quiet: bool = False) -> Person:
    return Person(
        id=id_,
        name=f"Medarbeider {id_}",
        municipality_id=municipality_id,
        unit_id=unit_id,
        roles=frozenset({Role.EMPLOYEE, *roles}),
        addresses={WEB: Address(channel=WEB)},
        last_channel=WEB,
        registered=True,
        quiet=quiet,
        created_at=BEGIN,
    )
