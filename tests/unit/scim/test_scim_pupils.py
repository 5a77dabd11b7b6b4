"""Pupils never enter, by whatever source, group or attribute they would come."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.scim.account import check_account
from bot.scim.config import ScimSource
from bot.scim.fault import PupilRefused
from dialogs.core.person import Person
from knowledge.organisation.importers.fault import FaultKind
from knowledge.organisation.importers.people import PEOPLE_COLUMNS, parse_people
from knowledge.organisation.importers.pupils import PUPIL_WORDS, PupilRule
from knowledge.organisation.importers.rows import csv_of_rows, rows_of_csv
from tests.unit.scim.conftest import CONFIG, GROUP, ORGANISATION, PATCH, WORK, Caller, Site, account, object_id

WORDS = st.sampled_from(sorted(PUPIL_WORDS)).flatmap(lambda word: st.sampled_from([word, word.upper(), f" {word} "]))
LABELS = st.sampled_from(sorted(PUPIL_WORDS)).map(lambda word: f"kari@{word}.nes.example")
MARKS = st.one_of(
    st.builds(lambda word: {"userType": word}, WORDS),
    st.builds(lambda word: {"title": word}, WORDS),
    st.builds(lambda word: {"roles": [{"value": "x"}, {"value": word}]}, WORDS),
    st.builds(lambda word: {WORK: {"department": word}}, WORDS),
    st.builds(lambda word: {WORK: {"division": word}}, WORDS),
    st.builds(lambda address: {"userName": address}, LABELS),
    st.builds(lambda address: {"emails": [{"value": "a@nes.example"}, {"value": address}]}, LABELS),
    st.just({"userName": "kari@laering.nes.example"}),
    st.just({"userType": "lærling vg2"}),
)


@given(mark=MARKS, name=st.text("abcæøå ", min_size=1))
@pytest.mark.full
def test_no_account_of_a_pupil_is_admitted(mark: dict[str, Any], name: str) -> None:
    body = account(1, displayName=name, **mark)
    with pytest.raises(PupilRefused):
        check_account(body, {"userName": body["userName"], "emails": body["emails"]}, CONFIG.source[0])


@given(mark=MARKS.filter(lambda mark: {*mark} & {"userType", "title", "roles", WORK}))
def test_no_change_makes_an_account_a_pupils(mark: dict[str, Any]) -> None:
    key, value = next(iter(mark.items()))
    resource = {"userName": "kari@nes.example"}
    for operation in ({"op": "replace", "path": key, "value": value}, {"op": "add", "value": mark}):
        with pytest.raises(PupilRefused):
            check_account({"Operations": [operation]}, resource, CONFIG.source[0])


@given(word=st.sampled_from(sorted(PUPIL_WORDS)), capital=st.booleans())
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_no_file_admits_a_pupil_by_role_or_address(word: str, capital: bool) -> None:
    word = word.title() if capital else word
    for roles, email in ((f"employee;{word}", ""), ("employee", f"kari@{word}.nes.example")):
        cells = ("kari", "Kari", "nes", "nes-skole", roles, "", "", "", email)
        text = csv_of_rows([column.name for column in PEOPLE_COLUMNS], [cells])
        rows, _ = rows_of_csv(text, PEOPLE_COLUMNS)
        people, faults = parse_people(rows, organisation=ORGANISATION, roles={"employee"})
        assert (people, [each.kind for each in faults]) == ((), [FaultKind.PUPIL])


def test_everyone_of_a_directory_of_pupils_is_refused() -> None:
    source = ScimSource.model_validate({"municipality": "nes", "pupils": {"source": True}})
    with pytest.raises(PupilRefused):
        check_account(account(1), account(1), source)


@pytest.mark.parametrize("department", ["Elev- og lærlingombud", "PPT", "Studentsamskipnad", "Skole"])
def test_employees_that_work_for_pupils_are_admitted(department: str) -> None:
    body = account(1, title="Lærer", **{WORK: {"department": department}})
    check_account(body, body, CONFIG.source[0])


async def test_a_refused_pupil_is_loud_and_leaves_nothing(site: Site, nes: Caller) -> None:
    with capture_logs() as logged:
        for number in (1, 2):
            status, error = await nes.ask("POST", "/Users", account(number, userType="Elev"))
            assert (status, "Pupils" in error["detail"]) == (403, True)
    assert await site.people() == []
    assert site.refused == ["pupil", "pupil"]
    assert [(each["log_level"], each["event"]) for each in logged] == [("warning", "scim_pupil_refused")] * 2
    assert object_id(1) not in str(logged)
    acts = [each for each in await site.acts() if each[0] == "scim.pupil_refused"]
    assert acts == [("scim.pupil_refused", "scim:nes", "nes")]  # once an hour


@pytest.mark.parametrize("name", ["Elever 10A", "trinn 10", "Students"])
async def test_a_group_of_pupils_is_refused_and_no_group_becomes_one(site: Site, nes: Caller, name: str) -> None:
    shown = await nes.add(1)
    members = [{"value": shown["id"]}]
    assert (await nes.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": name, "members": members}))[0] == 403
    _, group = await nes.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "Lærere", "members": members})
    operation = {"op": "replace", "path": "displayName", "value": name}
    assert (await nes.ask("PATCH", f"/Groups/{group['id']}", {"Operations": [operation]}))[0] in {400, 403}
    person = (await site.people())[0]
    assert isinstance(person, Person)
    assert person.registered


DISGUISED = (
    "Elev\u200b", "\u200belev", "el\u00adev", "Elev\u2060", "\uff25lev", "Elev\u00a0", "elev.", "Elev/Student",
    "Studenter", "Elevene", "Elev 10A", "Elev-VG1",
    "Skoleelev", "Skoleelever", "10A Elev", "10 a elever", "VG1 Elev", "VG1-elever", "10. trinn elever",
    "\u0415lev", "El\u0435v\u0435r", "\u0395LEV", "STUDE\u039d\u0422", "\u0455tud\u0435nt",
)  # fmt: skip


@pytest.mark.parametrize("word", DISGUISED)
def test_a_word_is_recognised_however_it_is_written(word: str) -> None:
    rule = PupilRule()
    assert rule.is_value(word)
    assert rule.is_group(word)


STAFF = (
    "", "/", "Lærer/student", "Elev- og lærlingombud", "Elev-rådgiver", "Elevtjenesten", "Elevassistent",
    "Elevinspektør", "Skoleelevombud", "10A Elevassistent", "10A", "VG1 Elevtjenesten", "1 Elev-rådgiver",
    "10. trinn", "Kontaktlærer 10A", "\u0415levassistent", "Учитель", "Δάσκαλος",
)  # fmt: skip


@pytest.mark.parametrize("word", STAFF)
def test_an_employee_is_recognised_too(word: str) -> None:
    rule = PupilRule()
    assert not rule.is_value(word)
    assert not rule.is_group(word)


@pytest.mark.parametrize("address", ["k@el\u00adev.nes.example", "k@\uff45lev.nes.example", "k@elev\u3002nes.example"])
def test_an_address_is_recognised_however_it_is_written(address: str) -> None:
    assert PupilRule().is_address(address)


@pytest.mark.parametrize(
    "operation",
    [
        {"Op": "add", "Path": "title", "Value": "Elev"},
        {"op": "add", "PATH": "title", "value": "Elev"},
        {"op": "add", "path": "title ", "value": "Elev"},
    ],
)
async def test_an_operation_marks_a_pupil_in_any_capitals(nes: Caller, operation: dict[str, str]) -> None:
    shown = await nes.add(1)
    status, _ = await nes.ask("PATCH", f"/Users/{shown['id']}", {"schemas": [PATCH], "Operations": [operation]})
    assert status == 403
