"""The leaders in office, by their role in the registry or by the organisation file."""

from collections.abc import Iterable

from dialogs.core.content import Content
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find, find_all
from knowledge.organisation.organisation import Leader, Organisation
from knowledge.organisation.unit import Unit


def leaders_above(content: Content, unit_id: str) -> Asking[tuple[Leader, ...]]:
    """Return the leaders in office of a unit and of those above it, and others of the municipality."""
    organisation = content.organisation
    path = organisation.path(unit_id)
    people = {person.id: person for person in (yield from find_all(Person, leaders_term(path[0].municipality_id)))}
    for unit in path:
        named = (yield from find(Person, unit.leader_id)) if unit.leader_id else None
        if named is not None:
            people[named.id] = named
    return leaders_among(people.values(), organisation)


def leaders_term(municipality_id: str) -> str:
    """Return the search term of the people with the role in a municipality."""
    return f"role:{Role.LEADER}@{municipality_id}"


def leaders_among(people: Iterable[Person], organisation: Organisation) -> tuple[Leader, ...]:
    """Return the units that people lead: their own by the role, and those that the organisation file gives them."""
    return tuple(
        Leader(person_id=person.id, unit_id=unit.id)
        for person in people
        if person.municipality_id is not None and not person.is_outsider
        for unit in organisation.units(person.municipality_id)
        if unit.leader_id == person.id or (person.has(Role.LEADER) and unit == _own(person, organisation))
    )


def _own(person: Person, organisation: Organisation) -> Unit | None:
    return organisation.find_unit(person.unit_id) if person.unit_id else None
