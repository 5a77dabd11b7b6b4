"""Coverage: units without an ambassador, absences without a substitute, and overloaded ambassadors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import pairwise

from knowledge.organisation.nearest import IDLE, Absence, Ambassador, Availability, Network, Workload, availability
from knowledge.organisation.organisation import Municipality, Organisation, Unit


class GapKind(StrEnum):
    """Kind of a coverage gap."""

    NO_AMBASSADOR = "no-ambassador"  # no ambassador in the unit or below it
    ABSENT = "absent"  # absent today and no substitute can take a question, or later and there is no substitute
    OVERLOADED = "overloaded"  # open handoffs reach or exceed the capacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """One coverage gap.

    Attributes:
        department_id: department of the unit; the municipality id for an ambassador at its root.
        person_id: the ambassador, if the gap concerns one.
        steps: NO_AMBASSADOR: steps to the nearest ambassador of the municipality, ``None`` without any.
        open_count, capacity: OVERLOADED: open handoffs, and the ambassador's maximum.
        since: ABSENT: first day without a substitute, if that is later than today.
        until: ABSENT: last day without a substitute.
        absence: ABSENT: the absence that needs one.
    """

    kind: GapKind
    municipality_id: str
    department_id: str
    unit_id: str
    person_id: str | None = None
    steps: int | None = None
    open_count: int = 0
    capacity: int = 0
    since: date | None = None
    until: date | None = None
    absence: Absence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentCoverage:
    """Coverage of a department: units (itself included) with an ambassador in or below them."""

    department_id: str
    units: int
    covered: int
    ambassadors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MunicipalityCoverage:
    """Coverage of one municipality; its root does not count as a unit.

    Attributes:
        free: number of ambassadors that can be offered a question now.
        gaps: ordered by kind, then by position in the tree, then by person.
    """

    municipality_id: str
    units: int
    covered: int
    ambassadors: int
    free: int
    departments: tuple[DepartmentCoverage, ...]
    gaps: tuple[Gap, ...]

    def of_kind(self, kind: GapKind) -> tuple[Gap, ...]:
        return tuple(gap for gap in self.gaps if gap.kind is kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchCoverage:
    """Coverage of a unit and the units below it; a municipality's root does not count as a unit.

    Attributes:
        uncovered: units without an ambassador in or below them, in the order of the tree.
    """

    unit_id: str
    units: int
    ambassadors: int
    uncovered: tuple[str, ...]

    @property
    def covered(self) -> int:
        return self.units - len(self.uncovered)


def branch_coverage(organisation: Organisation, network: Network, unit_id: str) -> BranchCoverage:
    """Return the coverage of one branch. Raises UnknownUnit."""
    branch = organisation.subtree(unit_id)
    inside = {unit.id for unit in branch}
    homes = [unit for unit in network.unit_ids(branch[0].municipality_id).values() if unit.id in inside]
    covered = {above.id for unit in homes for above in organisation.path(unit.id)}
    units = [unit for unit in branch if unit.parent_id is not None]
    return BranchCoverage(
        unit_id=branch[0].id,
        units=len(units),
        ambassadors=len(homes),
        uncovered=tuple(unit.id for unit in units if unit.id not in covered),
    )


def coverage(
    organisation: Organisation, network: Network, *, on: Mapping[str, date], workloads: Mapping[str, Workload]
) -> tuple[MunicipalityCoverage, ...]:
    """Return the coverage of the municipalities in ``on``, in the organisation's order.

    Args:
        on: today's date by municipality id. Only these municipalities are included, so that readers see only those they
            may see.
        workloads: workload by person id; a missing person counts as reachable without open handoffs.
    """
    return tuple(
        _look_over(organisation, network, municipality, on[municipality.id], workloads)
        for municipality in organisation.municipalities.values()
        if municipality.id in on
    )


def _look_over(
    organisation: Organisation,
    network: Network,
    municipality: Municipality,
    today: date,
    workloads: Mapping[str, Workload],
) -> MunicipalityCoverage:
    tree = organisation.units(municipality.id)
    placed = network.unit_ids(municipality.id)
    seated: dict[str, int] = {}
    for unit in placed.values():
        for above in organisation.path(unit.id):
            seated[above.id] = seated.get(above.id, 0) + 1
    steps = _steps_to_nearest(tree, {unit.id for unit in placed.values()})
    departments = {unit.id: organisation.department_of(unit.id) or unit for unit in tree}
    units = tree[1:]

    gaps = [
        Gap(
            kind=GapKind.NO_AMBASSADOR,
            municipality_id=municipality.id,
            department_id=departments[unit.id].id,
            unit_id=unit.id,
            steps=steps.get(unit.id),
        )
        for unit in units
        if unit.id not in seated
    ]
    position = {unit.id: n for n, unit in enumerate(tree)}
    people = sorted(placed, key=lambda id_: (position[placed[id_].id], id_))
    states = {id_: availability(network.ambassadors[id_], workloads.get(id_, IDLE), on=today) for id_ in people}
    for id_ in people:
        at = Gap(
            kind=GapKind.ABSENT,
            municipality_id=municipality.id,
            department_id=departments[placed[id_].id].id,
            unit_id=placed[id_].id,
            person_id=id_,
        )
        gaps += _absence_gaps(at, network, states, today)
        gaps += _load_gaps(at, network.ambassadors[id_], workloads.get(id_, IDLE))
    kinds = list(GapKind)
    return MunicipalityCoverage(
        municipality_id=municipality.id,
        units=len(units),
        covered=sum(unit.id in seated for unit in units),
        ambassadors=len(placed),
        free=sum(state is Availability.FREE for state in states.values()),
        departments=tuple(
            DepartmentCoverage(
                department_id=department.id,
                units=len(below := organisation.subtree(department.id)),
                covered=sum(unit.id in seated for unit in below),
                ambassadors=seated.get(department.id, 0),
            )
            for department in organisation.children(municipality.id)
        ),
        gaps=tuple(sorted(gaps, key=lambda gap: kinds.index(gap.kind))),
    )


def _absence_gaps(at: Gap, network: Network, states: Mapping[str, Availability], today: date) -> Iterator[Gap]:
    """Yield the periods, now and later, in which one ambassador is absent and no substitute can take a question."""
    gap: Gap | None = None
    for first, last, absence in _periods(network.ambassadors[at.person_id or ""], today):
        if _has_substitute(network, absence, states, first, today):
            continue
        if gap is not None and gap.absence == absence and gap.until == first - timedelta(days=1):
            gap = replace(gap, until=last)
            continue
        if gap is not None:
            yield gap
        gap = replace(at, since=first if first > today else None, until=last, absence=absence)
    if gap is not None:
        yield gap


def _periods(ambassador: Ambassador, today: date) -> Iterator[tuple[date, date, Absence]]:
    """Yield first day, last day and absence of each period from ``today`` in which the same absences apply."""
    day = timedelta(days=1)
    coming = [absence for absence in ambassador.absences if absence.last_day >= today]
    starts = sorted({today, *(max(today, a.first_day) for a in coming), *(a.last_day + day for a in coming)})
    for first, following in pairwise(starts):
        absence = ambassador.absence_on(first)
        if absence is not None:
            yield first, following - day, absence


def _has_substitute(
    network: Network, absence: Absence, states: Mapping[str, Availability], first: date, today: date
) -> bool:
    """Return whether a substitute can take questions today, or is expected to be there on a later day."""
    id_ = absence.substitute_id or ""
    if first == today:
        return states.get(id_) is Availability.FREE
    return id_ in states and network.ambassadors[id_].absence_on(first) is None


def _load_gaps(at: Gap, ambassador: Ambassador, workload: Workload) -> Iterator[Gap]:
    """Yield a gap for a full worklist."""
    if workload.open_count and not ambassador.has_room(workload.open_count):
        yield replace(at, kind=GapKind.OVERLOADED, open_count=workload.open_count, capacity=ambassador.capacity)


def _steps_to_nearest(tree: tuple[Unit, ...], seated: set[str]) -> dict[str, int]:
    """Return the steps from each unit to the nearest ambassador, in one pass up the tree and one down."""
    steps = dict.fromkeys(seated, 0)
    for unit in reversed(tree):
        if unit.parent_id is not None and unit.id in steps:
            steps[unit.parent_id] = min(steps.get(unit.parent_id, steps[unit.id] + 1), steps[unit.id] + 1)
    for unit in tree:
        if unit.parent_id is not None and unit.parent_id in steps:
            steps[unit.id] = min(steps.get(unit.id, steps[unit.parent_id] + 1), steps[unit.parent_id] + 1)
    return steps
