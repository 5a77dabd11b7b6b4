"""Teams, the web and the directory meet in one person, whichever comes first, with Entra and without."""

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import permutations
from typing import Any, Final

import aiohttp
import pytest

from bot.app.clock import SystemRandomSource
from bot.directory.merge import MergeWrites, merge_persons
from bot.ports import Incoming, Sender
from bot.signin.former import FormerMarks
from bot.signin.oidc.claims import VerifiedIdentity
from bot.signin.oidc.config import Provider
from bot.signin.oidc.people import PersonFinder
from bot.turn.identity import Directory
from dialogs.core.event import Said, Scope
from dialogs.core.person import Address, Person
from knowledge.article.article import Language
from knowledge.language.masking import mask
from tests.channels import TEAMS
from tests.unit.scim.conftest import ORGANISATION, TENANT, WORK, Caller, Site, account, object_id
from tests.unit.scim.test_scim_people import person_id

ISSUER: Final = f"https://login.microsoftonline.com/{TENANT}/v2.0"
FORMER: Final = FormerMarks(b"l" * 32)


async def from_teams(site: Site) -> str:
    """Write to the bot in Teams; return the person's id."""
    incoming = Incoming(
        id="t", channel=TEAMS, sender=Sender(name="K. Nordmann", object_id=object_id(1), tenant_id=TENANT),
        address=Address(channel=TEAMS), conversation_id="c", scope=Scope.PERSONAL, what=Said(utterance=mask("hei")),
    )  # fmt: skip
    person, _ = await Directory(store=site.store, former=FORMER).recognise(incoming, site.clock.now())
    return person.id


async def signed_in(site: Site, *, municipality: str = "nes", **given: Any) -> str:
    """Sign in on the web at the municipality's provider; return the person's id."""
    link = "claim" if "link" in given else "entra"
    provider = Provider.model_validate(
        {
            "id": municipality, "names": {"nb": "N"}, "issuer": ISSUER, "client_id": "c",
            "secret": "s", "municipalities": [municipality], "unknown": "create", "link": link,
            **({"link_claim": "employee_number"} if link == "claim" else {}),
        }
    )  # fmt: skip

    async def merge(stranger: Person, to: str, at: Any) -> MergeWrites:
        return await merge_persons(site.store, stranger, to, at=at)

    finder = PersonFinder(
        store=site.store, rng=SystemRandomSource(), former=FORMER, merge=merge, organisation=lambda: ORGANISATION
    )
    identity = replace(IDENTITY, **given)
    person = await finder.person_of(identity, provider, language=Language.NB, at=site.clock.now())
    return person.id


IDENTITY: Final = VerifiedIdentity(issuer=ISSUER, subject="s1", name="Kari")


async def from_directory(nes: Caller) -> str:
    await nes.add(1)
    return person_id(1)


@pytest.mark.parametrize("order", list(permutations(("teams", "web", "scim"))))
async def test_with_entra_the_three_meet_in_whatever_order(site: Site, nes: Caller, order: tuple[str, ...]) -> None:
    ids = set()
    for each in order:
        match each:
            case "teams":
                ids.add(await from_teams(site))
            case "web":
                ids.add(await signed_in(site, account=(TENANT, object_id(1))))
            case _:
                ids.add(await from_directory(nes))
    [person] = await site.people()
    assert ids == {person.id}
    assert (person.registered, person.name, person.unit_id) == (True, "Ansatt 1", "nes-helse")
    assert TEAMS in person.addresses


async def test_a_person_of_the_registry_keeps_its_id_and_all_four_meet(site: Site, nes: Caller) -> None:
    """The registry's file has the employee number as id and the object id beside it."""
    await site.put(
        Person(
            id="1042", name="Kari", municipality_id="nes", registered=True, object_id=object_id(1), tenant_id=TENANT,
            created_at=site.clock.now(),
        )
    )  # fmt: skip
    await nes.add(1)
    assert {await from_teams(site), await signed_in(site, link="1042")} == {"1042"}
    assert [each.id for each in await site.people()] == ["1042"]


@pytest.mark.parametrize("first", ["web", "scim"])
async def test_without_entra_the_employee_number_is_the_meeting_point(site: Site, nes: Caller, first: str) -> None:
    eidsvoll = nes.of("eidsvoll")
    if first == "web":
        await signed_in(site, municipality="eidsvoll", link=None)  # the token had no number then
    await eidsvoll.add(1, externalId="1042", displayName="Kari", **{WORK: {}})
    assert await signed_in(site, municipality="eidsvoll", link="1042") == "1042"
    [person] = await site.people()
    assert (person.id, person.registered, person.municipality_id) == ("1042", True, "eidsvoll")


@pytest.mark.parametrize("word", ["handoff", "nes", "removals", "web", "guest-1", "a b", "æ", "x" * 101, ""])
async def test_an_external_id_that_cannot_be_an_id_in_the_registry_gets_another(
    site: Site, nes: Caller, word: str
) -> None:
    shown = await nes.of("eidsvoll").add(1, externalId=word, **{WORK: {}})
    [person] = await site.people()
    assert person.id.startswith("scim-")
    assert shown.get("externalId", "") == word
    again = await nes.of("eidsvoll").patch(
        f"/Users/{shown['id']}", {"op": "replace", "path": "displayName", "value": "Ny"}
    )
    assert again["displayName"] == "Ny"
    assert [each.id for each in await site.people()] == [person.id]


async def test_an_employee_number_of_one_who_left_is_not_given_to_another_person(site: Site, nes: Caller) -> None:
    eidsvoll = nes.of("eidsvoll")
    shown = await eidsvoll.add(1, externalId="1042", displayName="Kari Nordmann", **{WORK: {}})
    [person] = await site.people()
    await site.overwrite(replace(person, last_channel="web"))  # they used the bot, so their record stays
    assert (await eidsvoll.ask("DELETE", f"/Users/{shown['id']}"))[0] == 204
    other = account(2, externalId="1042", displayName="Ola Hansen", **{WORK: {}})
    status, error = await eidsvoll.ask("POST", "/Users", other)
    assert (status, error["scimType"]) == (409, "uniqueness")
    assert "Nordmann" not in str(error)
    await eidsvoll.add(3, externalId="1042", displayName="KARI NORDMANN", **{WORK: {}})
    [person] = await site.people()
    assert (person.id, person.registered) == ("1042", True)


@pytest.fixture
async def nes(site: Site) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as http:
        yield Caller(site, http)
