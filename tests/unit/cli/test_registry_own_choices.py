"""An import sets what the file says of a person, and nothing else: each field is the file's or the person's own."""

from collections.abc import AsyncIterator
from dataclasses import fields, replace
from datetime import time
from pathlib import Path
from typing import Any, Final

import pytest

from bot.stores.memory.store import MemoryStore
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.person import Person, Role
from knowledge.article.article import Language
from knowledge.organisation.nearest import Absence, Ambassador
from knowledge.organisation.office_hours import OfficeHours
from tests.channels import WEB
from tests.unit.cli.registry_scene import NOON, NORTH, SOUTH, TENANT, Scene, object_id
from tests.unit.own_values import OF_THE_REGISTRY, own_values

OWN: Final = own_values()
"""What a person has chosen or done, with a value no new record has: every field that does not come from the file."""
ROW = f"ana,Ansatt Nord,eidsvoll,{NORTH},employee,nb,{object_id(1)},{TENANT},ana@example.no\n"
MOVED = f"ana,Ansatt Sør,eidsvoll,{SOUTH},employee;announcer,en,{object_id(1)},{TENANT},ny@example.no\n"
OTHER = f"bo,Ansatt Bo,eidsvoll,{NORTH},employee,nb,,,\n"


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    store = MemoryStore()
    await store.open()
    yield Scene(store, tmp_path)
    await store.close()


def test_what_is_a_persons_own_differs_from_what_a_new_record_has() -> None:
    """Otherwise these tests would prove nothing."""
    fresh = Person(id="ana", name="", created_at=NOON)
    assert {"muted", "quiet", "welcomed", "addresses"} <= OWN.keys()
    assert [name for name, value in OWN.items() if getattr(fresh, name) == value] == []


@pytest.mark.parametrize("name", sorted(OWN.keys() - {"language"}))
async def test_an_import_leaves_a_field_that_does_not_come_from_the_file_as_it_was(scene: Scene, name: str) -> None:
    await scene.load(ROW)
    await scene.put(replace(await scene.get(Person, "ana"), **{name: OWN[name]}))
    await scene.load(MOVED)
    assert getattr(await scene.get(Person, "ana"), name) == OWN[name]


def kept(person: Person) -> dict[str, Any]:
    return {name: getattr(person, name) for name in OWN}


@pytest.mark.parametrize("row", [ROW, MOVED])
async def test_an_import_leaves_people_everything_that_is_their_own(scene: Scene, row: str) -> None:
    await scene.load(ROW + OTHER)
    await scene.put(replace(await scene.get(Person, "ana"), **OWN))
    await scene.load(row + OTHER.replace("Ansatt Bo", "Ansatt Bodil"))
    assert kept(await scene.get(Person, "ana")) == OWN


async def test_an_import_sets_everything_that_is_the_files(scene: Scene) -> None:
    await scene.load(ROW)
    await scene.put(replace(await scene.get(Person, "ana"), **OWN))
    await scene.load(MOVED)
    ana = await scene.get(Person, "ana")
    assert {name: getattr(ana, name) for name in OF_THE_REGISTRY - {"language"}} == {
        "id": "ana",
        "name": "Ansatt Sør",
        "municipality_id": "eidsvoll",
        "unit_id": SOUTH,
        "roles": {Role.EMPLOYEE, Role.ANNOUNCER},
        "object_id": object_id(1),
        "tenant_id": TENANT,
        "email": "ny@example.no",
        "registered": True,
        "left": False,
    }


async def test_one_who_talked_with_the_bot_before_the_registry_had_them_keeps_what_they_chose(scene: Scene) -> None:
    stranger = Person(id="entra-1", name="Ana", object_id=object_id(1), tenant_id=TENANT, **OWN)
    await scene.put(stranger)
    await scene.load(ROW)
    assert kept(await scene.get(Person, "ana")) == OWN
    assert not await scene.has(Person, "entra-1")


async def test_of_two_records_of_one_person_the_one_that_talked_is_kept_since_the_first_day_of_either(
    scene: Scene,
) -> None:
    await scene.load(ROW.replace(object_id(1), "").replace(TENANT, ""))
    await scene.put(Person(id="entra-1", name="Ana", object_id=object_id(1), tenant_id=TENANT, **OWN))
    await scene.load(ROW)
    assert kept(await scene.get(Person, "ana")) == {**OWN, "created_at": NOON}


async def test_of_two_records_that_both_talked_the_registrys_is_kept(scene: Scene) -> None:
    await scene.load(ROW.replace(object_id(1), "").replace(TENANT, ""))
    await scene.put(replace(await scene.get(Person, "ana"), **OWN))
    other = {**OWN, "muted": not OWN["muted"], "welcomed": not OWN["welcomed"]}
    await scene.put(Person(id="entra-1", name="Ana", object_id=object_id(1), tenant_id=TENANT, **other))
    await scene.load(ROW)
    assert kept(await scene.get(Person, "ana")) == OWN


