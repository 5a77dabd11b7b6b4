"""What one account, provider or municipality may say is not taken for the word of another."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.signin.oidc.fetch import FaultReason, SignInFault
from dialogs.core.person import Person, Role
from dialogs.signin.model import SignInTransaction, expiry_term
from tests.fakes.provider import LyingProvider, stamp
from tests.unit.signin.conftest import Door, provider_at
from tests.unit.signin.test_provider_entra import OBJECT, enter, entra
from tests.unit.web.conftest import NOON

KARI = Person(
    id="e1", name="Kari", municipality_id="nes", unit_id="nes-skole", registered=True, created_at=NOON,
    email="kari@nes.example",
)  # fmt: skip
ELSEWHERE = replace(KARI, municipality_id="eidsvoll", unit_id="eidsvoll-skole")
BY_NUMBER: dict[str, Any] = {"link": "claim", "link_claim": "employee"}


async def roles_of(door: Door, person_id: str) -> frozenset[Role]:
    person = await door.person(person_id)
    assert person is not None
    return person.roles


@pytest.mark.parametrize(
    ("settings", "claims", "appointed"),
    [
        (BY_NUMBER, {"sub": "1001", "employee": "e1"}, "1001"),
        (BY_NUMBER | {"unknown": "create"}, {"sub": "1001"}, "1001"),
        ({"link": "email", "email_trusted": True}, {"sub": "1001", "email": "kari@nes.example"}, "1001"),
    ],
)
async def test_a_subject_is_no_employee_number_and_appoints_nobody(
    door: Door, liar: LyingProvider, settings: dict[str, Any], claims: dict[str, Any], appointed: str
) -> None:
    await door.put(KARI)
    liar.claims = claims
    provider = provider_at(liar.issuer, administrators=[appointed], **settings)
    finished = await door.enter(door.sign_in_at(provider), liar)
    assert Role.ADMIN not in await roles_of(door, finished.started.session.person_id)


async def test_an_administrator_is_named_by_the_address_where_that_links(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    liar.claims = {"email": "kari@nes.example"}
    provider = provider_at(liar.issuer, administrators=["Kari@nes.example"], link="email", email_trusted=True)
    await door.enter(door.sign_in_at(provider), liar)
    assert Role.ADMIN in await roles_of(door, "e1")


async def test_an_object_id_appoints_in_capitals_too(door: Door) -> None:
    person = await enter(door, entra(unknown="create", administrators=[OBJECT.upper()]))
    assert Role.ADMIN in person.roles


async def test_another_municipality_locks_nobody_out_by_an_address(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI, *(replace(ELSEWHERE, id=f"a{number}") for number in range(5)))
    liar.claims = {"email": "kari@nes.example"}
    sign_in = door.sign_in_at(provider_at(liar.issuer, link="email", email_trusted=True))
    assert (await door.enter(sign_in, liar)).started.session.person_id == "e1"


async def test_two_people_of_the_municipality_with_one_address_are_told_apart_by_nobody(
    door: Door, liar: LyingProvider
) -> None:
    await door.put(KARI, replace(KARI, id="e2"))
    liar.claims = {"email": "kari@nes.example"}
    with pytest.raises(SignInFault, match="two_people"):
        await door.enter(door.sign_in_at(provider_at(liar.issuer, link="email", email_trusted=True)), liar)


@pytest.mark.parametrize("groups", [None, ["g"]])
async def test_a_role_of_one_municipality_does_not_follow_to_another(
    door: Door, liar: LyingProvider, groups: list[str] | None
) -> None:
    await door.put(KARI)
    rule = {"group": "g", "role": "admin", "municipality": "nes"}
    sign_in = door.sign_in_at(provider_at(liar.issuer, municipalities=["nes", "eidsvoll"], role=[rule], **BY_NUMBER))
    liar.claims = {"employee": "e1", "groups": ["g"]}
    await door.enter(sign_in, liar)
    assert Role.ADMIN in await roles_of(door, "e1")
    await door.put(replace(ELSEWHERE, roles=await roles_of(door, "e1")))
    liar.claims = {"employee": "e1", "groups": groups}
    await door.enter(sign_in, liar)
    assert Role.ADMIN not in await roles_of(door, "e1")


async def test_null_groups_say_nothing(door: Door, liar: LyingProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer, role=[{"group": "g", "role": "announcer"}], **BY_NUMBER))
    liar.claims = {"employee": "e1", "groups": ["g"]}
    await door.enter(sign_in, liar)
    sign = liar.sign
    monkeypatch.setattr(liar, "sign", lambda claims: sign({**claims, "groups": None}))
    await door.enter(sign_in, liar)
    assert Role.ANNOUNCER in await roles_of(door, "e1")
    assert [each["event"] for each in door.logged].count("signin_claim_missing") == 1


@pytest.mark.parametrize("minutes", [4, 6])
async def test_a_proof_in_the_future_is_no_proof(door: Door, liar: LyingProvider, minutes: int) -> None:
    await door.put(KARI)
    liar.claims = {"employee": "e1", "auth_time": stamp(NOON + timedelta(minutes=minutes))}
    sign_in = door.sign_in_at(provider_at(liar.issuer, **BY_NUMBER))
    if minutes < 5:
        assert await door.enter(sign_in, liar)
        return
    with pytest.raises(SignInFault) as refused:
        await door.enter(sign_in, liar)
    assert (refused.value.reason, refused.value.detail) == (FaultReason.INVALID, "clock_from_future")


async def test_a_flood_of_begun_sign_ins_does_not_pile_up(door: Door, liar: LyingProvider) -> None:
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    for _ in range(10):
        for _ in range(5):
            await sign_in.begin(client, browser_secret=None)
        door.clock.at += timedelta(minutes=10)
    kept = await door.store.find(SignInTransaction.KIND, expiry_term(NOON))
    assert len(kept) <= 15


NUMBER = "17054026641"  # a valid number of an invented person, born 1940
# One GUID in 19,000 has eleven digits in a row, apart by hyphens, that are a valid number.
UNLUCKY = "e683a540-1531-4322-a958-00f96ea022b4"


async def test_an_object_id_is_no_identity_number_whatever_its_digits(door: Door) -> None:
    person = await enter(door, entra(unknown="create"), oid=UNLUCKY)
    assert person.object_id == UNLUCKY


@pytest.mark.parametrize("rule", ["refuse", "pupils"])
async def test_a_number_in_a_group_hides_no_group_of_pupils(door: Door, liar: LyingProvider, rule: str) -> None:
    rules: dict[str, Any] = {"refuse": [{"claim": "groups", "values": ["Trinn 10"]}]}
    if rule == "pupils":
        rules = {"pupils": {"groups": ["Trinn 10"]}}
    liar.claims = {"groups": [f"Venner av {NUMBER}", "Trinn 10"]}
    with pytest.raises(SignInFault) as refused:
        await door.enter(door.sign_in_at(provider_at(liar.issuer, unknown="create", **rules)), liar)
    assert refused.value.reason is FaultReason.NOT_ALLOWED


async def test_a_number_in_a_group_keeps_no_role_and_takes_none(door: Door, liar: LyingProvider) -> None:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer, role=[{"group": "g", "role": "admin"}], **BY_NUMBER))
    for groups, given in ((["g", NUMBER], True), ([NUMBER], False)):
        liar.claims = {"employee": "e1", "groups": groups}
        await door.enter(sign_in, liar)
        assert (Role.ADMIN in await roles_of(door, "e1")) is given
