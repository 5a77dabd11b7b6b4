"""Each change of an account reaches its person, and is counted and noted as what it is."""

from dataclasses import replace
from typing import Any

import pytest

from bot.scim import reading
from dialogs.core.person import Person, Role
from dialogs.provisioning.model import ScimCounts, ScimGroup, ScimUser
from tests.unit.scim.conftest import GROUP, PATCH, WORK, Caller, Site, account, object_id
from tests.unit.scim.test_scim_people import person_id


async def person_of(site: Site, number: int = 1) -> Person:
    person = await site.get(Person, person_id(number))
    assert person is not None
    return person


async def counts(site: Site) -> ScimCounts:
    stored = await site.get(ScimCounts, "nes")
    assert stored is not None
    return stored


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("displayName", "Nytt Navn", {"name": "Nytt Navn"}),
        ("preferredLanguage", "nn-NO", {"language": "nn"}),
        ('emails[type eq "work"].value', "ny@nes.example", {"email": "ny@nes.example"}),
        (f"{WORK}:department", "Oppvekst og skole", {"unit_id": "nes-skole"}),
    ],
)
async def test_a_change_of_one_attribute_reaches_the_person_and_is_no_loss(
    site: Site, nes: Caller, path: str, value: str, expected: dict[str, str]
) -> None:
    shown = await nes.add(1)
    before = await person_of(site)
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": path, "value": value})
    assert await person_of(site) == replace(before, **expected)  # type: ignore[arg-type]
    assert (await counts(site)).demoted == {}
    acts = [act for act, _, _ in await site.acts() if act.startswith("scim.user")]
    assert sorted(acts) == ["scim.user_changed", "scim.user_created"]


async def test_a_lost_unit_and_a_lost_role_are_counted_and_a_role_more_is_not(site: Site, nes: Caller) -> None:
    shown = await nes.add(1)
    _, group = await nes.ask(
        "POST", "/Groups", {"schemas": [GROUP], "displayName": "Heia kunngjørere", "members": [{"value": shown["id"]}]}
    )
    assert (await person_of(site)).roles == {Role.EMPLOYEE, Role.ANNOUNCER}
    assert (await counts(site)).demoted == {}
    await nes.patch(f"/Groups/{group['id']}", {"op": "remove", "path": "members"})
    assert sum((await counts(site)).demoted.values()) == 1
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": f"{WORK}:department", "value": "Ukjent"})
    assert sum((await counts(site)).demoted.values()) == 2
    assert "scim.user_groups" in {act for act, _, _ in await site.acts()}


async def test_a_chosen_language_stays_when_the_directory_has_another(site: Site, nes: Caller) -> None:
    shown = await nes.add(1, preferredLanguage="nn")
    person = await person_of(site)
    assert person.language == "nn"
    await site.overwrite(replace(person, language_chosen=True))
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "preferredLanguage", "value": "en"})
    assert (await person_of(site)).language == "nn"


async def test_a_person_keeps_the_unit_while_the_department_only_has_another_name_now(site: Site, nes: Caller) -> None:
    shown = await nes.add(1, **{WORK: {"department": "Helse"}})
    stored = await site.get(ScimUser, shown["id"])
    assert stored is not None
    # As if the file had said so when the account came.
    await site.overwrite(replace(stored, resource={**stored.resource, WORK: {"department": "Pleie"}}))
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "displayName", "value": "Ny"})
    assert (await person_of(site)).unit_id == "nes-helse"
    await site.overwrite(replace(await person_of(site), unit_id="eidsvoll-skole"))
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "displayName", "value": "Nyere"})
    assert (await person_of(site)).unit_id is None, "a unit of another municipality"


