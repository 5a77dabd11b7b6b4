"""The organisation file: what is sound is kept, every fault has its line."""

import csv
from datetime import time
from pathlib import Path

import pytest

from knowledge.article.article import Language
from knowledge.organisation.organisation import FaultKind, Organisation, Sector, UnknownUnit

CONTENT = Path(__file__).parents[3] / "knowledge" / "content"

SMALL = """\
municipalities:
  - id: nes
    names: {nb: Nes kommune, en: Nes municipality}
    contact: {role: Digitaliseringsansvarlig, address: digitaliseringsansvarlig@nes.example}
    shares_with: [hurdal]
    sites:
      - {id: nes-radhus, names: Rådhuset}
    units:
      - {id: nes-helse-hjemme, parent: nes-helse, names: Hjemmetjenesten, formerly: [nes-pleie, nes-omsorg]}
      - {id: nes-helse, sector: health, names: Helse, site: nes-radhus}
      - {id: nes-helse-hjemme-nord, parent: nes-helse-hjemme, names: Nord}
      - {id: nes-helse-hjemme-sor, parent: nes-helse-hjemme, names: Sør}
      - {id: nes-skole, sector: school, names: Skole}
  - id: hurdal
    names: Hurdal kommune
    contact: {role: Digitaliseringsansvarlig, address: digitaliseringsansvarlig@hurdal.example}
    office_hours: {days: [mon, sat], opens: 07:00, closes: 14:45, timezone: Europe/Oslo}
    shares_with: [nes]
    league_table: true
    approval_required: yes
    units:
      - {id: hurdal-helse, sector: health, names: Helse}
"""


@pytest.fixture(scope="module")
def small() -> Organisation:
    organisation, faults = Organisation.parse(SMALL)
    assert faults == ()
    return organisation


def ids(units: object) -> list[str]:
    return [unit.id for unit in units]  # type: ignore[attr-defined]


def test_a_path_leads_from_the_unit_up_to_its_municipality(small: Organisation) -> None:
    assert ids(small.path("nes-helse-hjemme-nord")) == [
        "nes-helse-hjemme-nord",
        "nes-helse-hjemme",
        "nes-helse",
        "nes",
    ]


def test_a_unit_may_stand_in_the_file_before_the_one_above_it_and_inherits_its_sector(
    small: Organisation,
) -> None:
    assert small.get("nes-helse-hjemme-nord").sector is Sector.HEALTH
    assert small.get("nes").sector is None
    assert small.depth("nes-helse-hjemme-nord") == 3


def test_department_is_the_unit_right_below_the_municipality(small: Organisation) -> None:
    department = small.department_of("nes-helse-hjemme-sor")
    assert department is not None
    assert department.id == "nes-helse"
    assert small.department_of("nes") is None


@pytest.mark.parametrize(
    ("a", "b", "steps"),
    [
        ("nes-helse-hjemme-nord", "nes-helse-hjemme-nord", 0),
        ("nes-helse-hjemme-nord", "nes-helse-hjemme", 1),
        ("nes-helse-hjemme-nord", "nes-helse-hjemme-sor", 2),
        ("nes-helse-hjemme-nord", "nes-skole", 4),
        ("nes-helse-hjemme-nord", "nes", 3),
        ("nes-helse-hjemme-nord", "hurdal-helse", 6),
        ("nes", "hurdal", 2),
    ],
)
def test_distance_counts_steps_up_and_down(small: Organisation, a: str, b: str, steps: int) -> None:
    assert small.distance(a, b) == small.distance(b, a) == steps


def test_a_subtree_holds_the_unit_and_all_below_it(small: Organisation) -> None:
    assert ids(small.subtree("nes-helse-hjemme")) == [
        "nes-helse-hjemme",
        "nes-helse-hjemme-nord",
        "nes-helse-hjemme-sor",
    ]
    assert set(ids(small.units("nes"))) == {u.id for u in small.units() if u.municipality_id == "nes"}
    assert small.units("atlantis") == ()


def test_a_renamed_or_merged_unit_is_found_by_its_old_ids(small: Organisation) -> None:
    assert small.get("nes-pleie") is small.get("nes-omsorg") is small.get("nes-helse-hjemme")
    assert small.distance("nes-pleie", "nes-helse") == 1


