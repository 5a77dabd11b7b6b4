"""Entra ID: one person in Teams and on the web, by tenant and object id."""

from dataclasses import replace
from typing import Any

import pytest

from bot.app.clock import SystemRandomSource
from bot.ports import Incoming, Sender
from bot.signin.oidc.claims import identity_of
from bot.signin.oidc.config import Provider
from bot.signin.oidc.fetch import FaultReason, SignInFault
from bot.signin.oidc.people import PersonFinder
from bot.turn.identity import Directory
from dialogs.core.event import ChannelName, Said
from dialogs.core.person import Address, Person
from knowledge.article.article import Language
from tests.unit.signin.conftest import ORGANISATION, Door, provider_at
from tests.unit.web.conftest import NOON

TENANT = "11111111-aaaa-4aaa-8aaa-111111111111"
OTHER = "33333333-aaaa-4aaa-8aaa-111111111111"
OBJECT = "22222222-bbbb-4bbb-8bbb-222222222222"
CLAIMS = {"sub": "pairwise", "tid": TENANT, "oid": OBJECT, "name": "Kari Nordmann"}
TEAMS = ChannelName("teams")


def entra(**settings: Any) -> Provider:
    return provider_at(f"https://login.microsoftonline.com/{TENANT}/v2.0", link="entra", **settings)


async def enter(door: Door, provider: Provider, **claims: Any) -> Person:
    async def never(*_: object) -> Any:
        raise AssertionError("there is only one record")

    finder = PersonFinder(
        store=door.store,
        rng=SystemRandomSource(),
        former=door.former,
        merge=never,
        organisation=lambda: ORGANISATION,
    )
    identity = identity_of({**CLAIMS, **claims}, provider)
    return await finder.person_of(identity, provider, language=Language.NB, at=NOON)


async def write_in_teams(door: Door) -> Person:
    sender = Sender(name="Kari Nordmann", tenant_id=TENANT, object_id=OBJECT)
    directory = Directory(store=door.store, former=door.former)
    incoming = Incoming(
        id="teams:1",
        channel=TEAMS,
        conversation_id="c",
        sender=sender,
        address=Address(channel=TEAMS),
        what=Said(utterance="Hei"),
    )
    return (await directory.recognise(incoming, NOON))[0]


@pytest.mark.parametrize("first", ["web", "teams"])
async def test_a_person_in_teams_and_on_the_web_is_one(door: Door, first: str) -> None:
    provider = entra(unknown="create")
    if first == "web":
        on_the_web, in_teams = await enter(door, provider), await write_in_teams(door)
    else:
        in_teams, on_the_web = await write_in_teams(door), await enter(door, provider)
    assert in_teams.id == on_the_web.id
    person = await door.person(in_teams.id)
    assert person is not None
    assert (person.municipality_id, person.account) == ("nes", (TENANT, OBJECT))


async def test_the_registry_finds_the_person_by_object_id_and_decides_the_municipality(door: Door) -> None:
    kari = Person(
        id="e1", name="Kari", municipality_id="eidsvoll", tenant_id=TENANT, object_id=OBJECT, registered=True,
        created_at=NOON,
    )  # fmt: skip
    await door.put(kari)
    assert (await enter(door, entra(), oid=OBJECT.upper(), tid=TENANT.upper())) == kari
    assert (await write_in_teams(door)).id == "e1"


async def test_another_tenants_token_is_refused_although_the_issuer_is_right(door: Door) -> None:
    for claims in ({"tid": OTHER}, {"tid": None}, {"oid": None}, {"oid": ["a"]}):
        with pytest.raises(SignInFault) as fault:
            await enter(door, entra(unknown="create"), **claims)
        assert (fault.value.reason, fault.value.detail) == (FaultReason.INVALID, "tenant")


async def test_one_known_from_teams_alone_is_refused_where_the_registry_decides(door: Door) -> None:
    await write_in_teams(door)
    with pytest.raises(SignInFault, match="not_registered"):
        await enter(door, entra())


async def test_a_leaver_is_refused_by_the_account_alone(door: Door) -> None:
    stranger = await write_in_teams(door)
    await door.put(replace(stranger, left=True))
    with pytest.raises(SignInFault) as fault:
        await enter(door, entra(unknown="create"))
    assert fault.value.reason is FaultReason.LEFT


async def test_who_chose_another_municipality_is_not_moved_by_a_button(door: Door) -> None:
    stranger = await write_in_teams(door)
    elsewhere = replace(stranger, municipality_id="eidsvoll", unit_id="eidsvoll-skole")
    await door.put(elsewhere)
    with pytest.raises(SignInFault, match="other_municipality"):
        await enter(door, entra(unknown="create"))
    assert await door.person(stranger.id) == elsewhere


async def test_two_providers_of_one_tenant_let_nobody_walk_through_the_municipalities(door: Door) -> None:
    await enter(door, entra(unknown="create"))
    other = entra(id="eidsvoll", client_id="other", municipalities=["eidsvoll"], unknown="create")
    with pytest.raises(SignInFault, match="other_municipality"):
        await enter(door, other, sub="another pairwise")