async def test_an_account_that_comes_inactive_makes_no_person_and_one_that_is_activated_does(
    site: Site, nes: Caller
) -> None:
    shown = await nes.add(1, active=False)
    assert await site.people() == []
    assert (await counts(site)).added == {}
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "active", "value": True})
    assert (await person_of(site)).registered
    assert sum((await counts(site)).added.values()) == 1
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "displayName", "value": "Ny"})
    assert sum((await counts(site)).added.values()) == 1
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "active", "value": False})
    assert sum((await counts(site)).removed.values()) == 1
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "displayName", "value": "Nyere"})
    assert sum((await counts(site)).removed.values()) == 1
    acts = [act for act, _, _ in await site.acts() if act.startswith("scim.user")]
    assert sorted(acts) == [
        "scim.user_activated",
        "scim.user_changed",
        "scim.user_changed",
        "scim.user_created",
        "scim.user_deactivated",
    ]


async def test_a_replaced_account_has_what_was_sent_and_nothing_more(site: Site, nes: Caller) -> None:
    shown = await nes.add(1, preferredLanguage="nn", userType="Fast")
    body = account(1, displayName="Nytt Navn")
    status, after = await nes.ask("PUT", f"/Users/{shown['id']}", body)
    assert (status, after["displayName"], "userType" in after, "preferredLanguage" in after) == (
        200,
        "Nytt Navn",
        False,
        False,
    )
    assert (await person_of(site)).name == "Nytt Navn"
    status, error = await nes.ask("PUT", f"/Users/{shown['id']}", account(1, userName="x@eidsvoll.example"))
    assert (status, error["scimType"]) == (400, "invalidValue")
    await nes.add(2)
    for changes in ({"userName": "ansatt2@nes.example"}, {"externalId": object_id(2)}):
        assert (await nes.ask("PUT", f"/Users/{shown['id']}", account(1, **changes)))[0] == 409


async def test_an_object_id_never_changes_and_another_id_may_if_it_is_nobodys(site: Site, nes: Caller) -> None:
    shown = await nes.add(1)
    path = {"op": "replace", "path": "externalId"}
    status, error = await nes.ask(
        "PATCH", f"/Users/{shown['id']}", {"schemas": [PATCH], "Operations": [{**path, "value": object_id(9)}]}
    )
    assert (status, error["scimType"]) == (400, "mutability")
    other = nes.of("eidsvoll")
    first = await other.add(11, externalId="1001")
    await other.patch(f"/Users/{first['id']}", {**path, "value": "1003"})
    stored = await site.get(ScimUser, first["id"])
    assert stored is not None
    assert (stored.external_id, stored.person_id) == ("1003", "1001")
    await other.patch(f"/Users/{first['id']}", {**path, "value": "1001"})
    assert (await site.get(ScimUser, first["id"])) == replace(stored, external_id="1001", changed_at=stored.changed_at)
    await site.put(
        Person(id="1002", name="Per", municipality_id="eidsvoll", registered=True, created_at=site.clock.now())
    )
    status, error = await other.ask(
        "PATCH",
        f"/Users/{first['id']}",
        {"schemas": [PATCH], "Operations": [{**path, "value": "1002"}]},
    )
    assert (status, error["scimType"]) == (409, "uniqueness")


@pytest.mark.parametrize("start", [1, 2, 3, 4, 5, 6, 7, 8])
async def test_pages_of_any_start_are_read_across_the_store_s_own_pages(
    nes: Caller, monkeypatch: pytest.MonkeyPatch, start: int
) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    ids = sorted([(await nes.add(number))["id"] for number in range(1, 8)])
    for size in (1, 2, 4):
        _, listed = await nes.ask("GET", f"/Users?startIndex={start}&count={size}")
        assert [shown["id"] for shown in listed["Resources"]] == ids[start - 1 : start - 1 + size]
        assert (listed["totalResults"], listed["startIndex"]) == (7, start)
        _, filtered = await nes.ask("GET", f"/Users?startIndex={start}&count={size}&filter=userName%20pr")
        assert [shown["id"] for shown in filtered["Resources"]] == ids[start - 1 : start - 1 + size]


