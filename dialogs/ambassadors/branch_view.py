"""The coverage of what a leader leads: numbers, and the units without an ambassador. Only to read."""

from dataclasses import dataclass

from dialogs.ambassadors.people import unit_named
from dialogs.availability.registry import registry_of
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer
from dialogs.handoff.leaders import leaders_among
from knowledge.organisation.coverage import branch_coverage
from knowledge.organisation.nearest import Network
from knowledge.organisation.organisation import led_units


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchRow:
    """A unit with those below it. ``missing``: names of the units without an ambassador."""

    name: str
    covered: int
    units: int
    ambassadors: int
    missing: tuple[str, ...]


def branches_view(viewer: Viewer) -> Asking[tuple[BranchRow, ...]]:
    """Return the units that the reader leads. Absence and load of an ambassador are not the leader's to see."""
    viewer.require(Role.LEADER)
    municipality_id = viewer.require_municipality(viewer.person.municipality_id)
    organisation, leader = viewer.content.organisation, viewer.person
    units = led_units(organisation, person_id=leader.id, leaders=leaders_among((leader,), organisation))
    registry = yield from registry_of(municipality_id, viewer.content)
    network = Network.from_ambassadors(organisation, (profile.ambassador for profile in registry.profiles.values()))
    rows = []
    for unit in units:
        branch = branch_coverage(organisation, network, unit.id)
        rows.append(
            BranchRow(
                name=unit_named(viewer, unit.id),
                covered=branch.covered,
                units=branch.units,
                ambassadors=branch.ambassadors,
                missing=tuple(unit_named(viewer, unit_id) for unit_id in branch.uncovered),
            )
        )
    return tuple(rows)
