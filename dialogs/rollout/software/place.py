"""Where a program is asked about: municipality, sector and user group of a person, and the day."""

from dataclasses import dataclass
from datetime import date, datetime

from dialogs.availability.registry import today
from dialogs.core.content import Content
from dialogs.core.person import Person
from knowledge.organisation.unit import Sector
from knowledge.software.program import ProgramUse
from knowledge.software.register import ProgramPlace


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPlace:
    """The place of a look-up.

    Attributes:
        sector: its forum decides.
        list_name: the list that counts there, ``pupils``, ``own`` or ``shared``.
        may_apply: whether the person may apply for programs; guests may not.
    """

    place: ProgramPlace
    sector: Sector | None
    list_name: str
    at_school: bool
    may_apply: bool
    day: date


def asked_place(content: Content, person: Person, at: datetime, use: ProgramUse) -> AskedPlace:
    """Return a person's place; ``use``: whether pupils will use the program."""
    sector = content.organisation.sector_of(person.unit_id) if person.unit_id else None
    own = content.register.forum_of(sector).own_list
    return AskedPlace(
        place=ProgramPlace(municipality_id=person.municipality_id, sector=sector, use=use),
        sector=Sector.SCHOOL if use is ProgramUse.PUPILS else sector,
        list_name="pupils" if use is ProgramUse.PUPILS else "own" if own else "shared",
        at_school=sector is Sector.SCHOOL,
        may_apply=not person.is_guest,
        day=today(content, person.municipality_id or "", at),
    )


def use_of(text: str) -> ProgramUse:
    """Return the user group that a form names; staff by default."""
    return ProgramUse.PUPILS if text == ProgramUse.PUPILS.value else ProgramUse.STAFF
