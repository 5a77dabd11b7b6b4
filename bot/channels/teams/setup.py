"""Assemble the Teams channel from the settings."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
from aiohttp import web
from structlog.typing import FilteringBoundLogger

from bot.channels.teams.adapter import TeamsAdapter
from bot.channels.teams.apology import Apology
from bot.channels.teams.attachment import Files
from bot.channels.teams.auth import Authenticator, ClosedAuthenticator, DevAuthenticator
from bot.channels.teams.bearer import TokenAuthenticator
from bot.channels.teams.connector import Connector, NoTokens, Tokens
from bot.channels.teams.handler import HeiaBot
from bot.channels.teams.host import PUBLIC_SERVICE_URL, AllowedHosts
from bot.channels.teams.inbound import TeamsEndpoint
from bot.channels.teams.keys import KeyRing
from bot.channels.teams.limits import TeamsLimits
from bot.channels.teams.picture import TeamsImages
from bot.channels.teams.registration import (
    Certificate,
    ClientSecret,
    Credential,
    ManagedIdentity,
    Registration,
    Registrations,
)
from bot.images.intake import Intake
from bot.ports import Clock, Inbox, Sender
from bot.settings.model import RegistrationSettings, Settings
from bot.support.dependencies import Dependencies


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamsChannel:
    """The assembled channel. ``open``: it sends and receives; ``can_open``: the bot may start conversations."""

    adapter: TeamsAdapter
    connector: Connector
    authenticator: Authenticator
    tokens: Tokens
    files: Files
    limits: TeamsLimits
    apology: Apology
    open: bool
    can_open: bool
    log: FilteringBoundLogger

    async def close(self) -> None:
        """Close the connections to Entra."""
        await self.tokens.close()

    def endpoint(self, inbox: Inbox) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return the handler of ``POST /api/messages``."""
        bot = HeiaBot(inbox=inbox, files=self.files, connector=self.connector, limits=self.limits, apology=self.apology)
        return TeamsEndpoint(adapter=self.adapter, bot=bot, authenticator=self.authenticator, log=self.log).handle


def make_teams(
    settings: Settings,
    *,
    dev: bool,
    session: aiohttp.ClientSession,
    intake: Intake,
    who: Callable[[Sender], Awaitable[str]],
    pictures: TeamsImages,
    limits: TeamsLimits,
    apology: Apology,
    dependencies: Dependencies,
    clock: Clock,
    log: FilteringBoundLogger,
) -> TeamsChannel:
    """Return the Teams channel.

    It is open to Microsoft if a registration is set, or to this machine only with ``dev``.

    Otherwise it neither sends nor receives. ``who`` returns the id a sender's person has, or will get.
    """
    registrations = Registrations(_registration(each) for each in settings.registrations())
    hosts = AllowedHosts((), loopback=True) if dev else AllowedHosts(settings.allowed_service_hosts)
    tokens: Tokens = NoTokens() if dev else _entra_tokens(registrations, clock)
    connector = Connector(session=session, tokens=tokens, hosts=hosts, clock=clock, log=log, dependencies=dependencies)
    authenticator: Authenticator = ClosedAuthenticator()
    if dev:
        authenticator = DevAuthenticator(hosts=hosts)
    elif registrations:
        keys = KeyRing(
            session=session, clock=clock, log=log, metadata_url=settings.openid_metadata_url, dependencies=dependencies
        )
        authenticator = TokenAuthenticator(registrations=registrations, keys=keys, hosts=hosts, clock=clock)
    return TeamsChannel(
        adapter=TeamsAdapter(
            connector=connector,
            registrations=registrations,
            log=log,
            default_service_url="" if dev else PUBLIC_SERVICE_URL,
            pictures=pictures,
        ),
        connector=connector,
        authenticator=authenticator,
        tokens=tokens,
        files=Files(connector=connector, intake=intake, who=who),
        limits=limits,
        apology=apology,
        open=dev or bool(registrations),
        can_open=bool(registrations) and not dev,
        log=log,
    )


def _entra_tokens(registrations: Registrations, clock: Clock) -> Tokens:
    from bot.channels.teams.tokens import EntraTokens  # noqa: PLC0415 - Azure's libraries are 10 MB

    return EntraTokens(registrations=registrations, clock=clock)


def _registration(given: RegistrationSettings) -> Registration:
    return Registration(
        app_id=given.app_id,
        tenant_id=given.tenant_id,
        credential=_credential(given),
        municipalities=given.municipalities,
        more_tenant_ids=frozenset(given.tenants),
    )


def _credential(given: RegistrationSettings) -> Credential:
    if given.secret is not None:
        return ClientSecret(value=given.secret.get_secret_value())
    if given.certificate is not None:
        return Certificate(path=given.certificate)
    return ManagedIdentity(client_id=given.app_id)
