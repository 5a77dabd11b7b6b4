"""The Teams channel: its entry in the table of channels, assembled from the settings."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from bot.channels.base import ChannelParts, ChannelPlugin, ChannelService, OpenChannel
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
from bot.channels.teams.spec import teams_spec
from bot.ports import Clock, Inbox
from bot.settings.model import Settings
from bot.settings.registration import RegistrationSettings
from bot.signin.links import NobodyToSignIn
from dialogs.core.channel import ChannelSpec


def _spec(settings: Settings, dev: bool) -> ChannelSpec:
    # Clients of the developer mode can be answered, but there is no service that opens a conversation.
    return teams_spec(lambda _: False) if dev else teams_spec(settings.serves_tenant)


@asynccontextmanager
async def open_teams(parts: ChannelParts) -> AsyncIterator[OpenChannel]:
    """Open the channel.

    It is open to Microsoft if a registration is set, or to this machine only in developer mode. Otherwise it neither
    sends nor receives.
    """
    settings, dev = parts.settings, parts.dev
    registrations = Registrations(_registration(registration) for registration in settings.registrations())
    hosts = AllowedHosts((), loopback=True) if dev else AllowedHosts(settings.allowed_service_hosts)
    tokens: Tokens = NoTokens() if dev else _entra_tokens(registrations, parts.clock)
    connector = Connector(
        session=parts.session,
        tokens=tokens,
        hosts=hosts,
        clock=parts.clock,
        log=parts.log,
        dependencies=parts.dependencies,
    )
    adapter = TeamsAdapter(
        connector=connector,
        registrations=registrations,
        log=parts.log,
        default_service_url="" if dev else PUBLIC_SERVICE_URL,
        pictures=_pictures(parts),
    )
    authenticator = _authenticator(parts, registrations, hosts)

    def serve(inbox: Inbox) -> ChannelService:
        bot = _bot(parts, inbox, connector)
        endpoint = TeamsEndpoint(adapter=adapter, bot=bot, authenticator=authenticator, log=parts.log)
        return ChannelService(routes=[web.post("/api/messages", endpoint.handle)])

    try:
        yield OpenChannel(channel=adapter if dev or registrations else None, serve=serve)
    finally:
        await tokens.close()


TEAMS_PLUGIN: Final = ChannelPlugin(spec=_spec, open=open_teams)


def _authenticator(parts: ChannelParts, registrations: Registrations, hosts: AllowedHosts) -> Authenticator:
    if parts.dev:
        return DevAuthenticator(hosts=hosts)
    if not registrations:
        return ClosedAuthenticator()
    keys = KeyRing(
        session=parts.session,
        clock=parts.clock,
        log=parts.log,
        metadata_url=parts.settings.openid_metadata_url,
        dependencies=parts.dependencies,
    )
    return TokenAuthenticator(registrations=registrations, keys=keys, hosts=hosts, clock=parts.clock)


def _bot(parts: ChannelParts, inbox: Inbox, connector: Connector) -> HeiaBot:
    return HeiaBot(
        inbox=inbox,
        files=Files(connector=connector, intake=parts.intake, who=parts.directory.id_of),
        connector=connector,
        limits=TeamsLimits(turns=parts.turns, texts_of=parts.texts_of_sender, clock=parts.clock, refused=parts.refused),
        apology=Apology(texts=parts.texts_for, failed=parts.turn_failed),
    )


def _pictures(parts: ChannelParts) -> TeamsImages:
    async def link(person_id: str) -> str | None:
        try:
            return await parts.links.make(person_id, at=parts.clock.now())
        except NobodyToSignIn:
            return None

    return TeamsImages(
        intake=parts.intake,
        texts_of=parts.texts_of,
        reports=parts.reports,
        link=link if parts.settings.public_url else None,
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
