"""A browser without a screen that signs in at a real provider, and the registry it is known in."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.channels.web.signin.signer import COOKIE
from tests.e2e.forked import heia
from tests.e2e.program import Program
from tests.fakes.real_provider import sign_in_there


async def heia_command(folder: Path, *arguments: str, **settings: str) -> str:
    """Run a command of the operator; return what it printed."""
    code, told, errors = await heia(folder, *arguments, **settings)
    assert code == 0, told + errors
    return told


async def imported(folder: Path, people: Path) -> None:
    """Import a registry into the data folder of a program that has not started."""
    await heia_command(folder, "registry", "import", str(people), "--yes")


class Browser:
    """A browser with cookies, which follows redirects step by step."""

    def __init__(self, heia: Program, provider: str) -> None:
        self.heia = heia
        self.provider = provider
        self.issuer = ""
        self.http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def ask(self, method: str, path: str, **more: Any) -> aiohttp.ClientResponse:
        headers = {"Origin": self.heia.url, **more.pop("headers", {})}
        answer = await self.http.request(method, self.heia.url + path, headers=headers, allow_redirects=False, **more)
        await answer.read()
        return answer

    async def answer_of(self, login: str, *, query: str = "", acr: str = "") -> str:
        """Press the button and sign in; return path and query of the provider's answer, not yet followed."""
        begun = await self.ask("GET", f"/signin/{self.provider}{query}")
        assert begun.status == 303, await begun.text()
        self.issuer = begun.headers["Location"].partition("/auth?")[0]
        back = urlsplit(await sign_in_there(self.http, begun.headers["Location"], login, acr=acr))
        assert f"{back.scheme}://{back.netloc}" == self.heia.url
        return f"{back.path}?{back.query}"

    async def enter(self, login: str, *, query: str = "", acr: str = "") -> str:
        """Sign in; return where it leads."""
        answer = await self.ask("GET", await self.answer_of(login, query=query, acr=acr))
        assert answer.status == 303
        return answer.headers["Location"]

    async def hello(self) -> dict[str, Any] | None:
        """Return the greeting of an opened page; None when it is signed out."""
        async with self.http.ws_connect(f"{self.heia.url}/chat/socket", headers={"Origin": self.heia.url}) as socket:
            await socket.send_json({"type": "open", "again": True})
            message = await socket.receive(timeout=20)
            return None if message.type is aiohttp.WSMsgType.CLOSE else dict(message.json())

    @property
    def cookie(self) -> str | None:
        return next((each.value for each in self.http.cookie_jar if each.key == COOKIE), None)
