"""What an account says about its person, and which rules of a directory apply to it."""

from datetime import timedelta
from typing import Any

import pytest

from bot.scim.account import check_account, check_domain, department_of, email_of, language_of, name_of, unit_of
from bot.scim.config import ScimConfig, ScimSource
from bot.scim.fault import PupilRefused, ScimFault
from bot.scim.groups import split_members, spread
from bot.scim.removals import (
    added_lately,
    demoted_lately,
    may_remove,
    removed_lately,
    with_addition,
    with_demotion,
    with_refusal,
    with_removal,
)
from dialogs.core.person import Role
from dialogs.provisioning.model import ScimCounts
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
from tests.unit.scim.conftest import CONFIG, ORGANISATION, WORK
from tests.unit.web.conftest import HeldClock

NES, EIDSVOLL = CONFIG.source
LOGIN = "ansatt1@nes.example"


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ({"displayName": "Kari Nordmann"}, "Kari Nordmann"),
        ({"displayName": " Kari \n Nordmann "}, "Kari Nordmann"),
        ({"displayName": "Kari", "name": {"formatted": "Ola"}}, "Kari"),
        ({"name": {"formatted": "Kari N.", "givenName": "Ola"}}, "Kari N."),
        ({"name": {"givenName": "Kari", "familyName": "Nordmann"}}, "Kari Nordmann"),
        ({"name": {"familyName": "Nordmann"}}, "Nordmann"),
        ({"name": None}, "kari-n"),
        ({}, "kari-n"),
    ],
)
def test_the_name_is_the_first_that_is_given(resource: dict[str, Any], name: str) -> None:
    assert name_of({"userName": "kari-n", **resource}) == name


@pytest.mark.parametrize(
    ("emails", "address"),
    [
        (None, None),
        ([], None),
        ([{"value": "a@nes.example"}, {"value": "b@nes.example"}], "a@nes.example"),
        ([{"value": "a@nes.example"}, {"value": "b@nes.example", "primary": True}], "b@nes.example"),
        ([{"value": "no address", "primary": True}, {"value": "b@nes.example"}], "b@nes.example"),
        ([{"value": None}, {"primary": True}], None),
    ],
)
def test_the_address_is_the_primary_one_that_is_one(emails: Any, address: str | None) -> None:
    assert email_of({"emails": emails}) == address


@pytest.mark.parametrize(
    ("given", "language"),
    [
        ("nb-NO", Language.NB),
        ("no", Language.NB),
        ("NN", Language.NN),
        ("en-GB", Language.EN),
        ("de", None),
        ("", None),
        (None, None),
    ],
)
def test_a_language_that_heia_does_not_speak_is_none(given: str | None, language: Language | None) -> None:
    assert language_of({"preferredLanguage": given}) is language


@pytest.mark.parametrize(
    ("department", "unit"),
    [
        ("Oppvekst og skole", "nes-skole"),
        ("nes-helse", "nes-helse"),
        ("HELSE", "nes-helse"),
        ("eidsvoll-skole", None),
        ("Ukjent", None),
        ("", None),
    ],
)
def test_a_department_is_a_unit_as_configured_by_id_or_by_name(department: str, unit: str | None) -> None:
    assert department_of({WORK: {"department": f" {department} "}}) == department
    assert unit_of(department, NES, ORGANISATION) == unit


def test_a_department_of_two_units_of_one_name_is_none() -> None:
    twice, _ = Organisation.parse(
        "municipalities:\n  - id: nes\n    names: {nb: Nes}\n"
        "    units:\n      - {id: a, names: {nb: Skole}}\n      - {id: b, names: {nb: Skole}}\n"
    )
    assert unit_of("Skole", NES, twice) is None
    assert department_of({}) == department_of({WORK: None}) == ""


def source(**changes: Any) -> ScimSource:
    return ScimConfig.model_validate({"source": [{"municipality": "nes", **changes}]}).source[0]


@pytest.mark.parametrize(
    ("user_name", "foreign"),
    [
        ("kari@nes.example", False),
        (" KARI@NES.example ", False),
        ("kari@skole.nes.example", False),
        ("kari@notnes.example", True),
        ("kari@eidsvoll.example", True),
        ("kari", False),
    ],
)
def test_a_user_name_of_another_domain_is_foreign(user_name: str, foreign: bool) -> None:
    assert NES.is_foreign(user_name) is foreign
    if foreign:
        with pytest.raises(ScimFault, match="domain"):
            check_domain(user_name, NES)
    else:
        check_domain(user_name, NES)


