"""The coverage of a municipality and of what a leader leads, with a remedy for each gap."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote

from dialogs.ambassadors.application import AmbassadorApplication, ApplicationState
from dialogs.ambassadors.overview import gap_words
from dialogs.ambassadors.people import OwnNetwork, absence_id, own_municipality, unit_named
from dialogs.ambassadors.settings import SUBSTITUTES
from dialogs.availability.registry import registry_of
from dialogs.core.leaders import leaders_among, leaders_term
from dialogs.core.names import name_of
from dialogs.core.paging import Paged, paged
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, find_all, find_each
from dialogs.core.speaker import Viewer
from knowledge.organisation.coverage import Gap, GapKind, branch_coverage, coverage
from knowledge.organisation.nearest import Ambassador, Network
from knowledge.organisation.organisation import led_units, managers_of


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


class RemedyPlace(StrEnum):
    """Where the reader carries a remedy out: the applications, or a part of an ambassador's settings."""

    APPLICATIONS = "applications"
    ABSENCE = "absence"
    CAPACITY = "capacity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """What helps against a gap.

    Attributes:
        place: where the reader can do it; None if the reader cannot, or if it is not done in Heia.
        person_id: the ambassador with the settings to change.
        absence_id: the absence on that page that needs a substitute.
        substitute_id: the suggested substitute.
        write_url, write_to: link to a chat with the manager to ask, or for an e-mail, and the name; empty without one.
    """

    text: str
    place: RemedyPlace | None = None
    person_id: str = ""
    absence_id: str = ""
    substitute_id: str = ""
    write_url: str = ""
    write_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """A gap and its remedy."""

    kind: GapKind
    kind_name: str
    where: str
    what: str
    remedy: Remedy


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
    [own_coverage] = coverage(organisation, own.network, on={municipality_id: own.on}, workloads=own.workloads)
    page = paged([gap for gap in own_coverage.gaps if not kind or kind == gap.kind], number)
    remedies = yield from _remedies(viewer, own, registry.people, page.items)
    pairs = zip(page.items, remedies, strict=True)
    rows = tuple(_gap_row(viewer, registry.people, gap, remedy) for gap, remedy in pairs)
    # The gaps come ordered by kind, so the first of a unit is its worst. The squares show today.
    worst = {gap.unit_id: gap.kind for gap in reversed(own_coverage.gaps) if gap.since is None}
    return CoveragePage(
        units=own_coverage.units,
        covered=own_coverage.covered,
        ambassadors=own_coverage.ambassadors,
        free=own_coverage.free,
        departments=tuple(
            DepartmentRow(
                name=unit_named(viewer, department.department_id),
                covered=department.covered,
                units=department.units,
                ambassadors=department.ambassadors,
                squares=tuple(worst.get(unit.id) for unit in organisation.subtree(department.department_id)),
            )
            for department in own_coverage.departments
        ),
        gaps=page.showing(rows),
    )


def _remedies(
    viewer: Viewer, own: OwnNetwork, ambassadors: Mapping[str, Person], gaps: tuple[Gap, ...]
) -> Asking[tuple[Remedy, ...]]:
    here = own.municipality_id
    applications = yield from find_all(AmbassadorApplication, f"{ApplicationState.WAITING}@{here}")
    people = {person.id: person for person in (yield from find_all(Person, leaders_term(here)))}
    organisation = viewer.content.organisation
    named = {unit.leader_id for unit in organisation.units(here) if unit.leader_id}
    people.update((yield from find_each(Person, sorted(named - people.keys()))))
    leaders = leaders_among(people.values(), organisation)
    asked = {application.unit_id: application for application in applications}
    remedies = []
    for gap in gaps:
        if gap.kind is not GapKind.NO_AMBASSADOR:
            remedies.append(_relief(viewer, own, ambassadors, gap))
            continue
        if gap.unit_id in asked:
            remedies.append(_answer_application(viewer, asked[gap.unit_id]))
            continue
        managers = managers_of(organisation, person_id="", unit_id=gap.unit_id, leaders=leaders)
        leader = people.get(managers[0]) if managers else None
        remedies.append(_recruit(viewer, own, ambassadors, gap, leader=leader))
    return tuple(remedies)


def _answer_application(viewer: Viewer, application: AmbassadorApplication) -> Remedy:
    """Return that an application waits, with a link for its deciders."""
    texts = viewer.texts
    if application.may_be_decided_by(viewer.person):
        return Remedy(text=texts("desk.coverage.remedy.application"), place=RemedyPlace.APPLICATIONS)
    return Remedy(text=texts("desk.coverage.remedy.application_waits"))


def _recruit(
    viewer: Viewer, own: OwnNetwork, ambassadors: Mapping[str, Person], gap: Gap, *, leader: Person | None
) -> Remedy:
    """Return how to get an ambassador for a unit, and the nearest one until then."""
    texts = viewer.texts
    near = own.nearest(gap.unit_id)
    until = texts("desk.coverage.remedy.until", **_who_where(viewer, ambassadors, near[0])) if near else ""
    if leader is None:
        return Remedy(text=f"{texts('desk.coverage.remedy.recruit')} {until}".strip())
    name = name_of(leader, texts)
    if near and near[0].person_id == leader.id:
        text = texts("desk.coverage.remedy.leader_nearest", name=name)
    else:
        text = f"{texts('desk.coverage.remedy.leader', name=name)} {until}".strip()
    if not leader.email:
        return Remedy(text=text)
    # The address at work of a manager of the reader's own municipality.
    subject = quote(texts("desk.coverage.subject", unit=unit_named(viewer, gap.unit_id)))
    mail = f"mailto:{quote(leader.email, safe='@')}?subject={subject}"
    url = viewer.content.channels.direct_chat(viewer.person, leader.email) or mail
    return Remedy(text=text, write_url=url, write_to=name)


def _relief(viewer: Viewer, own: OwnNetwork, ambassadors: Mapping[str, Person], gap: Gap) -> Remedy:
    """Return a free ambassador to stand in for one that is away or full."""
    texts = viewer.texts
    free = own.nearest(gap.unit_id, excluded=(gap.person_id or "",), free_only=True, limit=SUBSTITUTES)
    day = gap.since or own.on
    chosen = next((ambassador for ambassador in free if ambassador.absence_on(day) is None), None)
    if chosen is None:
        return Remedy(text=texts("desk.coverage.remedy.nobody"))
    text = texts(f"desk.coverage.remedy.{gap.kind}", **_who_where(viewer, ambassadors, chosen))
    if not viewer.person.has(Role.ADMIN):
        return Remedy(text=f"{text} {texts('desk.coverage.remedy.by_admin')}")
    if gap.absence is None:
        return Remedy(text=text, place=RemedyPlace.CAPACITY, person_id=gap.person_id or "")
    return Remedy(
        text=text,
        place=RemedyPlace.ABSENCE,
        person_id=gap.person_id or "",
        absence_id=absence_id(gap.absence),
        substitute_id=chosen.person_id,
    )


def _who_where(viewer: Viewer, ambassadors: Mapping[str, Person], ambassador: Ambassador) -> dict[str, str]:
    name = name_of(ambassadors.get(ambassador.person_id), viewer.texts)
    return {"name": name, "unit": unit_named(viewer, ambassador.unit_id)}


def _gap_row(viewer: Viewer, ambassadors: Mapping[str, Person], gap: Gap, remedy: Remedy) -> GapRow:
    texts = viewer.texts
    gap_text = gap_words(texts, gap)
    who = name_of(ambassadors.get(gap.person_id), texts) if gap.person_id else ""
    return GapRow(
        kind=gap.kind,
        kind_name=texts(f"desk.coverage.kind.{gap.kind}"),
        where=unit_named(viewer, gap.unit_id),
        what=f"{who}: {gap_text}" if who else "",
        remedy=remedy,
    )


# The coverage of what a leader leads: numbers, and the units without an ambassador. Only to read.


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
