"""What a user of Microsoft Graph says: whether an employee, and which attributes are kept."""

from typing import Any

import pytest

from bot.graph.account import UserVerdict, judge, resource_of
from bot.graph.config import GraphConfig, GraphSource
from bot.graph.reading import DirectoryChanges
from bot.scim.config import CORE_USER, ENTERPRISE
from tests.fakes.graph import object_id
from tests.unit.graph.conftest import SOURCE

STAFF, TEENS = object_id(1), object_id(2)
KARI = {"id": object_id(7), "userPrincipalName": "kari@nes.example", "displayName": "Kari", "accountEnabled": True}


def source(**changes: Any) -> GraphSource:
    return GraphConfig.model_validate({"source": [{**SOURCE, **changes}]}).source[0]


def verdict(user: dict[str, Any], *groups: str, **changes: Any) -> UserVerdict:
    changes_ = DirectoryChanges(full=True, groups={"Ansatte": STAFF}, pupils={TEENS})
    return judge(user, groups, source(**changes), changes_)


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, UserVerdict.EMPLOYEE),
        ({"accountEnabled": None}, UserVerdict.EMPLOYEE),
        ({"accountEnabled": False}, UserVerdict.DISABLED),
        ({"userType": "GUEST"}, UserVerdict.GUEST),
        ({"userPrincipalName": "kari_x.example#EXT#@nes.example"}, UserVerdict.GUEST),
        ({"userType": "Elev"}, UserVerdict.PUPIL),
        ({"jobTitle": "Elev"}, UserVerdict.PUPIL),
        ({"employeeType": "Elev"}, UserVerdict.PUPIL),
        ({"department": "Lærling VG2"}, UserVerdict.PUPIL),
        ({"userPrincipalName": "kari@laering.nes.example"}, UserVerdict.PUPIL),
        ({"mail": "kari@laering.nes.example"}, UserVerdict.PUPIL),
        ({"mail": "kari@laering.nes.example", "userType": "Guest", "accountEnabled": False}, UserVerdict.PUPIL),
        ({"displayName": "Kari 13097248022"}, UserVerdict.TEXT),
        ({"displayName": "k" * 1000}, UserVerdict.EMPLOYEE),
        ({"displayName": "k" * 1001}, UserVerdict.TEXT),
        ({"displayName": "Kari 1309724802"}, UserVerdict.EMPLOYEE),
        ({"displayName": "k" * 1001, "accountEnabled": False}, UserVerdict.TEXT),
    ],
)
def test_a_user_is_an_employee_unless_a_property_says_otherwise(
    properties: dict[str, Any], expected: UserVerdict
) -> None:
    assert verdict({**KARI, **properties}) is expected


@pytest.mark.parametrize(
    ("scope", "properties", "groups", "expected"),
    [
        ({"domains": ["nes.example"]}, {}, (), UserVerdict.EMPLOYEE),
        ({"domains": ["eidsvoll.example"]}, {}, (), UserVerdict.OUTSIDE),
        ({"domains": ["eidsvoll.example"]}, {"userPrincipalName": None}, (), UserVerdict.EMPLOYEE),
        ({"domains": ["nes.example"]}, {"userPrincipalName": "Kari@NES.example"}, (), UserVerdict.EMPLOYEE),
        ({"groups": ["Ansatte"]}, {}, (STAFF,), UserVerdict.EMPLOYEE),
        ({"groups": ["Ansatte"]}, {}, (), UserVerdict.OUTSIDE),
        ({"groups": ["Ansatte"]}, {}, (STAFF, TEENS), UserVerdict.PUPIL),
        ({"licensed": True}, {"assignedLicenses": [{"skuId": STAFF}]}, (), UserVerdict.EMPLOYEE),
        ({"licensed": True}, {"assignedLicenses": []}, (), UserVerdict.UNLICENSED),
        ({"licensed": True}, {}, (), UserVerdict.EMPLOYEE),
        ({}, {"assignedLicenses": []}, (), UserVerdict.EMPLOYEE),
    ],
)
def test_a_scope_leaves_out_whom_it_does_not_name_and_what_did_not_come_says_nothing(
    scope: dict[str, Any], properties: dict[str, Any], groups: tuple[str, ...], expected: UserVerdict
) -> None:
    assert verdict({**KARI, **properties}, *groups, scope=scope) is expected


def test_a_directory_of_pupils_has_no_employee() -> None:
    assert verdict(KARI, pupils={"source": True}) is UserVerdict.PUPIL


def test_every_attribute_is_kept_until_it_comes_again() -> None:
    whole = resource_of(
        {
            **KARI,
            "mail": " kari@nes.example ",
            "department": "Helse",
            "userType": "Member",
            "preferredLanguage": "nn",
            "givenName": "Kari",
        },
        {},
    )
    assert whole == {
        "schemas": [CORE_USER, ENTERPRISE],
        "displayName": "Kari",
        "emails": [{"primary": True, "type": "work", "value": "kari@nes.example"}],
        "preferredLanguage": "nn",
        ENTERPRISE: {"department": "Helse"},
        "userName": "kari@nes.example",
        "userType": "Member",
    }
    assert resource_of({"id": KARI["id"]}, whole) == whole
    changed = resource_of({"displayName": "Kari Ny", "mail": None, "department": " "}, whole)
    left = {name: value for name, value in whole.items() if name not in {"emails", ENTERPRISE}}
    assert changed == {**left, "schemas": [CORE_USER], "displayName": "Kari Ny"}
