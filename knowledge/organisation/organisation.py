"""The organisation: unit trees, distances, sharing, and managers derived from the tree."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from knowledge.organisation.importers.fault import FaultKind, ImportFault
from knowledge.organisation.importers.tree import attach, read_tree
from knowledge.organisation.unit import (
    Contact,
    LocalisedName,
    Municipality,
    PrivacyFacts,
    Sector,
    Site,
    Unit,
)

__all__ = [
    "Contact",
    "FaultKind",
    "ImportFault",
    "LocalisedName",
    "Municipality",
    "Organisation",
    "PrivacyFacts",
    "Sector",
    "Site",
    "Unit",
    "UnknownUnit",
]


class UnknownUnit(LookupError):
    """No unit has or had this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Municipalities with their unit trees.

    A municipality's id is the id of its root unit.

    With ``sample``, telephone numbers and local texts are invented, and are shown as an example.

    Every method with a unit id also accepts the former id of a renamed or merged unit. Lookups take constant time or a
    few steps up the tree.
    """

    municipalities: Mapping[str, Municipality]
    sites: Mapping[str, Site]
    _units: Mapping[str, Unit]
    _former: Mapping[str, str] = field(repr=False)
    _children: Mapping[str, tuple[Unit, ...]] = field(repr=False)
    _depth: Mapping[str, int] = field(repr=False)
    privacy: PrivacyFacts = field(default_factory=PrivacyFacts)
    sample: bool = False

    @classmethod
    def parse(cls, yaml_text: str) -> tuple[Self, tuple[ImportFault, ...]]:
        """Read the text of an organisation file.

        Returns:
            The valid part, and every fault with its line. A faulty unit is left out together with the units below it; a
            faulty setting gets its default.
        """
        tree, faults = read_tree(yaml_text)
        organisation = cls.from_units(
            municipalities=tree.municipalities,
            units=tree.units,
            sites=tree.sites,
            privacy=tree.privacy,
            sample=tree.sample,
        )
        return organisation, faults

    @classmethod
    def from_units(
        cls,
        *,
        municipalities: Iterable[Municipality],
        units: Iterable[Unit],
        sites: Iterable[Site] = (),
        privacy: PrivacyFacts | None = None,
        sample: bool = False,
    ) -> Self:
        """Create from values.

        The root units of the municipalities may be left out.

        Raises:
            ValueError: a unit is not connected to a municipality.
        """
        known = {municipality.id: municipality for municipality in municipalities}
        nodes = {
            id_: Unit(id=id_, municipality_id=id_, parent_id=None, names=municipality.names)
            for id_, municipality in known.items()
        }
        nodes.update((unit.id, unit) for unit in units)
        rooted, loose = attach(nodes)
        if loose or any(unit.municipality_id not in known for unit in rooted):
            raise ValueError(f"units hang from no municipality: {sorted(loose)[:5]}")
        depth: dict[str, int] = {}
        children: dict[str, list[Unit]] = {unit.id: [] for unit in rooted}
        for unit in rooted:
            if unit.parent_id is None:
                depth[unit.id] = 0
            else:
                depth[unit.id] = depth[unit.parent_id] + 1
                children[unit.parent_id].append(unit)
        return cls(
            municipalities=known,
            sites={site.id: site for site in sites},
            _units={unit.id: unit for unit in rooted},
            _former={former: unit.id for unit in rooted for former in unit.former_ids},
            _children={id_: tuple(below) for id_, below in children.items()},
            _depth=depth,
            privacy=privacy or PrivacyFacts(),
            sample=sample,
        )

    def find_unit(self, unit_id: str) -> Unit | None:
        """Return the unit with this current or former id."""
        return self._units.get(unit_id) or self._units.get(self._former.get(unit_id, ""))

    def get(self, unit_id: str) -> Unit:
        """Return the unit with this current or former id.

        Raises:
            UnknownUnit: there is none.
        """
        unit = self.find_unit(unit_id)
        if unit is None:
            raise UnknownUnit(unit_id)
        return unit

    def units(self, municipality_id: str | None = None) -> tuple[Unit, ...]:
        """Return all units, or those of one municipality; root first, parents before children."""
        if municipality_id is None:
            return tuple(self._units.values())
        return self.subtree(municipality_id) if municipality_id in self.municipalities else ()

    def children(self, unit_id: str) -> tuple[Unit, ...]:
        """Return the units directly below, in file order."""
        return self._children[self.get(unit_id).id]

    def subtree(self, unit_id: str) -> tuple[Unit, ...]:
        """Return the unit and all units below it, level by level."""
        units = [self.get(unit_id)]
        for unit in units:
            units.extend(self._children[unit.id])
        return tuple(units)

    def path(self, unit_id: str) -> tuple[Unit, ...]:
        """Return the unit, its parent, and so on up to the municipality."""
        unit = self.get(unit_id)
        units = [unit]
        while unit.parent_id is not None:
            unit = self._units[unit.parent_id]
            units.append(unit)
        return tuple(units)

    def sector_of(self, unit_id: str) -> Sector | None:
        """Return the sector of the unit or of the nearest one above it; None for an unknown unit."""
        if self.find_unit(unit_id) is None:
            return None
        return next((unit.sector for unit in self.path(unit_id) if unit.sector is not None), None)

    def depth(self, unit_id: str) -> int:
        """Return the number of steps below the municipality.

        0 is the municipality, 1 a department.
        """
        return self._depth[self.get(unit_id).id]

    def department_of(self, unit_id: str) -> Unit | None:
        """Return the unit's department; ``None`` for the municipality itself."""
        path = self.path(unit_id)
        return path[-2] if len(path) > 1 else None

    def distance(self, a: str, b: str) -> int:
        """Return the number of steps in the tree between two units.

        Between municipalities the path leads over a virtual common root above both.
        """
        deeper, higher = self.get(a), self.get(b)
        steps = 0
        while deeper.id != higher.id:
            if self._depth[deeper.id] < self._depth[higher.id]:
                deeper, higher = higher, deeper
            if deeper.parent_id is None:
                return steps + 2
            deeper = self._units[deeper.parent_id]
            steps += 1
        return steps

    def provides(self, municipality_id: str) -> bool:
        """Return whether this municipality is the provider of the rollout.

        False for an unknown id.
        """
        municipality = self.municipalities.get(municipality_id)
        return municipality is not None and municipality.provider

    def edited_by(self, municipality_id: str) -> frozenset[str]:
        """Return the municipalities that the editors of one work for: of the provider, all."""
        return frozenset(self.municipalities) if self.provides(municipality_id) else frozenset({municipality_id})

    def sharing(self, municipality_id: str) -> frozenset[str]:
        """Return the municipalities that share people with this one.

        Both sides must have declared it.
        """
        own = self.municipalities.get(municipality_id)
        if own is None:
            return frozenset()
        return frozenset(
            partner_id
            for partner_id in own.shares_with
            if partner_id != municipality_id and municipality_id in self.municipalities[partner_id].shares_with
        )


# Managers, derived from the tree: the leader of a unit is the manager of its people. Nothing is stored.


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
