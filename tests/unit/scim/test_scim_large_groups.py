"""Large groups: changed in portions, answered without a body, asked about one member at a time."""

import asyncio
from typing import Any

import pytest

from bot.ports import Commit, StoreUnavailable
from dialogs.core.person import Person, Role
from dialogs.provisioning.model import ScimGroup, ScimUser
from tests.unit.scim.conftest import GROUP, Caller, Site, object_id
from tests.unit.scim.test_scim_guard import filled
from tests.unit.scim.test_scim_people import person_id

MAPPED = "Heia kunngjørere"


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.scim.groups.PORTION", 3)
    monkeypatch.setattr("bot.scim.endpoint.MOST_ANSWERED", 5)


def members(ids: list[str]) -> list[dict[str, str]]:
    return [{"value": id_} for id_ in ids]


async def group(nes: Caller, ids: list[str], name: str = MAPPED) -> dict[str, Any]:
    status, shown = await nes.ask("POST", "/Groups", {"schemas": [GROUP], "displayName": name, "members": members(ids)})
    assert status == 201
    return dict(shown)


async def announcers(site: Site) -> set[int]:
    found = {number: await site.get(Person, person_id(number)) for number in range(1, 12)}
    return {number for number, person in found.items() if person is not None and person.has(Role.ANNOUNCER)}


class Commits:
    """Counts the commits of a store; the one with number ``fails`` is refused."""

    def __init__(self, site: Site, *, fails: int = 0) -> None:
        self.sizes: list[int] = []
        self._commit, self._fails = site.store.commit, fails
        site.store.commit = self.commit  # type: ignore[method-assign]

    async def commit(self, commit: Commit) -> Any:
        self.sizes.append(sum(each.key.kind == ScimUser.KIND for each in commit.records))
        if len(self.sizes) == self._fails:
            raise StoreUnavailable("away")
        return await self._commit(commit)


async def test_a_group_is_made_changed_and_deleted_in_portions(site: Site, nes: Caller) -> None:
    ids = await filled(nes, 10)
    commits = Commits(site)
    shown = await group(nes, ids)
    assert (max(commits.sizes), sum(commits.sizes)) == (3, 10)
    assert await announcers(site) == set(range(1, 11))
    assert {each["value"] for each in shown["members"]} == set(ids)
    path = f"/Groups/{shown['id']}"
    patch = {"Operations": [{"op": "remove", "path": "members", "value": members(ids[:7])}]}
    assert (await nes.ask("PATCH", path, patch))[0] == 200
    assert await announcers(site) == {8, 9, 10}
    body = {"schemas": [GROUP], "displayName": MAPPED, "members": members(ids[:8])}
    assert (await nes.ask("PUT", path, body)) == (204, None)
    assert await announcers(site) == set(range(1, 9))
    assert (await nes.ask("DELETE", path))[0] == 204
    assert await announcers(site) == set()
    assert max(commits.sizes) == 3


@pytest.mark.parametrize("fails", [1, 2, 3, 4])
async def test_a_change_that_was_interrupted_is_completed_when_it_is_sent_again(
    site: Site, nes: Caller, fails: int
) -> None:
    ids = await filled(nes, 10)
    shown = await group(nes, ids, "Andre")
    path = f"/Groups/{shown['id']}"
    rename = {"Operations": [{"op": "replace", "path": "displayName", "value": MAPPED}]}
    whole = site.store.commit
    Commits(site, fails=fails)
    assert (await nes.ask("PATCH", path, rename))[0] == 503
    stored = await site.get(ScimGroup, shown["id"])
    assert stored is not None
    assert stored.name == "Andre"
    site.store.commit = whole  # type: ignore[method-assign]
    assert (await nes.ask("PATCH", path, rename))[0] == 204
    assert await announcers(site) == set(range(1, 11))


@pytest.mark.parametrize("rename", [False, True])
@pytest.mark.full
async def test_a_deactivation_does_not_wait_for_the_end_of_a_large_group(
    site: Site, nes: Caller, monkeypatch: pytest.MonkeyPatch, rename: bool
) -> None:
    """Except while a group gets another name, which changes the roles of everyone in it."""
    ids = await filled(nes, 11)
    shown = await group(nes, ids[:10], "Andre")
    monkeypatch.setattr("bot.scim.groups.PORTION", 1)
    written: list[str] = []
    begun, whole = asyncio.Event(), site.store.commit

    async def commit(commit: Commit) -> Any:
        written.extend(each.key.id for each in commit.records if each.key.kind == ScimUser.KIND)
        begun.set()
        await asyncio.sleep(0.01)
        return await whole(commit)

    monkeypatch.setattr(site.store, "commit", commit)
    renamed = {"op": "replace", "path": "displayName", "value": MAPPED}
    change = renamed if rename else {"op": "remove", "path": "members"}
    changing = asyncio.create_task(nes.ask("PATCH", f"/Groups/{shown['id']}", {"Operations": [change]}))
    await begun.wait()
    await nes.patch(f"/Users/{ids[10]}", {"op": "replace", "path": "active", "value": "False"})
    assert (await changing)[0] in {200, 204}
    assert len(set(written)) == 11
    assert (written[-1] == ids[10]) is rename