async def test_one_who_left_and_comes_back_finds_what_they_chose(scene: Scene) -> None:
    await scene.load(ROW + OTHER)
    await scene.put(replace(await scene.get(Person, "ana"), **OWN))
    await scene.load(OTHER)
    assert kept(await scene.get(Person, "ana")) == OWN
    await scene.load(ROW + OTHER)
    assert kept(await scene.get(Person, "ana")) == OWN


async def test_the_language_of_the_file_holds_for_those_who_chose_none(scene: Scene) -> None:
    await scene.load(ROW)
    await scene.put(replace(await scene.get(Person, "ana"), language=Language.NN, language_chosen=False))
    await scene.load(MOVED)
    assert (await scene.get(Person, "ana")).language is Language.EN


async def test_a_new_account_leaves_everything_but_the_chat_of_the_former_one(scene: Scene) -> None:
    await scene.load(ROW)
    await scene.put(replace(await scene.get(Person, "ana"), **OWN))
    await scene.load(ROW.replace(object_id(1), object_id(2)))
    web = {WEB: OWN["addresses"][WEB]}
    assert kept(await scene.get(Person, "ana")) == {**OWN, "addresses": web, "last_channel": None}
    await scene.put(replace(await scene.get(Person, "ana"), **OWN, object_id=object_id(1)))
    await scene.put(replace(await scene.get(Person, "ana"), last_channel=WEB))
    await scene.load(ROW.replace(object_id(1), object_id(2)))
    assert (await scene.get(Person, "ana")).last_channel == WEB


CHOSEN: Final[dict[str, Any]] = {
    "topics": frozenset({"phone"}),
    "languages": frozenset({Language.NN, Language.EN}),
    "capacity": 7,
    "absences": (Absence(first_day=NOON.date(), last_day=NOON.date()),),
    "paused": True,
    "pupil": True,
    "office_hours": OfficeHours(weekdays=frozenset({0}), opens=time(9), closes=time(12)),
}
"""What ambassadors set themselves, or what no file says of them, with a value no new one has."""
HELPER = f"bo,Ambassadør Nord,eidsvoll,{NORTH},employee;ambassador,nb,,,\n"
BY_FILE: Final = frozenset({"person_id", "name", "municipality_id", "unit_id", "site_id", "active"})


def test_every_field_of_an_ambassador_is_the_files_or_their_own() -> None:
    assert {field.name for field in fields(Ambassador)} == CHOSEN.keys() | BY_FILE
    fresh = Ambassador(person_id="bo", name="", municipality_id="", unit_id="")
    assert [name for name, value in CHOSEN.items() if getattr(fresh, name) == value] == []


async def chosen(scene: Scene) -> None:
    profile = await scene.get(AmbassadorProfile, "bo")
    await scene.put(replace(profile, ambassador=replace(profile.ambassador, **CHOSEN), tips=False))


@pytest.mark.parametrize("row", ["bo,,\n", None])
async def test_an_empty_cell_leaves_what_an_ambassador_has_set(scene: Scene, row: str | None) -> None:
    await scene.load(HELPER, "bo,teams,2\n")
    await chosen(scene)
    await scene.load(HELPER.replace(NORTH, SOUTH), row)
    profile = await scene.get(AmbassadorProfile, "bo")
    assert {name: getattr(profile.ambassador, name) for name in CHOSEN} == CHOSEN
    assert (profile.ambassador.unit_id, profile.tips) == (SOUTH, False)


async def test_a_cell_of_the_file_sets_one_thing_of_an_ambassador_only(scene: Scene) -> None:
    await scene.load(HELPER, "bo,teams,2\n")
    await chosen(scene)
    await scene.load(HELPER, "bo,teams,\n")
    ambassador = (await scene.get(AmbassadorProfile, "bo")).ambassador
    assert {name: getattr(ambassador, name) for name in CHOSEN} == {**CHOSEN, "topics": {"teams"}}


async def test_a_new_municipality_takes_the_site_of_the_former_one_away(scene: Scene) -> None:
    await scene.load(HELPER, "bo,teams,2\n")
    profile = await scene.get(AmbassadorProfile, "bo")
    await scene.put(replace(profile, ambassador=replace(profile.ambassador, site_id="eidsvoll-radhus")))
    await scene.load(HELPER, "bo,teams,\n")
    assert (await scene.get(AmbassadorProfile, "bo")).ambassador.site_id == "eidsvoll-radhus"
    await scene.load(HELPER.replace("eidsvoll", "nes").replace(NORTH.replace("eidsvoll", "nes"), "nes-helse"), "bo,,\n")
    assert (await scene.get(AmbassadorProfile, "bo")).ambassador.site_id is None
