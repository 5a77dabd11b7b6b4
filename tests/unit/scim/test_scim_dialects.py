"""HTTP of the SCIM server, and what Entra sends in either of its dialects."""

import io
from typing import Any

import pytest

from bot.scim.fault import ScimFault
from bot.scim.groups import split_members
from tests.unit.scim.conftest import GROUP, PATCH, WORK, Caller, Site, account, object_id

EMAIL = 'emails[type eq "work"].value'


@pytest.mark.parametrize(
    "operations",
    [
        # With aadOptscim062020
        [
            {"op": "Replace", "path": EMAIL, "value": "ny@nes.example"},
            {"op": "Add", "path": "name.givenName", "value": "Kari"},
            {"op": "Replace", "path": f"{WORK}:department", "value": "Skole"},
            {"op": "Replace", "path": "displayName", "value": "Kari"},
        ],
        # Without: one operation with every path as a key
        [
            {
                "op": "replace",
                "value": {
                    EMAIL: "ny@nes.example",
                    "name.givenName": "Kari",
                    f"{WORK}:department": "Skole",
                    "displayName": "Kari",
                },
            }
        ],
    ],
)
async def test_both_dialects_of_entra_change_an_account(nes: Caller, operations: list[dict[str, Any]]) -> None:
    shown = await nes.add(1, emails=[])
    changed = await nes.patch(f"/Users/{shown['id']}", *operations)
    assert changed["emails"] == [{"type": "work", "value": "ny@nes.example"}]
    assert (changed["displayName"], changed["name"], changed[WORK]) == (
        "Kari",
        {"givenName": "Kari"},
        {"department": "Skole"},
    )
    assert changed["meta"]["version"] != shown["meta"]["version"]


async def test_attributes_that_are_not_kept_are_ignored(nes: Caller) -> None:
    shown = await nes.add(1)
    same = await nes.patch(
        f"/Users/{shown['id']}",
        {"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "1"},
        {"op": "Replace", "value": {"nickName": "K"}},
        {"op": "Add", "path": f"{WORK}:manager", "value": "x"},
    )
    assert same == shown


@pytest.mark.parametrize(
    ("operation", "left"),
    [
        ({"op": "Add", "path": "members", "value": [{"$ref": None, "value": "c"}]}, {"a", "b", "c"}),
        ({"op": "add", "value": {"members": [{"value": "c"}]}}, {"a", "b", "c"}),
        ({"op": "Remove", "path": "members", "value": [{"value": "a"}]}, {"b"}),
        ({"op": "remove", "path": 'members[value eq "a"]'}, {"b"}),
        ({"op": "remove", "path": "members"}, set()),
        ({"op": "replace", "path": "members", "value": [{"value": "c"}]}, {"c"}),
        ({"op": "replace", "path": f"{GROUP}:members", "value": [{"value": "a"}]}, {"a"}),
    ],
)
def test_members_are_read_in_every_form(operation: dict[str, Any], left: set[str]) -> None:
    rest, changes = split_members({"schemas": [PATCH], "Operations": [operation]})
    before = set[str]() if changes.all else {"a", "b"}
    assert (rest["Operations"], (before - changes.removed) | changes.added) == ([], left)


@pytest.mark.parametrize("value", [[{"value": 1}], [{"value": ""}], "", [[]], 7])
def test_members_that_are_no_ids_are_refused(value: Any) -> None:
    with pytest.raises(ScimFault):
        split_members({"Operations": [{"op": "add", "path": "members", "value": value}]})


async def test_filters_find_by_name_by_id_and_by_any_attribute(nes: Caller) -> None:
    for number in range(1, 6):
        await nes.add(number, displayName=f"Ansatt {number % 2}")
    for query, found in (
        ('userName eq "ANSATT2@nes.example"', 1),
        (f'externalId eq "{object_id(3)}"', 1),
        ('displayName eq "Ansatt 1"', 3),
        ('emails[type eq "work" and value sw "ansatt4"]', 1),
        ('userName eq "x" or displayName co "0"', 2),
        (f'{WORK}:department eq "Helse" and not (displayName ew "1")', 2),
        ('userName eq "fremmed@nes.example"', 0),
    ):
        status, listed = await nes.ask("POST", "/Users/.search", {"filter": query})
        assert (status, listed["totalResults"], len(listed["Resources"])) == (200, found, found), query
    status, error = await nes.ask("GET", "/Users?filter=userName%20qq%201")
    assert (status, error["scimType"]) == (400, "invalidFilter")


async def test_pages_hold_everyone_once(nes: Caller) -> None:
    ids = {(await nes.add(number))["id"] for number in range(1, 8)}
    seen: list[str] = []
    for start in (1, 4, 7, 10):
        _, listed = await nes.ask("GET", f"/Users?startIndex={start}&count=3")
        assert listed["totalResults"] == 7
        seen += [each["id"] for each in listed["Resources"]]
    assert (len(seen), set(seen)) == (7, ids)
    assert (await nes.ask("GET", "/Users?count=0"))[1]["totalResults"] == 7


async def test_members_are_left_out_when_they_are_not_asked_for(nes: Caller) -> None:
    shown = await nes.add(1)
    _, group = await nes.ask(
        "POST", "/Groups", {"schemas": [GROUP], "displayName": "A", "members": [{"value": shown["id"]}]}
    )
    assert [each["value"] for each in group["members"]] == [shown["id"]]
    _, listed = await nes.ask("GET", "/Groups?excludedAttributes=members&filter=displayName%20eq%20%22A%22")
    assert [("members" in each, each["displayName"]) for each in listed["Resources"]] == [(False, "A")]


async def test_a_version_that_has_passed_is_refused_and_a_known_one_not_sent_again(nes: Caller) -> None:
    shown = await nes.add(1)
    path, old = f"/Users/{shown['id']}", nes.headers["Etag"]
    assert (await nes.ask("GET", path, **{"If-None-Match": old}))[0] == 304
    assert (await nes.ask("GET", path, **{"If-None-Match": 'W/"99"'}))[0] == 200
    assert (await nes.ask("GET", path, **{"If-None-Match": f'W/"99", {old}'}))[0] == 304
    await nes.patch(path, {"op": "replace", "path": "displayName", "value": "Ny"})
    body = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "displayName", "value": "Nyere"}]}
    assert (await nes.ask("PATCH", path, body, **{"If-Match": old}))[0] == 412
    assert (await nes.ask("DELETE", path, **{"If-Match": old}))[0] == 412
    _, now = await nes.ask("GET", path)
    assert now["displayName"] == "Ny"
    assert (await nes.ask("PATCH", path, body, **{"If-Match": now["meta"]["version"]}))[0] == 200


