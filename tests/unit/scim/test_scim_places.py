"""Where people belong: after a change of the file or of the organisation, and from one municipality to another."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.app.maintenance import Maintenance
from bot.ports import Commit, Timer, TimerWrite
from bot.scim.change import Parts
from bot.scim.config import ScimConfig, ScimSource
from bot.scim.jobs import PLACE_VERB, DirectoryJobs
from bot.scim.placing import place_people
from bot.signin.former import FormerMarks
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.content import Content
from dialogs.core.person import Person, Role
from dialogs.provisioning.model import ScimCounts, ScimUser
from knowledge.article.article import Language
from knowledge.organisation.nearest import Ambassador
from knowledge.organisation.organisation import Organisation
from tests.timers import due_timers
from tests.unit.scim.conftest import CONFIG, CONTENT, GROUP, TENANT, WORK, Caller, Site, account
from tests.unit.scim.test_scim_guard import parts_of
from tests.unit.scim.test_scim_people import person_id

NES = CONFIG.source[0]
MAPPED = NES.model_copy(update={"units": {**NES.units, "Ukjent": "nes-skole"}})
# Health and school became one unit with a new id; the old ones are named as its former ids.
MERGED, _ = Organisation.parse(
    "municipalities:\n"
    "  - id: nes\n    names: {nb: Nes}\n"
    "    units:\n      - {id: nes-velferd, names: {nb: Velferd}, formerly: [nes-skole, nes-helse]}\n"
)
RENAMED, _ = Organisation.parse(
    "municipalities:\n"
    "  - id: nes\n    names: {nb: Nes}\n"
    "    units:\n      - {id: nes-helse, names: {nb: Helse og velferd}}\n      - {id: nes-skole, names: {nb: Skole}}\n"
)
GONE, _ = Organisation.parse(
    "municipalities:\n  - id: nes\n    names: {nb: Nes}\n    units:\n      - {id: nes-skole, names: {nb: Skole}}\n"
)


def jobs(site: Site, source: ScimSource = NES, content: Content = CONTENT) -> DirectoryJobs:
    return DirectoryJobs(
        config=ScimConfig(source=(source,)),
        store=site.store,
        rng=site.token_store().rng,
        former=FormerMarks(b"l" * 32),
        content=lambda: content,
        clock=site.clock,
    )


async def started(site: Site, source: ScimSource = NES, content: Content = CONTENT) -> int:
    """Do what a start with this file and organisation does; return how often the job ran."""
    directories = jobs(site, source, content)
    await directories.schedule()
    job = Maintenance(store=site.store, clock=site.clock, directories=directories).jobs[PLACE_VERB]
    rang = 0
    while found := [each for each in await due(site) if each.verb == PLACE_VERB]:
        await site.store.commit(Commit(at=site.clock.now(), timers=(TimerWrite(key=found[0].key, at=None),)))
        await job(found[0])
        rang += 1
    return rang


async def unit(site: Site, number: int) -> str | None:
    person = await site.get(Person, person_id(number))
    assert person is not None
    return person.unit_id


async def parts(site: Site, organisation: Organisation) -> Parts:
    return replace(await parts_of(site), content=replace(CONTENT, organisation=organisation))


async def test_a_new_line_in_the_file_places_people_at_the_next_start(site: Site, nes: Caller) -> None:
    for number in (1, 2):
        await nes.add(number, **{WORK: {"department": "Ukjent"}})
    await nes.add(3)
    assert await started(site) == 2  # they were never placed as a whole: one portion, and the end
    assert [await unit(site, number) for number in (1, 2, 3)] == [None, None, "nes-helse"]
    assert await started(site, MAPPED) == 2
    assert [await unit(site, number) for number in (1, 2, 3)] == ["nes-skole", "nes-skole", "nes-helse"]
    assert await site.store.count(ScimUser.KIND, "unplaced:nes") == 0
    acts = {each for each in await site.acts() if each[0] == "scim.user_placed"}
    assert acts == {("scim.user_placed", "scim:nes", person_id(number)) for number in (1, 2)}


async def test_a_start_without_a_change_looks_at_nobody(site: Site, nes: Caller) -> None:
    await nes.add(1)
    await started(site)
    entries = len(await site.acts())
    await nes.add(2)
    assert await started(site) == 0
    assert len(await site.acts()) == entries + 1


async def test_before_the_directory_has_sent_anyone_there_is_nothing_to_do(site: Site) -> None:
    assert await started(site, MAPPED) == 0
    assert await site.get(ScimCounts, "nes") is None


@pytest.mark.parametrize("portion", [1, 2, 100])
async def test_everyone_is_placed_whatever_the_portion(
    site: Site, nes: Caller, portion: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.scim.placing.PORTION", portion)
    for number in range(1, 6):
        await nes.add(number, **{WORK: {"department": "Ukjent"}})
    assert await place_people(await parts_of(site), MAPPED, at=site.clock.now(), by="operator:kari") == 5
    assert {await unit(site, number) for number in range(1, 6)} == {"nes-skole"}
    assert ("scim.user_placed", "operator:kari", person_id(5)) in await site.acts()


async def test_people_of_merged_units_and_their_ambassador_are_in_the_new_one(site: Site, nes: Caller) -> None:
    await nes.add(1)
    await nes.add(2, **{WORK: {"department": "Oppvekst og skole"}})
    stored = await site.get(Person, person_id(1))
    assert stored is not None
    await site.overwrite(replace(stored, roles=stored.roles | {Role.AMBASSADOR}))
    helper = Ambassador(person_id=stored.id, name=stored.name, municipality_id="nes", unit_id="nes-helse")
    await site.put(AmbassadorProfile(ambassador=helper, joined_at=site.clock.now()))
    await place_people(await parts(site, MERGED), NES, at=site.clock.now(), by="operator")
    assert {await unit(site, number) for number in (1, 2)} == {"nes-velferd"}
    profile = await site.get(AmbassadorProfile, stored.id)
    assert profile is not None
    assert (profile.ambassador.active, profile.ambassador.unit_id) == (True, "nes-velferd")
    # What they have open moves on if they can no longer help.
    assert f"handoff/lost/{stored.id}" in {each.key for each in await due(site)}


async def test_people_stay_in_a_renamed_unit_although_their_department_has_the_old_name(
    site: Site, nes: Caller
) -> None:
    shown = await nes.add(1)
    await place_people(await parts(site, RENAMED), NES, at=site.clock.now(), by="operator")
    assert await unit(site, 1) == "nes-helse"
    assert await site.store.count(ScimUser.KIND, "unplaced:nes") == 0
    # The directory changes something else, and then the department itself.
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "displayName", "value": "Ny"})
    assert await unit(site, 1) == "nes-helse"
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": f"{WORK}:department", "value": "Finnes ikke"})
    assert await unit(site, 1) is None


async def test_people_of_a_unit_that_is_gone_are_unplaced_and_listed(site: Site, nes: Caller) -> None:
    await nes.add(1)
    await place_people(await parts(site, GONE), NES, at=site.clock.now(), by="operator")
    assert await unit(site, 1) is None
    assert await site.store.count(ScimUser.KIND, "unplaced:nes") == 1


async def test_changed_roles_of_the_file_are_given_and_taken_and_sessions_end(site: Site, nes: Caller) -> None:
    shown = await nes.add(1)
    group = {"schemas": [GROUP], "displayName": "Heia kunngjørere", "members": [{"value": shown["id"]}]}
    await nes.ask("POST", "/Groups", group)
    session = await site.sign_in(person_id(1))
    changed = NES.model_copy(update={"roles": {"Heia kunngjørere": Role.EDITOR}})
    assert await started(site, changed) == 2
    person = await site.get(Person, person_id(1))
    assert person is not None
    assert person.roles == {Role.EMPLOYEE, Role.EDITOR}
    assert await site.store.count("signin_session", f"person:{person.id}") == 0, session


async def test_people_who_left_or_whom_another_municipality_has_are_not_placed(site: Site, nes: Caller) -> None:
    shown = await nes.add(1, **{WORK: {"department": "Ukjent"}})
    await nes.patch(f"/Users/{shown['id']}", {"op": "replace", "path": "active", "value": False})
    await nes.add(2, **{WORK: {"department": "Ukjent"}})
    stored = await site.get(Person, person_id(2))
    assert stored is not None
    await site.overwrite(replace(stored, municipality_id="eidsvoll", unit_id="eidsvoll-skole"))
    assert await place_people(await parts_of(site), MAPPED, at=site.clock.now(), by="operator") == 0
    assert await unit(site, 2) == "eidsvoll-skole"
    assert [each.id for each in await site.people() if each.registered] == [person_id(2)]


async def due(site: Site) -> list[Timer]:
    return list(await due_timers(site.store, now=site.clock.now(), limit=100))


# From one municipality to another, in one tenant

BOTH = {"eidsvoll": {"tenant_id": TENANT}}


async def settled_in_nes(site: Site, nes: Caller) -> dict[str, Any]:
    """Add a person with settings, a role, a session and the duty of an ambassador."""
    shown = await nes.add(1)
    stored = await site.get(Person, person_id(1))
    assert stored is not None
    own = replace(
        stored, muted=True, quiet=True, language=Language.NN, language_chosen=True, last_channel="web",
        roles=stored.roles | {Role.AMBASSADOR, Role.ADMIN},
    )  # fmt: skip
    await site.overwrite(own)
    helper = Ambassador(person_id=own.id, name=own.name, municipality_id="nes", unit_id="nes-helse")
    await site.put(AmbassadorProfile(ambassador=helper, joined_at=site.clock.now()))
    await site.sign_in(own.id)
    return shown


async def assert_only_settings_came_along(site: Site) -> None:
    [person] = [each for each in await site.people() if each.registered]
    assert (person.id, person.municipality_id, person.unit_id) == (person_id(1), "eidsvoll", "eidsvoll-skole")
    assert (person.muted, person.quiet, person.language, person.language_chosen) == (True, True, Language.NN, True)
    assert (person.roles, person.left) == ({Role.EMPLOYEE}, False)
    profile = await site.get(AmbassadorProfile, person.id)
    assert profile is not None
    assert not profile.ambassador.active
    assert await site.store.count("signin_session", f"person:{person.id}") == 0
    keys = {each.key for each in await due(site)}
    assert {f"handoff/left/{person.id}", f"handoff/lost/{person.id}"} <= keys


@pytest.mark.parametrize("site", [BOTH], indirect=True)
@pytest.mark.parametrize("leaves", ["DELETE", "PATCH"])
@pytest.mark.parametrize("first", ["leaves", "comes"])
async def test_a_person_who_changes_municipality_keeps_only_settings(
    site: Site, nes: Caller, leaves: str, first: str
) -> None:
    shown, eidsvoll = await settled_in_nes(site, nes), nes.of("eidsvoll")
    body = account_in_eidsvoll()
    if first == "comes":
        status, error = await eidsvoll.ask("POST", "/Users", body)
        assert (status, "nes" in error["detail"].lower()) == (409, False)
        [person] = await site.people()
        assert (person.municipality_id, person.has(Role.ADMIN)) == ("nes", True)
    off = {"Operations": [{"op": "replace", "path": "active", "value": False}]}
    status, _ = await nes.ask(leaves, f"/Users/{shown['id']}", off if leaves == "PATCH" else None)
    assert status in {200, 204}
    assert (await eidsvoll.ask("POST", "/Users", body))[0] == 201  # the directory tries again by itself
    await assert_only_settings_came_along(site)


@pytest.mark.parametrize("site", [BOTH], indirect=True)
async def test_the_former_municipality_cannot_take_the_person_back(site: Site, nes: Caller) -> None:
    shown, eidsvoll = await settled_in_nes(site, nes), nes.of("eidsvoll")
    path = f"/Users/{shown['id']}"
    await nes.patch(path, {"op": "replace", "path": "active", "value": False})
    assert (await eidsvoll.ask("POST", "/Users", account_in_eidsvoll()))[0] == 201
    session = await site.sign_in(person_id(1))
    on = {"Operations": [{"op": "replace", "path": "active", "value": True}]}
    status, error = await nes.ask("PATCH", path, on)
    assert (status, error["scimType"], "eidsvoll" in str(error).lower()) == (409, "uniqueness", False)
    group = {"schemas": [GROUP], "displayName": "Heia kunngjørere", "members": [{"value": shown["id"]}]}
    assert (await nes.ask("POST", "/Groups", group))[0] == 201
    assert (await nes.ask("DELETE", path))[0] == 204
    [person] = [each for each in await site.people() if each.registered]
    assert (person.municipality_id, person.roles) == ("eidsvoll", {Role.EMPLOYEE})
    assert await site.store.count("signin_session", f"person:{person.id}") == 1, session


@pytest.mark.parametrize("site", [BOTH], indirect=True)
async def test_while_a_removal_waits_no_other_municipality_gets_the_person(site: Site, nes: Caller) -> None:
    shown, eidsvoll = await settled_in_nes(site, nes), nes.of("eidsvoll")
    stored = await site.get(ScimUser, shown["id"])
    assert stored is not None
    await site.overwrite(replace(stored, active=False, waiting=True))
    assert (await eidsvoll.ask("POST", "/Users", account_in_eidsvoll()))[0] == 409
    site.clock.at += timedelta(days=1)
    assert (await nes.ask("DELETE", f"/Users/{shown['id']}"))[0] == 204
    assert (await eidsvoll.ask("POST", "/Users", account_in_eidsvoll()))[0] == 409  # it still waits


def account_in_eidsvoll() -> dict[str, Any]:
    return account(1, userName="ansatt1@eidsvoll.example", **{WORK: {"department": "Skole"}})
