"""Checks of the identity providers: their file, secrets, places and answers."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

import aiohttp

from bot.app.clock import SystemClock
from bot.app.doctor.finding import Finding, fail, ok, warn
from bot.settings.model import BadSettings, Settings
from bot.settings.toml_file import open_files
from bot.signin.oidc.config import Provider, credential_end, load_providers, unknown_places
from bot.signin.oidc.fetch import SignInFault
from bot.signin.oidc.metadata import Published
from bot.support.outbound import open_session
from dialogs.core.person import Role
from knowledge.organisation.organisation import Organisation

ADVICE: Final = "docs/sign-in.md describes the file."
SOON: Final = timedelta(days=30)


def signin_findings(
    settings: Settings, organisation: Organisation, *, environment: Mapping[str, str], now: datetime
) -> Iterator[Finding]:
    """Check the file of providers, its secrets, and whether the organisation has its places."""
    if settings.signin_file is None:
        return
    try:
        providers = load_providers(settings.signin_file, environment=environment)
    except BadSettings as bad:
        for fault in bad.faults:
            yield fail("sign-in", fault, ADVICE)
        return
    yield ok("sign-in", f"{len(providers)} provider{'s' if len(providers) > 1 else ''}")
    for fault in unknown_places(providers, organisation):
        yield fail("sign-in", fault, "Use the content's ids.")
    files = [settings.signin_file] if any(provider.secret for provider in providers) else []
    files += [file for provider in providers for file in (provider.secret_file, provider.certificate_file) if file]
    for file in open_files(files):
        yield fail("sign-in", f"{file} holds a secret and others can read it", f"chmod 600 {file}")
    for provider in providers:
        yield from _credential(provider, now)
    if not any(
        provider.administrators or any(rule.role is Role.ADMIN for rule in provider.role) for provider in providers
    ):
        yield warn("sign-in", "no provider names an administrator", "Set administrators, or roles in the registry.")
    if not settings.public_url:
        yield warn("sign-in", "HEIA_PUBLIC_URL is not set", "Providers send people back to that address.")


def _credential(provider: Provider, now: datetime) -> Iterator[Finding]:
    """Check when the secret or certificate ends."""
    name = f"the {'secret' if provider.certificate_file is None else 'certificate'} of {provider.id}"
    ends = credential_end(provider)
    if ends is not None and ends <= now:
        yield fail(
            "sign-in", f"{name} ended {ends:%Y-%m-%d}", "Nobody signs in there: docs/sign-in.md, Rotation."
        ).explained("key_ended", day=f"{ends:%Y-%m-%d}")
    elif ends is not None and ends - now < SOON:
        yield warn("sign-in", f"{name} ends {ends:%Y-%m-%d}", "Rotate it before: docs/sign-in.md, Rotation.").explained(
            "key_ends", day=f"{ends:%Y-%m-%d}"
        )
    elif ends is None and provider.tenant_id is not None:  # there, each secret has an end
        yield warn("sign-in", f"the end of {name} is not known", "Set secret_expires to the day that Entra shows.")


ANSWER_SECONDS: Final = 5.0
_KEYS: Final = "Keys must be RSA of 2048 bits or more, of an elliptic curve, or Ed25519."
HELP: Final = "docs/sign-in.md, When it does not work, has what each detail means."


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
        return fail("sign-in", f"{provider.id} does not answer within {ANSWER_SECONDS:.0f} seconds", HELP).explained(
            "provider_silent"
        )
    except SignInFault as fault:
        return fail("sign-in", f"{provider.id} cannot be used: {fault.detail}", HELP).explained("provider_silent")
    if not keys:
        return fail(
            "sign-in", f"{provider.id} publishes no usable key", "Keys must be RSA of 2048 bits, EC or Ed25519."
        )
    return ok("sign-in", f"{provider.id} answers, with {keys} key{'s' if keys > 1 else ''}")