def test_a_directory_without_domains_may_not_take_those_of_another() -> None:
    both = ScimConfig.model_validate(
        {"source": [{"municipality": "nes", "domains": [" @NES.example"]}, {"municipality": "eidsvoll"}]}
    )
    assert both.source[0].domains == {"nes.example"}
    assert both.source[1].is_foreign("kari@nes.example")
    assert not both.source[1].is_foreign("kari@eidsvoll.example")
    assert both.of("eidsvoll") is both.source[1]
    assert both.of("oslo") is None


def test_a_guid_is_the_id_of_a_group_and_never_its_name() -> None:
    guid = "00000000-0000-4000-8000-000000000001"
    mapped = source(roles={guid: "announcer", "Redaktører": "editor"})
    assert mapped.roles_of("Andre", guid) == {Role.ANNOUNCER}
    assert mapped.roles_of(guid, "") == frozenset()
    assert mapped.roles_of("Redaktører", guid) == {Role.ANNOUNCER, Role.EDITOR}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"emails": [{"value": "a@nes.example"}] * 51}, "more than 50"),
        ({"displayName": "k" * 1001}, "longer than 1000"),
        ({"displayName": "Kari 13097248022"}, "identity number"),
    ],
)
def test_texts_that_must_not_be_stored_are_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(ScimFault, match=told):
        check_account({}, {"userName": LOGIN, **changes}, NES)


def test_texts_and_addresses_at_the_limit_are_taken() -> None:
    check_account({}, {"userName": LOGIN, "displayName": "k" * 1000, "emails": [{"value": None}] * 50}, NES)


@pytest.mark.parametrize(
    ("payload", "resource"),
    [
        ({}, {"userName": "kari@laering.nes.example"}),
        ({}, {"userName": LOGIN, "emails": [{"value": "kari@laering.nes.example"}]}),
        ({"title": "Elev"}, {"userName": LOGIN}),
        ({}, {"userName": LOGIN, "userType": "Lærling VG2"}),
    ],
)
def test_what_marks_a_pupil_is_refused_wherever_it_stands(payload: dict[str, Any], resource: dict[str, Any]) -> None:
    with pytest.raises(PupilRefused):
        check_account(payload, resource, NES)


# Operations of a PATCH.


@pytest.mark.parametrize(
    ("operation", "added", "removed", "rest"),
    [
        ({"op": "add", "value": "text"}, set(), set(), [{"op": "add", "value": "text"}]),
        ({"op": "add", "value": {}}, set(), set(), [{"op": "add", "value": {}}]),
        ({"op": "add", "path": "", "value": {"Members": [{"value": "c"}]}}, {"c"}, set(), []),
        (
            {"op": "replace", "value": {"members": ["c"], "displayName": "A"}},
            {"c"},
            set(),
            [{"op": "replace", "value": {"displayName": "A"}}],
        ),
        ({"op": "Remove", "path": 'members[ value eq "a" ].value'}, set(), {"a"}, []),
        ({"op": "Remove", "path": "members.value", "value": "a"}, set(), {"a"}, []),
        (
            {"op": "add", "path": 'members[value eq "a"]', "value": 1},
            set(),
            set(),
            [{"op": "add", "path": 'members[value eq "a"]', "value": 1}],
        ),
        (
            {"op": "replace", "path": "displayName", "value": "A"},
            set(),
            set(),
            [{"op": "replace", "path": "displayName", "value": "A"}],
        ),
    ],
)
def test_operations_on_members_are_taken_out_and_the_others_stay(
    operation: dict[str, Any], added: set[str], removed: set[str], rest: list[dict[str, Any]]
) -> None:
    kept, changes = split_members({"schemas": ["x"], "operations": [operation]})
    assert (kept, changes.added, changes.removed) == ({"schemas": ["x"], "Operations": rest}, added, removed)