async def test_members_of_a_group_are_shown_in_the_parts_asked_for(
    nes: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 2)
    ids = sorted([(await nes.add(number))["id"] for number in range(1, 6)])
    members = [{"value": id_} for id_ in ids]
    _, group = await nes.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "A", "members": members})
    path = f"/Groups/{group['id']}"

    async def shown(query: str) -> Any:
        return (await nes.ask("GET", f"{path}?{query}"))[1].get("members")

    assert [member["value"] for member in await shown("")] == ids
    assert {*(await shown(""))[0]} == {"value", "$ref"}
    assert (await shown("attributes=members"))[0].keys() == {"value", "$ref"}
    assert (await shown("attributes=members.value"))[0].keys() == {"value"}
    assert (await shown(f"attributes={GROUP}:members.$ref"))[0].keys() == {"$ref"}
    assert (await shown("excludedAttributes=members.value"))[0].keys() == {"$ref"}
    assert await shown("excludedAttributes=members") is None
    assert await shown("attributes=displayName") is None


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('members.value eq "{0}"', True),
        ('members[value eq "{0}"]', True),
        ('members.value eq "nobody"', False),
        ("members pr", True),
        ('displayName eq "A"', True),
        ('displayName eq "B"', False),
    ],
)
async def test_groups_are_found_by_name_and_by_member(nes: Caller, condition: str, found: bool) -> None:
    shown = await nes.add(1)
    await nes.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": "A", "members": [{"value": shown["id"]}]})
    _, listed = await nes.ask("POST", "/Groups/.search", {"filter": condition.format(shown["id"])})
    assert listed["totalResults"] == found


async def test_a_group_keeps_its_members_and_its_id_when_only_its_name_is_replaced(site: Site, nes: Caller) -> None:
    shown = await nes.add(1)
    _, group = await nes.ask(
        "POST",
        "/Groups",
        {"schemas": [GROUP], "displayName": "A", "externalId": "x1", "members": [{"value": shown["id"]}]},
    )
    path = f"/Groups/{group['id']}"
    after = await nes.patch(path, {"op": "replace", "value": {"displayName": "B", "externalId": "x2"}})
    assert (after["displayName"], after["externalId"], len(after["members"])) == ("B", "x2", 1)
    stored = await site.get(ScimGroup, group["id"])
    assert stored is not None
    assert (stored.name, stored.external_id) == ("B", "x2")
    status, after = await nes.ask("PUT", path, {"schemas": [GROUP], "displayName": "C", "nickName": "c"})
    assert (status, after["displayName"], "members" in after, "externalId" in after) == (200, "C", False, False)
    status, error = await nes.ask("PUT", path, {"schemas": [GROUP], "displayName": " "})
    assert (status, error["scimType"]) == (400, "invalidValue")
    user = await site.get(ScimUser, shown["id"])
    assert user is not None
    assert user.groups == ()


async def test_a_group_of_pupils_is_refused_by_name_or_by_id(nes: Caller) -> None:
    for changes in ({"displayName": "Trinn 10"}, {"displayName": "A", "externalId": "Trinn 10"}):
        status, _ = await nes.ask("POST", "/Groups", {"schemas": [GROUP], **changes})
        assert status == 403


async def test_a_deleted_account_of_the_same_person_is_replaced_and_an_active_one_is_not(
    site: Site, nes: Caller
) -> None:
    other = nes.of("eidsvoll")
    shown = await other.add(1, externalId="1001")
    assert (await other.ask("DELETE", f"/Users/{shown['id']}"))[0] == 204
    assert (await other.ask("GET", f"/Users/{shown['id']}"))[0] == 404
    again = await other.add(1, externalId="1001")
    assert again["id"] != shown["id"]
    [user] = await site.store.find(ScimUser.KIND, "person:1001")
    assert user.key.id == again["id"]
    status, error = await other.ask("POST", "/Users", account(2, externalId="1001"))
    assert (status, error["scimType"]) == (409, "uniqueness")


async def test_everyone_with_an_account_is_an_employee_besides_other_roles(site: Site, nes: Caller) -> None:
    shown = await nes.add(1)
    await site.overwrite(replace(await person_of(site), roles=frozenset({Role.ANNOUNCER})))
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "displayName", "value": "Ny"})
    assert (await person_of(site)).roles == {Role.EMPLOYEE, Role.ANNOUNCER}
