"""The coverage of a municipality, with a remedy for each gap."""

from collections.abc import Mapping
from dataclasses import dataclass

from dialogs.ambassadors.application import AmbassadorApplication, ApplicationState
from dialogs.ambassadors.leaders import leaders_among, leaders_term
from dialogs.ambassadors.people import OwnNetwork, own_municipality, unit_named
from dialogs.availability.registry import registry_of
from dialogs.core.paging import Paged, paged
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find_all, find_each
from dialogs.core.viewer import Viewer
from dialogs.handoff.unit_of_work import name_of
from knowledge.organisation.coverage import Gap, GapKind, coverage
from knowledge.organisation.leadership import managers_of
from knowledge.organisation.nearest import Ambassador


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentRow:
    """A department: units with an ambassador in or below them, of all units.

    ``squares``: the gap of each unit in the order of the tree; None for a covered one.
    """

    name: str
    covered: int
    units: int
    ambassadors: int
    squares: tuple[GapKind | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """A gap and its remedy. ``person_id``: the ambassador with the settings to change."""

    kind: GapKind
    kind_name: str
    where: str
    what: str
    remedy: str
    person_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveragePage:
    """The numbers of the municipality, its departments, and a page of its gaps."""

    units: int
    covered: int
    ambassadors: int
    free: int
    departments: tuple[DepartmentRow, ...]
    gaps: Paged[GapRow]


def coverage_view(viewer: Viewer, *, kind: str = "", number: int = 1) -> Asking[CoveragePage]:
    """Return the coverage of the reader's own municipality; ``kind`` limits the gaps."""
    organisation = viewer.content.organisation
    municipality_id = own_municipality(viewer)
    registry = yield from registry_of(municipality_id, viewer.content)
    own = OwnNetwork.within(viewer, registry)
    [found] = coverage(organisation, own.network, on={municipality_id: own.on}, workloads=own.workloads)
    page = paged([gap for gap in found.gaps if not kind or kind == gap.kind], number)
    remedies = yield from _remedies(viewer, own, registry.people, page.items)
    pairs = zip(page.items, remedies, strict=True)
    rows = tuple(_gap_row(viewer, registry.people, gap, remedy) for gap, remedy in pairs)
    # The gaps come ordered by kind, so the first of a unit is its worst.
    worst = {gap.unit_id: gap.kind for gap in reversed(found.gaps)}
    return CoveragePage(
        units=found.units,
        covered=found.covered,
        ambassadors=found.ambassadors,
        free=found.free,
        departments=tuple(
            DepartmentRow(
                name=unit_named(viewer, each.department_id),
                covered=each.covered,
                units=each.units,
                ambassadors=each.ambassadors,
                squares=tuple(worst.get(unit.id) for unit in organisation.subtree(each.department_id)),
            )
            for each in found.departments
        ),
        gaps=page.showing(rows),
    )


def _remedies(
    viewer: Viewer, own: OwnNetwork, ambassadors: Mapping[str, Person], gaps: tuple[Gap, ...]
) -> Asking[tuple[str, ...]]:
    here = own.municipality_id
    applications = yield from find_all(AmbassadorApplication, f"{ApplicationState.WAITING}@{here}")
    people = {each.id: each for each in (yield from find_all(Person, leaders_term(here)))}
    organisation = viewer.content.organisation
    named = {unit.leader_id for unit in organisation.units(here) if unit.leader_id}
    people.update((yield from find_each(Person, sorted(named - people.keys()))))
    leaders = leaders_among(people.values(), organisation)
    asked = {each.unit_id for each in applications}
    remedies = []
    for gap in gaps:
        if gap.kind is not GapKind.NO_AMBASSADOR:
            remedies.append(_relief(viewer, own, ambassadors, gap))
            continue
        if gap.unit_id in asked:
            remedies.append(viewer.texts("desk.coverage.remedy.application"))
            continue
        managers = managers_of(organisation, person_id="", unit_id=gap.unit_id, leaders=leaders)
        leader = people.get(managers[0]) if managers else None
        remedies.append(_recruit(viewer, own, ambassadors, gap, leader=leader))
    return tuple(remedies)


def _recruit(
    viewer: Viewer, own: OwnNetwork, ambassadors: Mapping[str, Person], gap: Gap, *, leader: Person | None
) -> str:
    """Return how to get an ambassador for a unit, and the nearest one until then."""
    texts = viewer.texts
    near = own.nearest(gap.unit_id)
    until = texts("desk.coverage.remedy.until", **_who_where(viewer, ambassadors, near[0])) if near else ""
    ask = (
        texts("desk.coverage.remedy.leader", name=name_of(leader, texts))
        if leader is not None
        else texts("desk.coverage.remedy.recruit")
    )
    return f"{ask} {until}".strip()


def _relief(viewer: Viewer, own: OwnNetwork, ambassadors: Mapping[str, Person], gap: Gap) -> str:
    """Return a free ambassador to stand in for one that is away or full."""
    free = own.nearest(gap.unit_id, excluded=(gap.person_id or "",), free_only=True)
    if not free:
        return viewer.texts("desk.coverage.remedy.nobody")
    return viewer.texts(f"desk.coverage.remedy.{gap.kind}", **_who_where(viewer, ambassadors, free[0]))


def _who_where(viewer: Viewer, ambassadors: Mapping[str, Person], ambassador: Ambassador) -> dict[str, str]:
    name = name_of(ambassadors.get(ambassador.person_id), viewer.texts)
    return {"name": name, "unit": unit_named(viewer, ambassador.unit_id)}


def _gap_row(viewer: Viewer, ambassadors: Mapping[str, Person], gap: Gap, remedy: str) -> GapRow:
    texts = viewer.texts
    what = ""
    if gap.until is not None:
        what = texts("ambassador.coverage.until", day=texts.day(gap.until))
    elif gap.kind is GapKind.OVERLOADED:
        what = texts.plural("ambassador.coverage.has", gap.open_count, most=texts.number(gap.capacity))
    who = name_of(ambassadors.get(gap.person_id), texts) if gap.person_id else ""
    return GapRow(
        kind=gap.kind,
        kind_name=texts(f"desk.coverage.kind.{gap.kind}"),
        where=unit_named(viewer, gap.unit_id),
        what=f"{who}: {what}" if who else "",
        remedy=remedy,
        person_id=gap.person_id if gap.person_id and viewer.person.has(Role.ADMIN) else "",
    )
