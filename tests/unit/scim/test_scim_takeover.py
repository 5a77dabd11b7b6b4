"""No directory takes a person of another municipality, by whatever id it sends and however the person came there."""

from dataclasses import replace
from typing import Any

import pytest

from bot.app.clock import SystemRandomSource
from bot.scim.change import Parts
from bot.scim.config import ScimConfig, ScimSource
from bot.scim.jobs import approve_removals
from bot.signin.former import FormerMarks
from dialogs.core.person import SIGNED_IN_PREFIX, Person, Role, account_person_id
from dialogs.provisioning.model import ScimUser
from tests.unit.scim.conftest import CONFIG, CONTENT, GROUP, PATCH, TENANT, Caller, Site, account, object_id
from tests.unit.web.conftest import NOON

TEAMS_ID = account_person_id(TENANT, object_id(7))


def by_id(external_id: str, **changes: Any) -> dict[str, Any]:
    return account(1, externalId=external_id, userName=f"{external_id}@eidsvoll.example", **changes)


@pytest.mark.parametrize(
    "person",
    [
        Person(id=TEAMS_ID, name="K", object_id=object_id(7), tenant_id=TENANT, created_at=NOON),
        Person(id=TEAMS_ID, name="K", municipality_id="nes", unit_id="nes-skole", created_at=NOON),
        Person(id=f"{SIGNED_IN_PREFIX}1", name="K", municipality_id="nes", created_at=NOON),
        Person(id="1001", name="Ansatt 1", left=True, object_id=object_id(7), tenant_id=TENANT, created_at=NOON),
    ],
    ids=["in Teams", "placed elsewhere", "on the web", "a leaver with the same name"],
)
async def test_an_id_that_is_not_proved_leads_to_nobody_outside_the_municipality(
    site: Site, nes: Caller, person: Person
) -> None:
    await site.put(person)
    taken, known = await nes.of("eidsvoll").ask("POST", "/Users", by_id(person.id))
    free, unknown = await nes.of("eidsvoll").ask("POST", "/Users", {**by_id("free"), "externalId": "free"})
    assert (taken, {*known}) == (free, {*unknown}) == (201, {*unknown}), "both answers say the same"
    assert await site.get(Person, person.id) == person
    made = {each.id: each.municipality_id for each in await site.people() if each.id not in {person.id, "free"}}
    assert [(id_.startswith("scim-"), place) for id_, place in made.items()] == [(True, "eidsvoll")]


@pytest.mark.parametrize(
    ("municipality", "domains", "user_name", "taken"),
    [
        ("nes", ["nes.example"], "ola@nes.example", True),
        ("nes", ["nes.example"], "ola@post.NES.example", True),
        ("nes", ["nes.example"], "ola", True),
        ("nes", ["nes.example"], "ola@eidsvoll.example", False),
        ("nes", ["nes.example"], "ola@onnes.example", False),
        ("eidsvoll", ["nes.example"], "ola@nes.example", False),
        ("eidsvoll", ["nes.example"], "ola@post.nes.example", False),
        ("eidsvoll", ["nes.example"], "ola@eidsvoll.example", True),
        ("eidsvoll", [], "ola@nes.example", True),
    ],
)
def test_a_user_name_of_another_directorys_domain_is_foreign(
    municipality: str, domains: list[str], user_name: str, taken: bool
) -> None:
    config = ScimConfig.model_validate(
        {"source": [{"municipality": "nes", "domains": domains}, {"municipality": "eidsvoll"}]}
    )
    source = config.of(municipality)
    assert source is not None
    assert source.is_foreign(user_name) is not taken


async def test_a_foreign_user_name_is_refused_with_400_and_an_earlier_one_can_be_deactivated(
    site: Site, nes: Caller
) -> None:
    shown = await nes.of("eidsvoll").add(1, userName="kari@nes.example")
    status, error = await nes.of("eidsvoll").ask("POST", "/Users", account(2, userName="ola@hurdal.example"))
    assert (status, error["scimType"]) == (400, "invalidValue")
    change = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "userName", "value": "kari@hurdal.example"}]}
    assert (await nes.of("eidsvoll").ask("PATCH", f"/Users/{shown['id']}", change))[0] == 400
    found = await site.get(ScimUser, shown["id"])
    assert found is not None
    await site.overwrite(replace(found, user_name="kari@hurdal.example"))
    leave = {"op": "replace", "path": "active", "value": False}
    assert (await nes.of("eidsvoll").patch(f"/Users/{shown['id']}", leave))["active"] is False