async def test_every_refusal_is_a_scim_error(site: Site, nes: Caller) -> None:
    await nes.add(1)
    for expected, method, path, body in (
        (404, "GET", "/Users/none", None),
        (404, "GET", "/Nothing", None),
        (405, "POST", "/Schemas", {}),
        (400, "POST", "/Users", {"schemas": []}),
        (400, "POST", "/Users", []),
        (400, "POST", "/Users", account(2, displayName="a\0b")),
        (400, "POST", "/Users", account(2, userName=" ")),
        (400, "POST", "/Users", account(2, displayName={"a": 1})),
    ):
        status, error = await nes.ask(method, path, body)
        assert (status, error["status"]) == (expected, str(expected)), (method, path, body)
        assert error["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    url = site.server.make_url("/scim/v2/Users")
    headers = {"Authorization": f"Bearer {site.tokens['nes']}", "Content-Type": "application/json"}
    for data, expected in (
        (b"{", 400),
        (b"[" * 200_000, 400),
        (b'"' + b"a" * 2**20 + b'"', 413),
        (b'{"a":"\\ud800"}', 400),
    ):
        async with nes.http.post(url, data=io.BytesIO(data), headers=headers) as answer:
            assert (answer.status, (await answer.json(content_type=None))["status"]) == (expected, str(expected))
    async with nes.http.post(url, data=b"{}", headers={**headers, "Content-Type": "text/plain"}) as answer:
        assert answer.status == 415


async def test_a_body_of_ten_megabytes_is_refused_and_the_server_goes_on(site: Site, nes: Caller) -> None:
    url = site.server.make_url("/scim/v2/Users")
    headers = {"Authorization": f"Bearer {site.tokens['nes']}", "Content-Type": "application/scim+json"}
    for _ in range(3):
        async with nes.http.post(url, data=io.BytesIO(b'{"a":"' + b"x" * 10_000_000), headers=headers) as answer:
            assert answer.status == 413
    assert await site.people() == []
    await nes.add(1)


async def test_what_is_not_supported_is_said_and_not_there(nes: Caller) -> None:
    _, config = await nes.ask("GET", "/ServiceProviderConfig")
    supported = {name: config[name]["supported"] for name in ("patch", "bulk", "filter", "sort", "etag")}
    assert supported == {"patch": True, "bulk": False, "filter": True, "sort": False, "etag": True}
    assert (config["bulk"]["maxOperations"], config["filter"]["maxResults"]) == (0, 200)
    assert [each["type"] for each in config["authenticationSchemes"]] == ["oauthbearertoken"]
    for path in ("/Bulk", "/Me"):
        status, error = await nes.ask("POST", path, {"Operations": []})
        assert (status, error["status"]) == (404, "404")


@pytest.mark.parametrize("start", ["0", "-3", "1", "7", "8", "9999999"])
@pytest.mark.parametrize("size", ["0", "1", "200", "9999", "-1"])
async def test_any_page_that_can_be_asked_for_is_a_page(nes: Caller, start: str, size: str) -> None:
    for number in range(1, 8):
        await nes.add(number)
    for endpoint in ("Users", "Users?filter=userName%20pr"):
        joined = "&" if "?" in endpoint else "?"
        status, listed = await nes.ask("GET", f"/{endpoint}{joined}startIndex={start}&count={size}")
        left = max(7 - max(int(start), 1) + 1, 0)
        assert (status, listed["totalResults"]) == (200, 7)
        assert len(listed.get("Resources", ())) == listed["itemsPerPage"] == min(max(int(size), 0), left)


@pytest.mark.full
async def test_a_directory_that_floods_waits(nes: Caller) -> None:
    statuses = [(await nes.ask("GET", "/ServiceProviderConfig"))[0] for _ in range(601)]
    assert (set(statuses[:600]), statuses[600]) == ({200}, 429)
    assert (await nes.of("eidsvoll").ask("GET", "/ServiceProviderConfig"))[0] == 200
