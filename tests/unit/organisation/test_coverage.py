"""The holes in the network are all found, and nothing that is no hole."""

from dataclasses import replace
from datetime import date
from itertools import pairwise

from knowledge.organisation.coverage import DepartmentCoverage, Gap, GapKind, MunicipalityCoverage, coverage
from knowledge.organisation.nearest import Absence, Ambassador, Network, Workload
from knowledge.organisation.organisation import Organisation

TODAY = date(2026, 11, 24)

ORGANISATION, _ = Organisation.parse(
    """\
municipalities:
  - id: nes
    names: Nes
    contact: {role: Kontakt, address: kontakt@nes.example}
    units:
      - {id: health, sector: health, names: Health}
      - {id: home, parent: health, names: Home care}
      - {id: north, parent: home, names: North}
      - {id: south, parent: home, names: South}
      - {id: ward, parent: health, names: Ward}
      - {id: school, sector: school, names: School}
      - {id: class, parent: school, names: Class}
  - id: hurdal
    names: Hurdal
    contact: {role: Kontakt, address: kontakt@hurdal.example}
    units: [{id: hurdal-health, sector: health, names: Health}]
"""
)


def helper(person_id: str, unit_id: str, substitute: str | None = "nobody", **more: object) -> Ambassador:
    return Ambassador(
        person_id=person_id,
        name=person_id,
        municipality_id="nes",
        unit_id=unit_id,
        absences=(
            ()
            if substitute == "nobody"
            else (Absence(first_day=TODAY, last_day=date(2026, 12, 1), substitute_id=substitute),)
        ),
        **more,  # type: ignore[arg-type]
    )


def look(*helpers: Ambassador, desks: dict[str, Workload] | None = None) -> MunicipalityCoverage:
    network = Network.from_ambassadors(ORGANISATION, helpers)
    [found] = coverage(ORGANISATION, network, on={"nes": TODAY}, workloads=desks or {})
    return found


def test_a_unit_is_covered_by_someone_in_it_or_below_it_but_not_by_someone_above_or_beside_it() -> None:
    found = look(helper("a", "north"))
    assert [(gap.unit_id, gap.steps) for gap in found.of_kind(GapKind.NO_AMBASSADOR)] == [
        ("school", 4),
        ("ward", 3),
        ("class", 5),
        ("south", 2),
    ]
    assert (found.units, found.covered, found.ambassadors, found.free) == (7, 3, 1, 1)
    assert found.departments == (
        DepartmentCoverage(department_id="health", units=5, covered=3, ambassadors=1),
        DepartmentCoverage(department_id="school", units=2, covered=0, ambassadors=0),
    )


def test_steps_to_help_agree_with_the_distance_in_the_tree() -> None:
    places = ["home", "class"]
    found = look(*(helper(place, place) for place in places))
    for gap in found.of_kind(GapKind.NO_AMBASSADOR):
        assert gap.steps == min(ORGANISATION.distance(gap.unit_id, place) for place in places)


def test_a_municipality_without_ambassadors_is_one_hole_and_says_that_nobody_is_near() -> None:
    found = look()
    assert len(found.gaps) == found.units == 7
    assert {gap.steps for gap in found.gaps} == {None}
    assert found.covered == found.ambassadors == found.free == 0


def test_those_who_left_and_pupils_cover_nothing() -> None:
    assert look(helper("a", "north", active=False), helper("b", "north", pupil=True)).covered == 0


def test_an_absence_is_a_gap_unless_a_substitute_can_take_a_question() -> None:
    def absent(*helpers: Ambassador, desks: dict[str, Workload] | None = None) -> list[str | None]:
        return [gap.person_id for gap in look(*helpers, desks=desks).of_kind(GapKind.ABSENT)]

    assert absent(helper("a", "north", None)) == ["a"]
    assert absent(helper("a", "north", "b"), helper("b", "class")) == []
    assert absent(helper("a", "north", "b")) == ["a"]
    assert absent(helper("a", "north", "b"), helper("b", "class", paused=True)) == ["a"]
    full = {"b": Workload(open_count=3)}
    assert absent(helper("a", "north", "b"), helper("b", "class"), desks=full) == ["a"]
    # Everybody's substitute is away too.
    assert absent(helper("a", "north", "b"), helper("b", "class", "a")) == ["b", "a"]


def test_a_gap_about_a_person_says_where_and_until_when() -> None:
    [gap] = look(helper("a", "north", None)).of_kind(GapKind.ABSENT)
    assert gap == Gap(
        kind=GapKind.ABSENT,
        municipality_id="nes",
        department_id="health",
        unit_id="north",
        person_id="a",
        until=date(2026, 12, 1),
        absence=Absence(first_day=TODAY, last_day=date(2026, 12, 1)),
    )


def test_an_absence_without_a_substitute_that_begins_or_goes_on_later_is_a_gap() -> None:
    def gaps(*absences: Absence) -> list[tuple[date | None, date | None]]:
        away = replace(helper("a", "north"), absences=absences)
        found = look(away, helper("b", "class"), helper("c", "ward", "b")).of_kind(GapKind.ABSENT)
        return [(gap.since, gap.until) for gap in found if gap.person_id == "a"]

    def days(first: date, last: date, substitute: str | None = None) -> Absence:
        return Absence(first_day=first, last_day=last, substitute_id=substitute)

    long = days(date(2026, 11, 1), date(2030, 12, 31))
    december = date(2026, 12, 3), date(2026, 12, 8)
    assert gaps(long) == [(None, date(2030, 12, 31))]
    assert gaps(long, days(TODAY, date(2026, 12, 5), "b")) == [(date(2026, 12, 6), date(2030, 12, 31))]
    assert gaps(long, days(*december, "b")) == [
        (None, date(2026, 12, 2)),
        (date(2026, 12, 9), date(2030, 12, 31)),
    ]
    assert gaps(days(*december)) == [december]
    assert gaps(days(*december, "b")) == []
    assert gaps(days(*december, "gone")) == [december]
    assert gaps(days(date(2026, 11, 28), date(2026, 11, 29), "c")) == [(date(2026, 11, 28), date(2026, 11, 29))]
    assert gaps(days(date(2026, 11, 1), date(2026, 11, 23))) == []


def test_overloaded_is_who_has_as_much_as_wanted_but_not_who_wants_nothing() -> None:
    helpers = [
        helper("a", "north", capacity=2),
        helper("b", "north", capacity=2),
        helper("c", "north", capacity=0),
    ]
    found = look(*helpers, desks={"a": Workload(open_count=2), "b": Workload(open_count=1)})
    assert [(gap.person_id, gap.open_count) for gap in found.of_kind(GapKind.OVERLOADED)] == [("a", 2)]
    assert found.free == 1


def test_only_the_municipalities_asked_for_are_looked_over() -> None:
    network = Network.from_ambassadors(ORGANISATION, [helper("a", "north")])
    both = coverage(ORGANISATION, network, on={"hurdal": TODAY, "nes": TODAY}, workloads={})
    assert [found.municipality_id for found in both] == ["nes", "hurdal"]
    assert both[1].ambassadors == 0
    assert coverage(ORGANISATION, network, on={}, workloads={}) == ()


def test_gaps_come_by_kind() -> None:
    busy = {"a": Workload(open_count=9), "b": Workload(open_count=9)}
    found = look(helper("a", "north", None), helper("b", "class", None), desks=busy)
    kinds = [list(GapKind).index(gap.kind) for gap in found.gaps]
    assert all(before <= after for before, after in pairwise(kinds))
    assert kinds.count(1) == kinds.count(2) == 2
    assert 0 in kinds