def test_an_unknown_unit_is_found_as_none_and_refused_by_get(small: Organisation) -> None:
    assert small.find_unit("nes-helse-hjemme-vest") is None
    with pytest.raises(UnknownUnit):
        small.get("nes-helse-hjemme-vest")


def test_settings_are_read_and_have_the_usual_office_hours(small: Organisation) -> None:
    nes, hurdal = small.municipalities["nes"], small.municipalities["hurdal"]
    assert nes.office_hours.weekdays == {0, 1, 2, 3, 4}
    assert (nes.office_hours.opens, nes.office_hours.closes) == (time(8), time(15, 30))
    assert (nes.league_table, nes.approval_required, nes.provider) == (False, False, False)
    assert hurdal.office_hours.weekdays == {0, 5}
    assert (hurdal.office_hours.opens, hurdal.office_hours.closes) == (time(7), time(14, 45))
    assert (hurdal.league_table, hurdal.approval_required) == (True, True)


def test_municipalities_share_only_when_both_say_so(small: Organisation) -> None:
    assert small.sharing("nes") == {"hurdal"}
    one_sided, _ = Organisation.parse(SMALL.replace("shares_with: [nes]", "shares_with: []"))
    assert one_sided.sharing("nes") == frozenset()
    assert one_sided.sharing("hurdal") == frozenset()
    assert one_sided.sharing("atlantis") == frozenset()


def test_names_fall_back_to_bokmal(small: Organisation) -> None:
    names = small.municipalities["nes"].names
    assert [names.text(language) for language in Language] == ["Nes kommune", "Nes kommune", "Nes municipality"]


def faults_of(*units: str, before: str = "") -> tuple[Organisation, list[tuple[int, FaultKind, str]]]:
    """Parse a municipality whose units stand from line 6 on."""
    text = "\n".join(
        [
            "municipalities:",
            "  - id: nes",
            "    names: Nes",
            "    contact: {role: Kontakt, address: kontakt@nes.example}",
            "    units:" if not before else f"    {before}\n    units:",
            *(f"      - {unit}" for unit in units),
        ]
    )
    organisation, faults = Organisation.parse(text)
    return organisation, [(fault.line, fault.kind, fault.value) for fault in faults]


def test_units_above_one_another_are_left_out_with_all_below_them() -> None:
    organisation, faults = faults_of(
        "{id: a, parent: b, names: A}",
        "{id: b, parent: c, names: B}",
        "{id: c, parent: a, names: C}",
        "{id: d, parent: c, names: D}",
        "{id: own, parent: own, names: Own}",
        "{id: sound, names: Sound}",
    )
    assert faults == [
        (6, FaultKind.CYCLE, "b"),
        (7, FaultKind.CYCLE, "c"),
        (8, FaultKind.CYCLE, "a"),
        (9, FaultKind.PARENT_LEFT_OUT, "c"),
        (10, FaultKind.CYCLE, "own"),
    ]
    assert ids(organisation.units()) == ["nes", "sound"]


def test_a_long_chain_into_a_cycle_is_judged_the_same_from_whichever_end_it_is_met() -> None:
    units = ["{id: c, parent: b, names: C}", "{id: b, parent: a, names: B}", "{id: a, parent: a, names: A}"]
    for order in (units, units[::-1]):
        _, faults = faults_of(*order)
        assert {order[line - 6][5]: kind for line, kind, _ in faults} == {
            "a": FaultKind.CYCLE,
            "b": FaultKind.PARENT_LEFT_OUT,
            "c": FaultKind.PARENT_LEFT_OUT,
        }


def test_an_unknown_parent_is_named_and_its_units_left_out() -> None:
    organisation, faults = faults_of("{id: a, parent: nowhere, names: A}", "{id: b, parent: a, names: B}")
    assert faults == [(6, FaultKind.UNKNOWN_PARENT, "nowhere"), (7, FaultKind.PARENT_LEFT_OUT, "a")]
    assert ids(organisation.units()) == ["nes"]


def test_the_second_of_two_equal_ids_is_left_out() -> None:
    organisation, faults = faults_of("{id: a, names: First}", "{id: a, names: Second}", "{id: nes, names: Third}")
    assert faults == [(7, FaultKind.DUPLICATE_ID, "a"), (8, FaultKind.DUPLICATE_ID, "nes")]
    assert organisation.get("a").names.nb == "First"