def test_later_operations_on_a_member_win() -> None:
    join = {"op": "add", "path": "members", "value": [{"value": "a"}]}
    leave = {"op": "remove", "path": "members", "value": [{"value": "a"}]}
    _, changes = split_members({"Operations": [join, leave]})
    assert (changes.added, changes.removed, changes.all) == (set(), {"a"}, False)
    _, changes = split_members({"Operations": [leave, join]})
    assert (changes.added, changes.removed) == ({"a"}, set())
    _, changes = split_members({"Operations": [leave, join, {"op": "remove", "path": "members"}]})
    assert (changes.added, changes.removed, changes.all) == (set(), set(), True)
    _, changes = split_members({"Operations": [{"op": "replace", "path": "members", "value": None}]})
    assert (changes.added, changes.all) == (set(), True)


@pytest.mark.parametrize(
    ("operations", "status"),
    [
        (None, 400),
        ([], 400),
        (["x"], 400),
        ([{"op": "move", "path": "members", "value": "a"}], 400),
        ([{"op": "add", "path": "members", "value": ["a" * 201]}], 400),
        ([{"op": "add", "path": "members", "value": [f"a{number}" for number in range(5001)]}], 413),
        ([{"op": "add", "path": "displayName", "value": "a"}] * 101, 413),
        ([{"op": "add", "path": "members", "value": "a"}] * 1001, 413),
    ],
)
def test_operations_that_are_none_or_too_many_are_refused(operations: Any, status: int) -> None:
    with pytest.raises(ScimFault) as fault:
        split_members({"Operations": operations})
    assert fault.value.status == status


def test_as_many_operations_as_allowed_are_taken() -> None:
    members = [{"op": "add", "path": "members", "value": [f"{part}-{n}" for n in range(100)]} for part in range(50)]
    _, changes = split_members({"Operations": members})
    assert len(changes.added) == 5000
    rest, _ = split_members({"Operations": [{"op": "add", "path": "displayName", "value": "a"}] * 100})
    assert len(rest["Operations"]) == 100
    split_members({"Operations": [{"op": "add", "path": "members", "value": "a" * 200}] * 1000})


def test_a_path_with_a_filter_in_a_value_becomes_an_operation_of_its_own() -> None:
    mail, plain = 'emails[type eq "work"].value', {"op": "replace", "path": "displayName", "value": "A"}
    body = {"Operations": [{"op": "replace", "value": {mail: "x", "title": "T"}}, plain, {"op": "add", "value": {}}]}
    assert spread(body)["Operations"] == [
        {"op": "replace", "value": {"title": "T"}},
        {"op": "replace", "path": mail, "value": "x"},
        plain,
        {"op": "add", "value": {}},
    ]
    assert spread({"Operations": [{"op": "replace", "value": {mail: "x"}}]})["Operations"] == [
        {"op": "replace", "path": mail, "value": "x"}
    ]
    with pytest.raises(ScimFault):
        spread({"Operations": [plain] * 101})


# The counts of a day.


def test_counts_are_of_the_last_day_and_each_kind_apart() -> None:
    now, counts = HeldClock().now(), ScimCounts(id="nes")
    for number in range(26):
        at = now + timedelta(hours=number)
        counts = with_demotion(with_removal(with_removal(with_addition(counts, at), at), at), at)
    last = now + timedelta(hours=25)
    assert (added_lately(counts, last), removed_lately(counts, last), demoted_lately(counts, last)) == (25, 50, 25)
    assert removed_lately(counts, last + timedelta(hours=24)) == 2
    assert removed_lately(counts, last + timedelta(hours=25)) == 0


def test_the_first_refusal_of_an_hour_is_the_first_once() -> None:
    now, counts = HeldClock().now(), ScimCounts(id="nes")
    firsts = []
    for minutes in (0, 1, 59, 60):
        counts, first = with_refusal(counts, now + timedelta(minutes=minutes))
        firsts.append(first)
    assert firsts == [True, False, False, True]


def test_accounts_added_today_make_the_share_of_those_who_leave_no_smaller() -> None:
    now, counts = HeldClock().now(), ScimCounts(id="nes")
    assert may_remove(counts, 1, now)
    for _ in range(25):
        counts = with_removal(counts, now)
    assert may_remove(counts, 79, now)  # 26 of 104
    assert not may_remove(counts, 78, now)
    assert not may_remove(with_addition(counts, now), 79, now)
