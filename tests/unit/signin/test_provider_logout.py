"""A provider ends its own sessions, once, and nobody else does."""

from datetime import timedelta
from typing import Any

import pytest

from bot.signin.oidc.exchange import ProviderClient
from bot.signin.oidc.fetch import SignInFault
from bot.signin.oidc.flow import EVENT, ProviderSignIn, ProviderSignOut
from bot.signin.sessions import remove_expired
from dialogs.core.person import Person
from dialogs.signin.model import SignInMethod, UsedLogoutToken
from tests.fakes.provider import CLIENT_ID, LyingProvider, new_key, stamp
from tests.unit.signin.conftest import Door, provider_at
from tests.unit.web.conftest import NOON, HeldClock

KARI = Person(id="sub-1", name="Kari", municipality_id="nes", registered=True, created_at=NOON)


class Scene:
    """Kari with two sessions of the provider, of two sessions there, and one by a link."""

    def __init__(self, door: Door, liar: LyingProvider, sign_in: ProviderSignIn, client: ProviderClient) -> None:
        self.door = door
        self.liar = liar
        self.sign_in = sign_in
        self.client = client
        self.sign_out = ProviderSignOut(sessions=door.sessions, former=door.former, store=door.store, clock=door.clock)

    def token(self, *, typ: str = "logout+jwt", **claims: Any) -> str:
        now = stamp(self.door.clock.now())
        usual: dict[str, Any] = {
            "iss": self.liar.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 120, "jti": "once", "sid": "first",
            "events": {EVENT: {}},
        }  # fmt: skip
        return self.liar.sign(
            {name: value for name, value in {**usual, **claims}.items() if value is not None}, typ=typ
        )

    async def open(self) -> list[str]:
        return sorted(each.way if not each.provider else each.provider_session for each in await self._sessions())

    async def _sessions(self) -> list[Any]:
        return await self.door.sessions_of("sub-1")


@pytest.fixture
async def scene(door: Door, liar: LyingProvider) -> Scene:
    await door.put(KARI)
    sign_in = door.sign_in_at(provider_at(liar.issuer))
    client = sign_in.client_of("nes")
    assert client is not None
    for sid in ("first", "second"):
        liar.claims = {"sid": sid}
        await door.enter(sign_in, liar)
    await door.sessions.start("sub-1", SignInMethod.LINK, at=NOON)
    return Scene(door, liar, sign_in, client)


async def test_a_token_ends_the_session_it_names_and_the_page_of_its_person(scene: Scene) -> None:
    assert len(await scene.open()) == 3
    [ended] = await scene.sign_out.obey(scene.client, scene.token())
    assert ended.person_id == "sub-1"
    assert len(await scene.open()) == 2


async def test_a_token_with_the_subject_alone_ends_all_sessions_of_that_provider(scene: Scene) -> None:
    await scene.sign_out.obey(scene.client, scene.token(sid=None, sub="sub-1"))
    assert await scene.open() == ["link"]


async def test_a_provider_that_names_no_session_at_sign_in_is_obeyed_by_the_subject(scene: Scene) -> None:
    scene.liar.claims = {}
    await scene.door.enter(scene.sign_in, scene.liar)
    assert len(await scene.open()) == 4
    await scene.sign_out.obey(scene.client, scene.token(sid="third", sub="sub-1"))
    assert len(await scene.open()) == 3


async def test_a_token_is_obeyed_once(scene: Scene) -> None:
    token = scene.token()
    await scene.sign_out.obey(scene.client, token)
    scene.liar.claims = {"sid": "first"}
    await scene.door.enter(scene.sign_in, scene.liar)
    with pytest.raises(SignInFault, match="replayed"):
        await scene.sign_out.obey(scene.client, token)
    assert len(await scene.open()) == 3


async def test_what_prevents_a_replay_goes_when_the_token_is_too_old_anyway(scene: Scene, clock: HeldClock) -> None:
    token = scene.token(exp=None)
    await scene.sign_out.obey(scene.client, token)
    [kept] = await scene.door.store.find(UsedLogoutToken.KIND, f"expires:{NOON:%Y-%m-%d}")
    assert "once" not in repr(kept)
    clock.at += timedelta(days=1)
    await remove_expired(scene.door.store, now=clock.at)
    assert await scene.door.store.find(UsedLogoutToken.KIND, f"expires:{NOON:%Y-%m-%d}") == []
    with pytest.raises(SignInFault, match="clock_too_old"):
        await scene.sign_out.obey(scene.client, token)


@pytest.mark.parametrize(
    ("claims", "detail"),
    [
        ({"aud": "another-app"}, "audience"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"jti": None}, "missing_jti"),
        ({"jti": ""}, "jti"),
        ({"events": None}, "missing_events"),
        ({"events": {"other": {}}}, "events"),
        ({"events": EVENT}, "events"),
        ({"nonce": "n"}, "nonce"),
        ({"sid": None}, "sid"),
        ({"sid": {"a": 1}}, "sid"),
        ({"exp": stamp(NOON) - 3600}, "clock_expired"),
        ({"iat": stamp(NOON) + 3600}, "clock_from_future"),
    ],
)
async def test_a_token_that_is_no_logout_token_ends_nothing(scene: Scene, claims: dict[str, Any], detail: str) -> None:
    with pytest.raises(SignInFault, match=detail):
        await scene.sign_out.obey(scene.client, scene.token(**claims))
    assert len(await scene.open()) == 3


@pytest.mark.parametrize("forged", ["", "x", "a.b.c", "foreign key", "ID token", None])
async def test_a_forged_token_ends_nothing(scene: Scene, forged: str | None) -> None:
    token: object = forged
    if forged == "foreign key":
        scene.liar.keys["one"], honest = new_key(), scene.liar.keys["one"]
        token = scene.token()
        scene.liar.keys["one"] = honest
    elif forged == "ID token":
        token = scene.liar.id_token("n", sid="first")
    with pytest.raises(SignInFault):
        await scene.sign_out.obey(scene.client, token)
    assert len(await scene.open()) == 3


async def test_a_frame_ends_the_session_by_its_id_with_or_without_the_issuer(scene: Scene) -> None:
    provider = scene.client.provider
    for session, issuer in (("nobody", None), ("", None), ("first", "https://evil.example"), ("x" * 300, None)):
        assert await scene.sign_out.end_session(provider, session, issuer) in ((), [])
    assert len(await scene.sign_out.end_session(provider, "first", None)) == 1
    assert len(await scene.sign_out.end_session(provider, "second", scene.liar.issuer)) == 1
    assert await scene.open() == ["link"]


@pytest.mark.full
async def test_the_same_session_id_at_another_provider_is_another_session(scene: Scene) -> None:
    other = provider_at("https://id.eidsvoll.example", id="eidsvoll", municipalities=["eidsvoll"])
    assert await scene.sign_out.end_session(other, "first", None) == []
    assert len(await scene.open()) == 3
