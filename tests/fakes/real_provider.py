"""Starts the real OpenID provider of the tests, npm ``oidc-provider``."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp

from tests.e2e.program import free_port
from tests.needs import NODE

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("oidc_provider.mjs")
SECRET = "et-langt-og-hemmelig-passord-for-heia"
START_SECONDS = 60


@asynccontextmanager
async def real_provider(
    *,
    port: int,
    redirect_uris: Sequence[str],
    accounts: Mapping[str, Mapping[str, Any]],
    more_clients: Sequence[Mapping[str, Any]] = (),
    clock_seconds: int = 0,
    **client: Any,
) -> AsyncIterator[str]:
    """Run a provider until the block ends; yield its issuer.

    ``client``: more about the client ``heia``. ``clock_seconds``: how far its clock is ahead.
    """
    registered = {"client_id": "heia", "client_secret": SECRET, "redirect_uris": list(redirect_uris), **client}
    clients = [registered, *more_clients]
    given = json.dumps({"clients": clients, "accounts": accounts, "clock_seconds": clock_seconds})
    process = await asyncio.create_subprocess_exec(
        str(NODE),
        str(SCRIPT),
        str(port),
        given,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(START_SECONDS):
            line = (await process.stdout.readline()).decode().strip()
        assert line, (await process.stderr.read()).decode()
        yield line
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def sign_in_there(browser: aiohttp.ClientSession, address: str, login: str, *, acr: str = "") -> str:
    """Follow the provider's pages as a browser would; return the address that it sends the browser back to.

    ``acr``: the authentication context that the user reaches there.
    """
    issuer = address.split("/auth", 1)[0]
    asked, form = address, None
    for _ in range(10):
        async with browser.request("POST" if form else "GET", asked, data=form, allow_redirects=False) as answer:
            if answer.status in {302, 303}:
                asked, form = urljoin(asked, answer.headers["Location"]), None
                if not asked.startswith(issuer):
                    return asked
                continue
            page = await answer.text()
            assert answer.status == 200, page
            form = {"login": login, **({"acr": acr} if acr else {})}
    raise AssertionError(f"the provider leads nowhere: {asked}")


def form_of(page: str) -> dict[str, str]:
    """Return the hidden fields of a page's form."""
    return {name: unescape(value) for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', page)}


__all__ = ["SECRET", "form_of", "free_port", "real_provider", "sign_in_there"]
