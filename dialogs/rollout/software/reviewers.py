"""Deciders: the forum's reviewers, else the municipality's contacts, else its administrators."""

from calendar import monthrange
from datetime import date
from typing import Final

from dialogs.core.content import Content
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find_all
from knowledge.organisation.unit import Sector
from knowledge.software.register import Forum

DECIDERS: Final = (Role.REVIEWER, Role.CONTACT, Role.ADMIN)
# Roles that decide for every forum of their municipality, and receive late cases.
OVERSEEING: Final = (Role.CONTACT, Role.ADMIN)


def sector_of(content: Content, person: Person) -> Sector | None:
    """Return the sector of a person's unit."""
    return content.organisation.sector_of(person.unit_id) if person.unit_id else None


def forum_of(content: Content, sector: Sector | None) -> Forum:
    """Return the forum that assesses the programs of a sector."""
    return content.register.forum_of(sector)


def next_assessment(content: Content, sector: Sector | None, day: date) -> date:
    """Return when a program that is assessed on a day is assessed again, unless the reviewer names another day."""
    months = day.year * 12 + day.month - 1 + forum_of(content, sector).months
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def may_decide(content: Content, person: Person, municipality_id: str, sector: Sector | None) -> bool:
    """Return whether a person decides on the programs of a sector of a municipality."""
    if person.is_outsider or person.municipality_id != municipality_id:
        return False
    if person.has(*OVERSEEING):
        return True
    own = forum_of(content, sector_of(content, person))
    return person.has(Role.REVIEWER) and own.sector is forum_of(content, sector).sector


def reviewers_of(
    content: Content, municipality_id: str, sector: Sector | None, *, besides: str = ""
) -> Asking[tuple[Person, ...]]:
    """Return the deciders of an application. ``besides``: id of the applicant, excluded."""
    for role in DECIDERS:
        people = yield from find_all(Person, f"role:{role}@{municipality_id}")
        deciders = tuple(
            person for person in people if person.id != besides and may_decide(content, person, municipality_id, sector)
        )
        if deciders:
            return deciders
    return ()


def overseers_of(municipality_id: str, *, besides: str = "") -> Asking[tuple[Person, ...]]:
    """Return the municipality's contacts, else its administrators. ``besides``: the id of the applicant."""
    for role in OVERSEEING:
        people = yield from find_all(Person, f"role:{role}@{municipality_id}")
        overseers = tuple(person for person in people if not person.is_outsider and person.id != besides)
        if overseers:
            return overseers
    return ()
