"""Who enters the registry from Microsoft Graph, what changes, and who leaves."""

from dataclasses import replace

import pytest

from bot.graph.account import UserVerdict
from dialogs.core.person import Person, Role
from dialogs.signin.model import WebSession
from tests.fakes.graph import TENANT, object_id
from tests.unit.graph.conftest import Town

ANNOUNCERS, PUPILS = object_id(901), object_id(902)


async def test_employees_enter_with_unit_language_and_roles(town: Town) -> None:
    town.graph.put(1, department="Oppvekst og skole", preferredLanguage="nn-NO")
    town.graph.put(2, department="Finnes ikke")
    town.graph.put(3, department=None, mail=None)
    town.graph.join(ANNOUNCERS, object_id(1))
    await town.run()
    people = await town.people()
    assert {id_: each.unit_id for id_, each in people.items()} == {"1": "nes-skole", "2": None, "3": None}
    assert people["1"].roles == {Role.EMPLOYEE, Role.ANNOUNCER}
    assert people["1"].language == "nn"
    assert (people["1"].tenant_id, people["1"].object_id) == (TENANT, object_id(1))
    assert {id_ for id_, each in (await town.accounts()).items() if each.unplaced} == {"2", "3"}
    assert "givenName" not in str(await town.accounts())


async def test_a_run_without_changes_writes_nothing_but_its_state(town: Town) -> None:
    for number in range(1, 30):
        town.graph.put(number)
    await town.run()
    before, acts = await town.accounts(), await town.acts()
    town.graph.asked.clear()
    assert (await town.run()).plan.steps == []
    assert (await town.accounts(), await town.acts()) == (before, acts)
    assert town.graph.count("/v1.0/") == 4
    await town.run(full=True)
    assert await town.accounts() == before


@pytest.mark.parametrize("sparse", [False, True])
async def test_changes_come_whole_or_with_only_what_changed(town: Town, sparse: bool) -> None:
    town.graph.sparse = sparse
    town.graph.put(1, department="Helse", preferredLanguage="nn")
    town.graph.join(ANNOUNCERS, object_id(1))
    await town.run()
    town.graph.put(1, displayName="Nytt Navn")
    await town.run()
    [person] = (await town.people()).values()
    assert (person.name, person.unit_id, person.language) == ("Nytt Navn", "nes-helse", "nn")
    assert Role.ANNOUNCER in person.roles
    town.graph.put(1, department="Oppvekst og skole", displayName="Nyest Navn")
    town.graph.leave(ANNOUNCERS, object_id(1))
    await town.run()
    [person] = (await town.people()).values()
    assert (person.name, person.unit_id, person.roles) == ("Nyest Navn", "nes-skole", {Role.EMPLOYEE})


@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("leaving", ["disabled", "soft", "hard", "guest", "pupil"])
async def test_who_leaves_is_gone_and_signed_out(town: Town, leaving: str, sparse: bool) -> None:
    town.graph.sparse = sparse
    for number in (1, 2):
        town.graph.put(number)
    await town.run()
    person = (await town.people())["1"]
    session = await town.sign_in(person.id)
    match leaving:
        case "disabled":
            town.graph.put(1, accountEnabled=False)
        case "soft" | "hard":
            town.graph.delete(1, "changed" if leaving == "soft" else "deleted")
        case "guest":
            town.graph.put(1, userType="Guest")
        case _:
            town.graph.put(1, jobTitle="Elev")
    await town.run()
    assert {*await town.people()} == {"2"}
    assert await town.get(WebSession, session) is None


async def test_a_restored_and_an_enabled_account_bring_the_same_person_back(town: Town) -> None:
    town.graph.sparse = True
    for number in (1, 2):
        town.graph.put(number)
    await town.run()
    before = {id_: each.id for id_, each in (await town.people()).items()}
    town.graph.delete(1)
    town.graph.put(2, accountEnabled=False)
    await town.run()
    assert await town.people() == {}
    town.graph.restore(1)
    town.graph.put(2, accountEnabled=True)
    await town.run()
    assert {id_: each.id for id_, each in (await town.people()).items()} == before


async def test_who_is_no_employee_never_enters(town: Town) -> None:
    town.graph.put(1, userType="Guest", userPrincipalName="x_other.example#EXT#@nes.example")
    town.graph.put(2, accountEnabled=False)
    town.graph.put(3, jobTitle="Elev")
    town.graph.put(4, mail="kari@laering.nes.example")
    town.graph.put(5)
    town.graph.join(PUPILS, object_id(5))
    town.graph.put(6, displayName="Kari 13097248022")
    town.graph.put(7, userPrincipalName="x_other.example#EXT#@nes.example")
    plan = (await town.run()).plan
    assert await town.people() == {}
    assert await town.accounts() == {}
    assert plan.refused == {UserVerdict.GUEST: 2, UserVerdict.DISABLED: 1, UserVerdict.PUPIL: 3, UserVerdict.TEXT: 1}
    assert town.refused == ["pupil"] * 3