def test_an_unknown_site_or_sector_leaves_the_unit_without_one() -> None:
    organisation, faults = faults_of("{id: a, names: A, site: moon, sector: space}")
    assert sorted(faults) == [(6, FaultKind.BAD_VALUE, "space"), (6, FaultKind.UNKNOWN_SITE, "moon")]
    assert organisation.get("a").site_id is None
    assert organisation.get("a").sector is None


def test_a_parent_or_site_of_another_municipality_is_unknown() -> None:
    text = SMALL + "      - {id: hurdal-x, parent: nes-helse, names: X}\n"
    text += "      - {id: hurdal-y, site: nes-radhus, names: Y}\n"
    organisation, faults = Organisation.parse(text)
    assert [(fault.kind, fault.value) for fault in faults] == [
        (FaultKind.UNKNOWN_PARENT, "nes-helse"),
        (FaultKind.UNKNOWN_SITE, "nes-radhus"),
    ]
    assert organisation.find_unit("hurdal-x") is None


def test_misspelt_fields_missing_names_and_bad_ids_are_noted() -> None:
    organisation, faults = faults_of(
        "{id: a, name: A}", "{id: Ås, names: Ås}", "{names: Nobody}", "just a text", "{id: b, names: {en: B}}"
    )
    assert sorted(faults) == [
        (6, FaultKind.MISSING, ""),
        (6, FaultKind.UNKNOWN_FIELD, "name"),
        (7, FaultKind.BAD_ID, "Ås"),
        (8, FaultKind.MISSING, ""),
        (9, FaultKind.WRONG_TYPE, ""),
        (10, FaultKind.MISSING, ""),
    ]
    assert ids(organisation.units()) == ["nes", "a", "b"]


@pytest.mark.parametrize(
    ("before", "kind", "value"),
    [
        ("office_hours: {opens: '16:00', closes: '08:00'}", FaultKind.BAD_VALUE, "16:00–08:00"),
        ("office_hours: {opens: noon}", FaultKind.BAD_VALUE, "noon"),
        ("office_hours: {days: [mon, funday]}", FaultKind.BAD_VALUE, "mon, funday"),
        ("office_hours: {timezone: Europe/Atlantis}", FaultKind.BAD_VALUE, "Europe/Atlantis"),
        ("office_hours: [mon]", FaultKind.WRONG_TYPE, ""),
        ("league_table: maybe", FaultKind.BAD_VALUE, "maybe"),
        ("shares_with: [atlantis]", FaultKind.UNKNOWN_MUNICIPALITY, "atlantis"),
        ("shares_with: hurdal", FaultKind.WRONG_TYPE, ""),
        ("sites: [{id: s}]", FaultKind.MISSING, ""),
    ],
)
def test_a_faulty_setting_falls_back_to_the_usual(before: str, kind: FaultKind, value: str) -> None:
    organisation, faults = faults_of(before=before)
    usual, _ = faults_of()
    assert faults == [(5, kind, value)]
    assert organisation.municipalities == usual.municipalities


@pytest.mark.parametrize(
    ("text", "line", "kind"),
    [
        ("municipalities:\n  - {id: nes", 2, FaultKind.UNREADABLE),
        ("\tx", 1, FaultKind.UNREADABLE),
        ("[]", 1, FaultKind.WRONG_TYPE),
        ("", 1, FaultKind.WRONG_TYPE),
        ("municipalities: nes", 1, FaultKind.WRONG_TYPE),
        ("{}", 1, FaultKind.MISSING),
        ("municipalities: &a [*a]", 1, FaultKind.WRONG_TYPE),
        ("\x00", 1, FaultKind.UNREADABLE),
    ],
)
def test_a_file_that_is_no_organisation_gives_an_empty_one_and_says_why(text: str, line: int, kind: FaultKind) -> None:
    organisation, faults = Organisation.parse(text)
    assert organisation.units() == ()
    assert [(fault.line, fault.kind) for fault in faults] == [(line, kind)]


