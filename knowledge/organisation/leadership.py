"""Managers, derived from the tree: the leader of a unit is the manager of its people. Nothing is stored."""

from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Leader:
    """A person that leads a unit: by the role in the registry, or by ``leader`` in the organisation file."""

    person_id: str
    unit_id: str


def managers_of(
    organisation: Organisation, *, person_id: str, unit_id: str, leaders: Iterable[Leader]
) -> tuple[str, ...]:
    """Return the ids of a person's managers, sorted; empty if no unit on the way up has a leader.

    These are the leaders of the person's unit, else of the nearest unit above with a leader. A unit that the person
    leads, alone or with others, is passed over, so no one manages themselves and two leaders of one unit do not manage
    each other. The way up ends at the municipality: cycles cannot arise, and no manager is of another one.

    Args:
        leaders: those in office; a leader that left must not be among them.
    """
    unit = organisation.find_unit(unit_id)
    if unit is None:
        return ()
    by_unit = _by_unit(organisation, leaders)
    for above in organisation.path(unit.id):
        here = by_unit.get(above.id, frozenset())
        if here and person_id not in here:
            return tuple(sorted(here))
    return ()


def led_units(organisation: Organisation, *, person_id: str, leaders: Iterable[Leader]) -> tuple[Unit, ...]:
    """Return the units a person leads, in the order of the tree, without those below another of them."""
    led = {id_ for id_, people in _by_unit(organisation, leaders).items() if person_id in people}
    return tuple(
        unit
        for unit in organisation.units()
        if unit.id in led and not any(above.id in led for above in organisation.path(unit.id)[1:])
    )


def _by_unit(organisation: Organisation, leaders: Iterable[Leader]) -> dict[str, frozenset[str]]:
    by_unit: dict[str, frozenset[str]] = {}
    for leader in leaders:
        unit = organisation.find_unit(leader.unit_id)
        if unit is not None:
            by_unit[unit.id] = by_unit.get(unit.id, frozenset()) | {leader.person_id}
    return by_unit