async def test_a_text_that_must_not_be_stored_leaves_the_account_as_it_was(town: Town) -> None:
    town.graph.put(1)
    await town.run()
    town.graph.put(1, displayName="Kari 13097248022")
    await town.run()
    assert (await town.people())["1"].name == "Ansatt 1"


@pytest.mark.parametrize("sparse", [False, True])
async def test_a_pupil_who_changes_later_is_looked_at_whole(town: Town, sparse: bool) -> None:
    town.graph.sparse = sparse
    town.graph.put(1, jobTitle="Elev")
    town.graph.put(2)
    town.graph.join(PUPILS, object_id(2))
    await town.run()
    town.graph.put(1, displayName="Nytt Navn")
    town.graph.put(2, displayName="Nytt Navn")
    await town.run()
    assert await town.people() == {}
    town.graph.put(1, jobTitle="Lærer")
    town.graph.leave(PUPILS, object_id(2))
    await town.run()
    assert {*await town.people()} == {"1", "2"}


async def test_scope_by_group_domain_and_licence(town: Town) -> None:
    town.settings = {"scope": {"groups": ["Ansatte"], "domains": ["nes.example"], "licensed": True}}
    staff = town.graph.group(903, "Ansatte", [object_id(number) for number in (1, 2, 3)])
    town.graph.put(1)
    town.graph.put(2, userPrincipalName="ansatt2@eidsvoll.example")
    town.graph.put(3, assignedLicenses=[])
    town.graph.put(4)
    plan = (await town.run()).plan
    assert {*await town.people()} == {"1"}
    assert plan.refused == {UserVerdict.OUTSIDE: 2, UserVerdict.UNLICENSED: 1}
    town.graph.join(staff, object_id(4))
    town.graph.put(3, assignedLicenses=[{"skuId": object_id(1)}])
    await town.run()
    assert {*await town.people()} == {"1", "3", "4"}
    town.graph.leave(staff, object_id(1))
    town.graph.put(3, assignedLicenses=[])
    await town.run()
    assert {*await town.people()} == {"4"}


async def test_a_person_of_another_municipality_is_left_alone_until_they_move(town: Town) -> None:
    elsewhere = Person(
        id="p1", name="Kari", municipality_id="eidsvoll", unit_id="eidsvoll-skole", registered=True,
        tenant_id=TENANT, object_id=object_id(1), created_at=town.clock.now(),
    )  # fmt: skip
    await town.put(elsewhere)
    town.graph.put(1)
    assert (await town.run()).plan.refused == {UserVerdict.ELSEWHERE: 1}
    assert await town.get(Person, "p1") == elsewhere
    assert (await town.run()).plan.refused == {UserVerdict.ELSEWHERE: 1}
    left = replace(elsewhere, municipality_id=None, unit_id=None, registered=False, left=True)
    await town.put(left)
    await town.run()
    person = await town.get(Person, "p1")
    assert person is not None
    assert (person.municipality_id, person.registered) == ("nes", True)


async def test_people_of_this_tenant_from_a_file_leave_when_the_directory_has_them_no_more(town: Town) -> None:
    def person(id_: str, tenant_id: str | None, number: int) -> Person:
        return Person(
            id=id_, name=id_, municipality_id="nes", unit_id="nes-helse", registered=True, created_at=town.clock.now(),
            tenant_id=tenant_id, object_id=object_id(number) if tenant_id else None,
        )  # fmt: skip

    await town.put(
        person("p1", TENANT, 1), person("p2", TENANT, 2), person("p3", None, 3), person("p4", object_id(9), 4)
    )
    town.graph.put(1)
    await town.run()
    found = [each.id for each in (await town.people()).values()]
    assert sorted(found) == ["p1", "p3", "p4"]


async def test_a_deleted_group_takes_its_role_along(town: Town) -> None:
    town.graph.put(1)
    town.graph.join(ANNOUNCERS, object_id(1))
    await town.run()
    town.graph.delete_group(ANNOUNCERS)
    await town.run()
    assert (await town.people())["1"].roles == {Role.EMPLOYEE}


async def test_new_rules_are_applied_to_everyone(town: Town) -> None:
    town.graph.put(1, department="Renhold")
    await town.run()
    assert (await town.people())["1"].unit_id is None
    assert (await town.run(units={"Renhold": "nes-helse"})).plan.full
    assert (await town.people())["1"].unit_id == "nes-helse"