def test_a_missing_or_unusable_contact_is_noted() -> None:
    for contact, kind in (
        ("", FaultKind.MISSING),
        ("contact: {role: Kontakt}", FaultKind.MISSING),
        ("contact: {role: Kontakt, address: nowhere}", FaultKind.BAD_VALUE),
    ):
        organisation, faults = Organisation.parse(f"municipalities:\n  - id: nes\n    names: Nes\n    {contact}\n")
        assert [fault.kind for fault in faults] == [kind]
        assert organisation.municipalities["nes"].contact is None


def test_a_former_id_means_one_unit_only() -> None:
    organisation, faults = faults_of("{id: a, names: A, formerly: [old, b]}", "{id: b, names: B, formerly: [old]}")
    assert faults == [(6, FaultKind.DUPLICATE_ID, "b"), (7, FaultKind.DUPLICATE_ID, "old")]
    assert organisation.get("old").id == "a"
    assert organisation.get("b").names.nb == "B"


@pytest.fixture(scope="module")
def sample() -> Organisation:
    organisation, faults = Organisation.parse((CONTENT / "organisation.yaml").read_text("utf-8"))
    assert faults == ()
    return organisation


def test_the_sample_has_six_municipalities_and_a_provider_each_three_levels_deep(sample: Organisation) -> None:
    assert {m.id for m in sample.municipalities.values() if not m.provider} == {
        "eidsvoll",
        "gjerdrum",
        "hurdal",
        "nannestad",
        "nes",
        "ullensaker",
    }
    for id_, municipality in sample.municipalities.items():
        departments = sample.children(id_)
        assert {unit.sector for unit in departments} == set(Sector)
        assert all(unit.leader_role for unit in departments)
        assert 25 <= len(sample.units(id_)) - 1 <= 40
        assert max(sample.depth(unit.id) for unit in sample.units(id_)) == 3
        assert municipality.contact is not None
        assert municipality.contact.address.endswith(".example")
        assert sample.sharing(id_) == frozenset()


def test_the_sample_people_stand_in_units_that_exist_and_hold_the_roles_needed(sample: Organisation) -> None:
    people = list(csv.DictReader((CONTENT / "people.csv").read_text("utf-8").splitlines()))
    assert len(people) == 300
    for column in ("person_id", "name", "object_id", "email"):
        assert len({person[column] for person in people}) == 300
    held: dict[str, set[str]] = {}
    for person in people:
        assert sample.get(person["unit"]).municipality_id == person["municipality"]
        assert person["email"].endswith(f"@{person['municipality']}.example")
        held.setdefault(person["municipality"], set()).update(person["roles"].split(";"))
    assert set(held) == set(sample.municipalities)
    for roles in held.values():
        assert {"employee", "ambassador", "announcer", "approver", "editor", "admin", "dpo", "contact"} <= roles
        assert {"leader", "teacher", "reviewer"} <= roles
    assert "operator" in held["dgi"]
    reviewers = [person for person in people if "reviewer" in person["roles"].split(";")]
    of_schools = {each["municipality"] for each in reviewers if sample.sector_of(each["unit"]) is Sector.SCHOOL}
    assert of_schools == set(sample.municipalities)
    by_id = {person["person_id"]: person for person in people}
    for unit in sample.units():
        if unit.leader_id:
            assert by_id[unit.leader_id]["unit"] == unit.id
            assert "leader" in by_id[unit.leader_id]["roles"].split(";")
    assert any(unit.leader_role and not unit.leader_id for unit in sample.units())


def test_the_sample_people_of_the_playground_meet_as_neighbours() -> None:
    people = {
        person["object_id"]: person
        for person in csv.DictReader((CONTENT / "people.csv").read_text("utf-8").splitlines())
    }
    first = [people[f"00000000-0000-0000-0000-0000000000{n}"] for n in range(20, 26)]
    assert [person["municipality"] for person in first] == ["nes"] * 5 + ["hurdal"]
    assert first[0]["unit"] == first[1]["unit"] != first[2]["unit"]
    assert first[0]["roles"] == first[5]["roles"] == "employee"
    assert "ambassador" in first[1]["roles"]
    assert "ambassador" in first[2]["roles"]
    assert "announcer" in first[3]["roles"]
    assert {"ambassador", "contact"} <= set(first[4]["roles"].split(";"))