async def test_a_request_with_one_unknown_member_changes_nothing(site: Site, nes: Caller) -> None:
    ids = await filled(nes, 8)
    shown = await group(nes, ids[:1])
    patch = {"Operations": [{"op": "add", "path": "members", "value": members([*ids, "unknown"])}]}
    status, error = await nes.ask("PATCH", f"/Groups/{shown['id']}", patch)
    assert (status, error["scimType"]) == (400, "invalidValue")
    assert await announcers(site) == {1}
    status, _ = await nes.ask(
        "POST", "/Groups", {"schemas": [GROUP], "displayName": "B", "members": members([*ids, "unknown"])}
    )
    assert status == 400
    assert (await nes.ask("GET", "/Groups"))[1]["totalResults"] == 1


async def test_a_change_of_a_large_group_is_answered_without_a_body_but_with_its_version(nes: Caller) -> None:
    ids = await filled(nes, 7)
    shown = await group(nes, ids[:5])
    path = f"/Groups/{shown['id']}"
    for id_, expected in ((ids[4], 200), (ids[5], 204), (ids[6], 204)):
        status, body = await nes.ask(
            "PATCH", path, {"Operations": [{"op": "Add", "path": "members", "value": [{"value": id_}]}]}
        )
        assert (status, body is None) == (expected, expected == 204)
        assert nes.headers["Etag"].startswith('W/"')
    assert len((await nes.ask("GET", path))[1]["members"]) == 7


async def test_more_members_than_a_request_may_name_are_refused_and_all_of_a_large_group_may_leave(
    site: Site, nes: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await filled(nes, 8)
    shown = await group(nes, ids)
    monkeypatch.setattr("bot.scim.groups.MOST_MEMBERS", 6)
    monkeypatch.setattr("bot.scim.groups.MOST_MEMBERS", 6)
    path = f"/Groups/{shown['id']}"
    for method, body in (
        ("PATCH", {"Operations": [{"op": "add", "path": "members", "value": members(ids[:7])}]}),
        ("PUT", {"schemas": [GROUP], "displayName": MAPPED, "members": members(ids[:7])}),
    ):
        assert (await nes.ask(method, path, body))[0] == 413
    assert await announcers(site) == set(range(1, 9))
    assert (await nes.ask("PATCH", path, {"Operations": [{"op": "remove", "path": "members"}]}))[0] == 200
    assert await announcers(site) == set()


async def test_whether_an_account_is_in_a_group_is_answered_without_reading_its_members(
    site: Site, nes: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await filled(nes, 6)
    inside = (await group(nes, ids[:5], "A"))["id"]
    await group(nes, ids[5:], "B")

    async def listed(query: str, **more: str) -> list[str]:
        status, found = await nes.ask("POST", "/Groups/.search", {"filter": query, **more})
        assert status == 200, found
        return [each["id"] for each in found["Resources"]]

    read: list[str] = []
    find = site.store.find

    async def counted(kind: str, term: str, **more: Any) -> Any:
        read.append(term)
        return await find(kind, term, **more)

    monkeypatch.setattr(site.store, "find", counted)
    for query, expected in (
        (f'id eq "{inside}" and members eq "{ids[0]}"', [inside]),
        (f'id eq "{inside}" and members eq "{ids[5]}"', []),
        (f'members[value eq "{ids[1]}"]', [inside]),
        (f'members.value EQ "{ids[1]}" and displayName eq "B"', []),
        ('members eq "nobody"', []),
    ):
        assert await listed(query, attributes="id") == expected, query
    assert not [term for term in read if term.startswith("group:")]
    assert set(await listed('members.value pr and displayName sw "A"')) == {inside}


@pytest.mark.parametrize(
    ("query", "parts"),
    [
        ("", {"value", "$ref"}),
        ("?attributes=members", {"value", "$ref"}),
        ("?attributes=members.value", {"value"}),
        ("?attributes=displayName,members.value", {"value"}),
        ("?excludedAttributes=members.value", {"$ref"}),
        ("?excludedAttributes=members", set()),
        ("?attributes=displayName", set()),
    ],
)
async def test_members_are_shown_as_they_are_asked_for(nes: Caller, query: str, parts: set[str]) -> None:
    ids = await filled(nes, 2)
    shown = await group(nes, ids)
    _, asked = await nes.ask("GET", f"/Groups/{shown['id']}{query}")
    assert {part for each in asked.get("members", ()) for part in each} == parts


async def test_accounts_are_filtered_by_their_groups(nes: Caller) -> None:
    ids = await filled(nes, 3)
    await group(nes, ids[:2], "Skole")
    _, listed = await nes.ask("POST", "/Users/.search", {"filter": 'groups.display eq "Skole"'})
    assert {each["id"] for each in listed["Resources"]} == set(ids[:2])
    assert all(each["groups"][0]["display"] == "Skole" for each in listed["Resources"])
    assert object_id(1) in {each["externalId"] for each in listed["Resources"]}