@pytest.mark.parametrize("made", [TEAMS_ID, f"{SIGNED_IN_PREFIX}1", "scim-1"])
async def test_nobody_gets_the_id_that_another_will_have(site: Site, nes: Caller, made: str) -> None:
    await nes.of("eidsvoll").add(1, externalId=made)
    [person] = await site.people()
    assert (person.id != made, person.id.startswith("scim-")) == (True, True)


async def test_a_leaver_of_the_directory_comes_back_to_it(site: Site, nes: Caller) -> None:
    eidsvoll = nes.of("eidsvoll")
    shown = await eidsvoll.add(1, externalId="1001")
    person = await site.get(Person, "1001")
    assert person is not None
    await site.overwrite(replace(person, welcomed=True))
    await eidsvoll.ask("DELETE", f"/Users/{shown['id']}")
    left = await site.get(Person, "1001")
    assert left is not None
    assert left.left
    await eidsvoll.add(1, externalId="1001")
    back = await site.get(Person, "1001")
    assert back is not None
    assert (back.registered, back.welcomed, back.municipality_id) == (True, True, "eidsvoll")


@pytest.fixture
async def moved(site: Site, nes: Caller) -> dict[str, Any]:
    """Return the account of a person whom an import has given to another municipality, as its administrator."""
    shown = await nes.add(1)
    [person] = await site.people()
    roles = frozenset({Role.EMPLOYEE, Role.ADMIN})
    await site.overwrite(replace(person, municipality_id="eidsvoll", unit_id="eidsvoll-skole", roles=roles))
    return shown


async def test_a_change_of_the_account_does_not_bring_the_person_back(
    site: Site, nes: Caller, moved: dict[str, Any]
) -> None:
    before = await site.people()
    rename = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": "Nytt navn"}]}
    status, error = await nes.ask("PATCH", f"/Users/{moved['id']}", rename)
    assert (status, error["scimType"]) == (409, "uniqueness")
    group = {"schemas": [GROUP], "displayName": "Heia kunngjørere", "members": [{"value": moved["id"]}]}
    assert (await nes.ask("POST", "/Groups", group))[0] == 201, "the group's other members get their role"
    assert await site.people() == before
    leave = {"op": "replace", "path": "active", "value": False}
    assert (await nes.patch(f"/Users/{moved['id']}", leave))["active"] is False
    assert await site.people() == before


async def test_a_removal_that_waited_leaves_alone_who_has_moved(site: Site, nes: Caller, moved: dict[str, Any]) -> None:
    found = await site.get(ScimUser, moved["id"])
    assert found is not None
    await site.overwrite(replace(found, active=False, waiting=True))
    before = await site.people()
    parts = Parts(store=site.store, rng=SystemRandomSource(), former=FormerMarks(b"l" * 32), content=CONTENT)
    source = CONFIG.of("nes")
    assert source is not None
    assert await approve_removals(parts, source, at=site.clock.now(), by="operator") == 1
    assert await site.people() == before


ADMINS = "11111111-2222-4333-8444-555555555555"


@pytest.mark.parametrize("name", [ADMINS, f" {ADMINS} ", ADMINS.upper()])
def test_a_group_does_not_take_the_id_of_another_as_its_name(name: str) -> None:
    roles = {ADMINS: "admin", ADMINS.upper(): "admin", "Heia kunngjørere": "announcer"}
    source = ScimSource.model_validate({"municipality": "nes", "roles": roles})
    assert source.roles_of(name, object_id(1)) == frozenset()
    assert source.roles_of("Heia kunngjørere", ADMINS) == {Role.ADMIN, Role.ANNOUNCER}


@pytest.mark.parametrize("other", [object_id(2), "", "x"])
async def test_an_account_does_not_pass_to_another_object(site: Site, nes: Caller, other: str) -> None:
    shown = await nes.add(1)
    before = await site.people()
    change = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "externalId", "value": other}]}
    for method, body in (("PATCH", change), ("PUT", account(1, externalId=other))):
        status, error = await nes.ask(method, f"/Users/{shown['id']}", body)
        assert (status, error["scimType"]) == (400, "mutability")
    assert await site.people() == before
