"""Whether the identity providers answer, and publish usable data."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

import aiohttp

from bot.app.clock import SystemClock
from bot.app.doctor.finding import Finding, fail, ok
from bot.settings.model import BadSettings, Settings
from bot.signin.oidc.config import Provider, load_providers
from bot.signin.oidc.fetch import SignInFault
from bot.signin.oidc.metadata import Published
from bot.support.outbound import open_session

ANSWER_SECONDS: Final = 5.0
_KEYS: Final = "Keys must be RSA of 2048 bits or more, of an elliptic curve, or Ed25519."
_ADVICE: Final = "docs/sign-in.md, When it does not work, has what each detail means."


async def provider_findings(settings: Settings, *, environment: Mapping[str, str]) -> AsyncIterator[Finding]:
    """Ask every provider of the file for its endpoints and keys, all at the same time.

    Nothing about a person is sent. Faults of the file are reported elsewhere.
    """
    try:
        providers = load_providers(settings.signin_file, environment=environment)
    except BadSettings:
        return
    if not providers:
        return
    async with open_session() as session:
        for finding in await asyncio.gather(*(_asked(provider, session) for provider in providers)):
            yield finding


async def _asked(provider: Provider, session: aiohttp.ClientSession) -> Finding:
    published = Published(provider=provider, session=session, clock=SystemClock())
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            keys = await published.fetch_anew()
    except TimeoutError:
        return fail("sign-in", f"{provider.id} does not answer within {ANSWER_SECONDS:.0f} seconds", _ADVICE).explained(
            "provider_silent"
        )
    except SignInFault as fault:
        return fail("sign-in", f"{provider.id} cannot be used: {fault.detail}", _ADVICE).explained("provider_silent")
    if not keys:
        return fail(
            "sign-in", f"{provider.id} publishes no usable key", "Keys must be RSA of 2048 bits, EC or Ed25519."
        )
    return ok("sign-in", f"{provider.id} answers, with {keys} key{'s' if keys > 1 else ''}")
