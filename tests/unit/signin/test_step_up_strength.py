"""A recent sign-in may have to be a strong one: an authentication context (acr), or a method (amr)."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.signin.oidc.fetch import FaultReason, SignInFault
from bot.signin.oidc.flow import Finished
from bot.signin.sessions import proved_at
from dialogs.core.person import Person
from knowledge.article.article import Language
from tests.fakes.provider import LyingProvider, stamp
from tests.unit.signin.conftest import Door, provider_at
from tests.unit.web.conftest import NOON

KARI = Person(id="sub-1", name="Kari", municipality_id="nes", registered=True, created_at=NOON)
TWO = {"step_up_acr": ["two"]}
CONTEXT = {"step_up_acr": ["c1"], "step_up_acr_claim": "acrs", "step_up_ask": "claims"}
METHOD = {"step_up_amr": ["mfa", "hwk"]}


async def enter(door: Door, liar: LyingProvider, settings: dict[str, Any], *, fresh: bool) -> tuple[str, Finished]:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer, **settings))
    client = sign_in.client_of("nes")
    assert client is not None
    begun = await sign_in.begin(client, browser_secret=None, fresh=fresh)
    return begun.address, await sign_in.finish(
        client,
        liar.authorise(begun.address),
        browser_secret=begun.browser_secret,
        language=Language.NB,
        replaced=None,
    )


@pytest.mark.parametrize(
    ("settings", "name", "value"),
    [
        ({}, "acr_values", None),
        (METHOD, "acr_values", None),
        (TWO, "acr_values", "two"),
        ({"step_up_acr": ["two", "three"]}, "acr_values", "two three"),
        (CONTEXT, "claims", {"id_token": {"acrs": {"essential": True, "value": "c1"}}}),
        (
            {**CONTEXT, "step_up_acr": ["c1", "c2"], "step_up_acr_claim": "acr"},
            "claims",
            {"id_token": {"acr": {"essential": True, "values": ["c1", "c2"]}}},
        ),
    ],
)
async def test_a_fresh_sign_in_asks_for_the_context(
    door: Door, liar: LyingProvider, settings: dict[str, Any], name: str, value: Any
) -> None:
    liar.claims = {"auth_time": stamp(NOON), "acr": "two", "acrs": ["c1"], "amr": ["pwd", "mfa"]}
    if settings.get("step_up_acr_claim") == "acr":
        liar.claims["acr"] = "c2"
    for fresh in (True, False):
        address, _ = await enter(door, liar, settings, fresh=fresh)
        asked = parse_qs(urlsplit(address).query).get(name, [None])[0]
        got = json.loads(asked) if asked is not None and name == "claims" else asked
        assert got == (value if fresh else None)


WEAK: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (TWO, {}),
    (TWO, {"acr": "one"}),
    (TWO, {"acr": ["one", 2, None]}),
    (TWO, {"acr": {"two": "two"}}),
    (CONTEXT, {"acrs": ["c2"]}),
    (CONTEXT, {"acr": "c1"}),
    (METHOD, {}),
    (METHOD, {"amr": ["pwd"]}),
    ({**TWO, **METHOD}, {"acr": "two", "amr": ["pwd"]}),
    ({**TWO, **METHOD}, {"amr": ["mfa"]}),
]


@pytest.mark.parametrize(("settings", "claims"), WEAK)
async def test_a_fresh_sign_in_without_the_strength_is_refused_with_its_own_reason(
    door: Door, liar: LyingProvider, settings: dict[str, Any], claims: dict[str, Any]
) -> None:
    liar.claims = {"auth_time": stamp(NOON), **claims}
    with pytest.raises(SignInFault) as refused:
        await enter(door, liar, settings, fresh=True)
    assert refused.value.reason is FaultReason.WEAK
    assert await door.sessions_of("sub-1") == []


@pytest.mark.parametrize(("settings", "claims"), WEAK)
async def test_an_ordinary_sign_in_without_it_is_none_for_step_up(
    door: Door, liar: LyingProvider, settings: dict[str, Any], claims: dict[str, Any]
) -> None:
    liar.claims = {"auth_time": stamp(NOON), **claims}
    _, finished = await enter(door, liar, settings, fresh=False)
    assert proved_at(finished.started.session) is None


@pytest.mark.parametrize(
    ("settings", "claims"),
    [
        ({}, {}),
        (TWO, {"acr": "two"}),
        (TWO, {"acr": ["one", "two"]}),
        (CONTEXT, {"acrs": ["c3", "c1"]}),
        (METHOD, {"amr": ["pwd", "mfa"]}),
        ({**TWO, **METHOD}, {"acr": "two", "amr": ["hwk"]}),
    ],
)
async def test_one_with_it_counts_from_the_providers_time(
    door: Door, liar: LyingProvider, settings: dict[str, Any], claims: dict[str, Any]
) -> None:
    liar.claims = {"auth_time": stamp(NOON) - 60, **claims}
    for fresh in (False, True):
        _, finished = await enter(door, liar, settings, fresh=fresh)
        assert proved_at(finished.started.session) == NOON - timedelta(seconds=60)
