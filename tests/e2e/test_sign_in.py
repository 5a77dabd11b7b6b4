"""People sign in at a real OpenID provider, on the program as it runs for real."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio

import knowledge
from tests.e2e.forked import ForkedProgram
from tests.e2e.program import Program, free_port
from tests.e2e.signing_in import Browser, imported
from tests.fakes.real_provider import SECRET, form_of, real_provider

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE: Final = Path(knowledge.__file__).parent / "content" / "people.csv"
EMPLOYEE: Final = "p001"  # in the registry, of Eidsvoll
ACCOUNTS: Final[dict[str, dict[str, Any]]] = {
    EMPLOYEE: {"name": "Leder Helse Eidsvoll", "groups": ["g-announcers"]},
    "stranger": {"name": "Ukjent Person"},
    "17054010060": {"name": "Nummer"},
}
FILE: Final = """
[[provider]]
id = "eidsvoll"
names = {{nb = "Eidsvoll kommune", en = "Eidsvoll"}}
issuer = "{issuer}"
client_id = "heia"
secret_env = "EIDSVOLL_SECRET"
municipalities = ["eidsvoll"]
email_domains = ["eidsvoll.example"]
scopes = ["profile", "groups"]

[[provider.role]]
group = "g-announcers"
role = "announcer"
municipality = "eidsvoll"
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heia(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    """The program with the sample registry, beside a provider of its own."""
    folder = Path(tmp_path_factory.mktemp("signin"))
    port = free_port()
    issuer = f"http://127.0.0.1:{port}"
    (folder / "signin.toml").write_text(FILE.format(issuer=issuer), "utf-8")
    program = ForkedProgram(
        folder,
        dev=False,
        HEIA_SIGNIN_FILE=str(folder / "signin.toml"),
        EIDSVOLL_SECRET=SECRET,
        HEIA_LOG_LEVEL="debug",
        HEIA_WEB_GUESTS="false",
    )
    await imported(folder, PEOPLE)
    await program.start()
    try:
        async with real_provider(
            port=port,
            redirect_uris=[f"{program.url}/signin/eidsvoll/callback"],
            accounts=ACCOUNTS,
            post_logout_redirect_uris=[f"{program.url}/signin"],
            backchannel_logout_uri=f"{program.url}/signin/eidsvoll/backchannel",
            backchannel_logout_session_required=True,
        ):
            yield program
    finally:
        await program.kill()


@pytest_asyncio.fixture(loop_scope="module")
async def user(heia: Program) -> AsyncIterator[Browser]:
    opened = Browser(heia, "eidsvoll")
    yield opened
    await opened.http.close()


async def test_an_employee_signs_in_and_is_the_person_of_the_registry(heia: Program, user: Browser) -> None:
    assert await user.hello() is None
    assert await user.enter(EMPLOYEE) == "/chat"
    hello = await user.hello()
    assert hello is not None
    assert hello["person"].pop("key"), "names unsent text in the browser"
    assert hello["person"] == {"id": EMPLOYEE, "name": "Leder Helse Eidsvoll", "way": "provider"}


async def test_a_stranger_is_refused_with_a_contact(heia: Program, user: Browser) -> None:
    where = await user.enter("stranger")
    assert where == "/signin?fault=unknown&provider=eidsvoll"
    assert "@" in (await (await user.ask("GET", where)).text()).partition('role="alert"')[2].partition("</p>")[0]
    assert await user.hello() is None


async def test_a_national_identity_number_as_account_name_is_refused_and_stored_nowhere(
    heia: Program, user: Browser
) -> None:
    assert "fault=invalid" in await user.enter("17054010060")
    stored = b"".join(path.read_bytes() for path in (heia.folder / "data").rglob("*") if path.is_file())
    assert b"17054010060" not in stored
    assert "17054010060" not in heia.log


async def test_an_answer_is_good_once_and_in_its_own_browser(heia: Program, user: Browser) -> None:
    answer = await user.answer_of(EMPLOYEE)
    thief = Browser(heia, "eidsvoll")
    try:
        assert "fault=expired" in (await thief.ask("GET", answer)).headers["Location"]
        await thief.ask("GET", "/signin/eidsvoll")  # a cookie of their own helps nothing
        assert "fault=invalid" in (await thief.ask("GET", answer)).headers["Location"]
        assert (await user.ask("GET", answer)).headers["Location"] == "/chat"
        assert "fault=expired" in (await user.ask("GET", answer)).headers["Location"]
    finally:
        await thief.http.close()


@pytest.mark.parametrize(
    ("name", "value"), [("state", "state-" + "0" * 32), ("iss", "https://evil.example"), ("code", "x")]
)
async def test_a_tampered_answer_signs_nobody_in(heia: Program, user: Browser, name: str, value: str) -> None:
    path, _, query = (await user.answer_of(EMPLOYEE)).partition("?")
    parts = {key: values[0] for key, values in parse_qs(query).items()}
    assert name in parts, "the provider names itself"
    answer = await user.ask("GET", path, params={**parts, name: value})
    assert "fault=" in answer.headers["Location"]
    assert user.cookie is None


async def test_a_fresh_sign_in_asks_again_and_returns_to_its_page(heia: Program, user: Browser) -> None:
    await user.enter(EMPLOYEE)
    assert await user.enter(EMPLOYEE, query="?fresh=1&next=/chat/x") == "/chat/x"


async def test_nothing_secret_is_logged_and_the_log_says_how_it_went(heia: Program, user: Browser) -> None:
    answer = await user.answer_of(EMPLOYEE)
    await user.ask("GET", answer)
    parts = parse_qs(urlsplit(answer).query)
    secrets = [parts["code"][0], parts["state"][0], SECRET, user.cookie or "?"]
    assert [each for each in secrets if each in heia.log] == []
    assert re.search("signed_in.*eidsvoll", heia.log)
    assert not re.search(r"eyJ[A-Za-z0-9_-]{20}", heia.log), "a token"


async def test_signing_out_at_the_provider_ends_the_session_and_its_page_here(heia: Program, user: Browser) -> None:
    """The provider posts its signed token to Heia while the user signs out there."""
    await user.enter(EMPLOYEE)
    async with user.http.ws_connect(f"{heia.url}/chat/socket", headers={"Origin": heia.url}) as socket:
        await socket.send_json({"type": "open", "again": True})
        assert (await socket.receive_json(timeout=20))["type"] == "hello"
        end = f"{user.issuer}/session/end?client_id=heia&post_logout_redirect_uri={heia.url}/signin"
        async with user.http.get(end) as question:
            form = form_of(await question.text())
        async with user.http.post(f"{user.issuer}/session/end/confirm", data={**form, "logout": "yes"}) as answer:
            assert str(answer.url) == f"{heia.url}/signin", heia.log[-3000:]
        while (message := await socket.receive(timeout=20)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING}
    assert await user.hello() is None
    assert re.search("signed_out_by_provider.*eidsvoll", heia.log)


async def test_group_gives_the_role(heia: Program, user: Browser) -> None:
    await user.enter(EMPLOYEE)
    stored = (heia.folder / "data").rglob("*")
    assert any(b"signin.granted" in path.read_bytes() for path in stored if path.is_file())
