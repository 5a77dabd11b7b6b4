"""Accounts become people of the registry at once, and leave it at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ports import Commit, Key, RecordWrite
from bot.records.codec import encode
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.person import Person, Role, account_person_id
from dialogs.provisioning.model import ScimUser
from dialogs.signin.model import WebSession
from knowledge.organisation.nearest import Ambassador
from tests.unit.scim.conftest import GROUP, TENANT, WORK, Caller, Site, account, object_id
from tests.unit.web.conftest import HeldClock


def person_id(number: int) -> str:
    return account_person_id(TENANT, object_id(number))


async def test_an_account_is_a_person_of_the_registry_at_once(site: Site, nes: Caller) -> None:
    shown = await nes.add(1)
    person = await site.get(Person, person_id(1))
    assert person is not None
    assert (person.name, person.municipality_id, person.unit_id) == ("Ansatt 1", "nes", "nes-helse")
    assert (person.registered, person.email, person.account) == (True, "ansatt1@nes.example", (TENANT, object_id(1)))
    assert (shown["externalId"], shown["active"], "phoneNumbers" in shown) == (object_id(1), True, False)
    assert ("scim.user_created", "scim:nes", person.id) in await site.acts()


async def test_a_department_that_is_no_unit_gives_an_unplaced_person(site: Site, nes: Caller) -> None:
    shown = await nes.add(1, **{WORK: {"department": "Ukjent avdeling"}})
    person = await site.get(Person, person_id(1))
    assert person is not None
    assert (person.registered, person.municipality_id, person.unit_id) == (True, "nes", None)
    assert [each.key.id for each in await site.store.find(ScimUser.KIND, "unplaced:nes")] == [shown["id"]]
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": f"{WORK}:department", "value": "skole"})
    person = await site.get(Person, person_id(1))
    assert person is not None
    assert person.unit_id == "nes-skole"
    assert await site.store.count(ScimUser.KIND, "unplaced:nes") == 0


async def test_a_department_of_another_municipality_is_unknown(site: Site, nes: Caller) -> None:
    await nes.add(1, **{WORK: {"department": "eidsvoll-skole"}})
    person = await site.get(Person, person_id(1))
    assert person is not None
    assert person.unit_id is None


async def test_a_person_that_wrote_in_teams_before_is_the_same_person(site: Site, nes: Caller) -> None:
    await site.put(
        Person(id="x1", name="K", object_id=object_id(1), tenant_id=TENANT, muted=True, created_at=HeldClock().now())
    )
    await nes.add(1)
    [person] = await site.people()
    assert (person.id, person.registered, person.muted, person.name) == ("x1", True, True, "Ansatt 1")


async def test_a_person_of_another_municipality_is_not_taken_and_not_named(site: Site, nes: Caller) -> None:
    before = Person(
        id="x1", name="Kari", municipality_id="eidsvoll", unit_id="eidsvoll-skole", registered=True,
        object_id=object_id(1), tenant_id=TENANT, created_at=HeldClock().now(),
    )  # fmt: skip
    await site.put(before)
    status, error = await nes.ask("POST", "/Users", account(1))
    assert (status, error["scimType"]) == (409, "uniqueness")
    assert "eidsvoll" not in str(error).lower()
    assert await site.get(Person, "x1") == before


@pytest.mark.parametrize("value", [False, "False", "false"])
@pytest.mark.parametrize("path", ["active", None])
async def test_deactivation_in_either_dialect_removes_the_person_and_ends_the_sessions(
    site: Site, nes: Caller, value: object, path: str | None
) -> None:
    shown = await nes.add(1)
    session = await site.sign_in(person_id(1))
    ended: list[str] = []
    site.store.on_news(ended.append)
    operation = (
        {"op": "Replace", "path": path, "value": value} if path else {"op": "Replace", "value": {"active": value}}
    )
    answer = await nes.patch(f"/Users/{shown['id']}", operation)
    assert answer["active"] is False
    assert await site.get(WebSession, session) is None
    assert ended == [person_id(1)]
    assert [each for each in await site.people() if each.registered] == []


async def test_an_account_that_is_activated_again_is_the_same_person(site: Site, nes: Caller) -> None:
    shown = await nes.add(1)
    for value in (False, True):
        await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "active", "value": value})
    [person] = await site.people()
    assert (person.id, person.registered, person.left, person.unit_id) == (person_id(1), True, False, "nes-helse")


async def test_groups_give_roles_and_take_back_only_what_they_gave(site: Site, nes: Caller) -> None:
    mapped = {"schemas": [GROUP], "displayName": "Heia kunngjørere"}
    first, second = await nes.add(1), await nes.add(2)
    stored = await site.get(Person, person_id(2))
    assert stored is not None
    given = replace(stored, roles=frozenset({Role.EMPLOYEE, Role.ANNOUNCER}))
    write = RecordWrite(
        key=Key(kind=Person.KIND, id=given.id), body=encode(given), terms=frozenset(given.terms()), expected=None
    )
    await site.store.commit(Commit(at=site.clock.now(), records=(write,)))
    status, group = await nes.ask(
        "POST", "/Groups", {**mapped, "members": [{"value": first["id"]}, {"value": second["id"]}]}
    )
    assert (status, len(group["members"])) == (201, 2)
    roles = [person.roles for number in (1, 2) if (person := await site.get(Person, person_id(number)))]
    assert roles == [frozenset({Role.EMPLOYEE, Role.ANNOUNCER})] * 2
    session = await site.sign_in(person_id(1))
    await nes.patch(
        f"/Groups/{group['id']}",
        {"op": "remove", "path": "members", "value": [{"value": first["id"]}, {"value": second["id"]}]},
    )
    roles = [person.roles for number in (1, 2) if (person := await site.get(Person, person_id(number)))]
    assert roles == [frozenset({Role.EMPLOYEE}), frozenset({Role.EMPLOYEE, Role.ANNOUNCER})]
    assert await site.get(WebSession, session) is None  # the role was taken back


async def test_a_renamed_or_deleted_group_gives_its_roles_no_longer(site: Site, nes: Caller) -> None:
    shown = await nes.add(1)
    _, group = await nes.ask(
        "POST", "/Groups", {"schemas": [GROUP], "displayName": "Andre", "members": [{"value": shown["id"]}]}
    )

    async def roles() -> frozenset[Role]:
        person = await site.get(Person, person_id(1))
        assert person is not None
        return person.roles

    seen = [await roles()]
    for name in ("Heia kunngjørere", "Andre", "Heia kunngjørere"):
        await nes.patch(f"/Groups/{group['id']}", {"op": "replace", "path": "displayName", "value": name})
        seen.append(await roles())
    assert (await nes.ask("DELETE", f"/Groups/{group['id']}"))[0] == 204
    seen.append(await roles())
    both, plain = frozenset({Role.EMPLOYEE, Role.ANNOUNCER}), frozenset({Role.EMPLOYEE})
    assert seen == [plain, both, plain, both, plain]
    assert "groups" not in (await nes.ask("GET", f"/Users/{shown['id']}"))[1]


async def test_an_ambassador_stays_one_at_the_new_unit(site: Site, nes: Caller) -> None:
    at = HeldClock().now()
    helper = Ambassador(
        person_id="x1", name="Kari", municipality_id="nes", unit_id="nes-skole", languages=frozenset(), capacity=7
    )
    await site.put(
        Person(
            id="x1", name="Kari", municipality_id="nes", unit_id="nes-skole", registered=True, object_id=object_id(1),
            tenant_id=TENANT, roles=frozenset({Role.EMPLOYEE, Role.AMBASSADOR}), created_at=at,
        ),
        AmbassadorProfile(ambassador=helper, joined_at=at),
    )  # fmt: skip
    await nes.add(1)
    profile = await site.get(AmbassadorProfile, "x1")
    assert profile is not None
    assert (profile.ambassador.active, profile.ambassador.unit_id, profile.ambassador.capacity) == (
        True,
        "nes-helse",
        7,
    )


async def test_without_a_tenant_the_external_id_is_the_id_in_the_registry(site: Site, nes: Caller) -> None:
    at = HeldClock().now()
    await site.put(
        Person(
            id="1042", name="Ola", municipality_id="eidsvoll", unit_id="eidsvoll-skole", registered=True, created_at=at
        )
    )
    await nes.of("eidsvoll").add(1, externalId="1042", displayName="Ola Nordmann", **{WORK: {}})
    [person] = await site.people()
    assert (person.id, person.name, person.unit_id) == ("1042", "Ola Nordmann", "eidsvoll-skole")


async def test_with_a_tenant_an_account_needs_its_object_id(nes: Caller) -> None:
    status, error = await nes.ask("POST", "/Users", account(1, externalId="ansatt1"))
    assert (status, error["scimType"]) == (400, "invalidValue")
    assert "objectId" in error["detail"]


async def test_nothing_of_another_municipality_can_be_read_or_changed(site: Site, nes: Caller) -> None:
    shown = await nes.add(1)
    _, group = await nes.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "A"})
    other = nes.of("eidsvoll")
    for path in (f"/Users/{shown['id']}", f"/Groups/{group['id']}"):
        for method, body in (("GET", None), ("PUT", account(9)), ("PATCH", {"Operations": []}), ("DELETE", None)):
            assert (await other.ask(method, path, body))[0] == 404
    for query in ("", "?filter=userName%20pr", f"?filter=id%20eq%20%22{shown['id']}%22"):
        assert (await other.ask("GET", f"/Users{query}"))[1]["totalResults"] == 0
    status, _ = await other.ask(
        "POST", "/Groups", {"schemas": [GROUP], "displayName": "B", "members": [{"value": shown["id"]}]}
    )
    assert status == 400
    found = await site.get(ScimUser, shown["id"])
    assert found is not None
    assert found.groups == ()


async def test_a_name_or_an_id_is_used_once(nes: Caller) -> None:
    await nes.add(1)
    for changes in ({"externalId": object_id(2)}, {"userName": "annen@nes.example"}):
        status, error = await nes.ask("POST", "/Users", account(1, **changes))
        assert (status, error["scimType"]) == (409, "uniqueness")


async def test_identity_numbers_are_refused(site: Site, nes: Caller) -> None:
    status, _ = await nes.ask("POST", "/Users", account(1, userName="13097248022"))
    assert status == 400
    assert await site.people() == []


async def test_a_change_that_changes_nothing_writes_nothing(site: Site, nes: Caller) -> None:
    shown = await nes.add(1)
    entries = len(await site.acts())
    site.clock.at += timedelta(hours=1)
    again = await nes.patch(f"/Users/{shown['id']}", {"op": "Replace", "path": "active", "value": "True"})
    assert again == shown
    assert len(await site.acts()) == entries
