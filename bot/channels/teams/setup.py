"""The Teams channel: its entry in the table of channels, assembled from the settings."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web
from botbuilder.core import Bot
from botbuilder.schema import Activity, ActivityTypes
from structlog.typing import FilteringBoundLogger

from bot.channels.base import ChannelParts, ChannelPlugin, ChannelService, OpenChannel
from bot.channels.teams.activity import BadActivity, read_activity
from bot.channels.teams.adapter import TeamsAdapter
from bot.channels.teams.attachment import Files
from bot.channels.teams.bearer import (
    Authenticator,
    CallerRefused,
    ClosedAuthenticator,
    DevAuthenticator,
    KeyRing,
    TokenAuthenticator,
)
from bot.channels.teams.connector import Connector, NoTokens, Tokens
from bot.channels.teams.handler import APP_ID, HeiaBot
from bot.channels.teams.limits import Apology, TeamsLimits
from bot.channels.teams.registration import (
    PUBLIC_SERVICE_URL,
    AllowedHosts,
    Certificate,
    ClientSecret,
    Credential,
    ManagedIdentity,
    Registration,
    Registrations,
)
from bot.channels.teams.render import TeamsImages
from bot.channels.teams.target import TEAMS
from bot.ports import Clock, Inbox, Overloaded, StoreUnavailable, TurnFailed
from bot.settings.model import Settings
from bot.settings.registration import RegistrationSettings
from bot.signin.links import NobodyToSignIn
from dialogs.core.channel import ChannelSpec
from dialogs.core.person import Person
from dialogs.rollout.timeline.picture import PlanPicture
from dialogs.rollout.timeline.views import own_picture

# Declaration of the Teams channel.

# Opens a one-to-one chat. Source: Microsoft Learn, "Deep link to a Teams chat", 2026.
CHAT_URL: Final = "https://teams.microsoft.com/l/chat/0/0?users="
# Of text in one message, below Teams' limit in bytes whatever the characters are.
MAX_CHARACTERS: Final = 20_000


def teams_spec(serves: Callable[[str], bool]) -> ChannelSpec:
    """Return the declaration. ``serves`` returns whether the bot may start conversations with people of a tenant."""

    def opening(person: Person) -> Mapping[str, str] | None:
        if not (person.object_id and person.tenant_id and serves(person.tenant_id)):
            return None
        return {"object_id": person.object_id, "tenant_id": person.tenant_id}

    return ChannelSpec(
        name=TEAMS,
        longest_text=MAX_CHARACTERS,
        by_account=True,
        opening=opening,
        is_open=is_open,
        lane=lane,
        direct_chat=direct_chat,
    )


def is_open(target: Mapping[str, str]) -> bool:
    """Return whether the conversation exists. A thread in a channel is created with its first message."""
    return bool(target.get("conversation_id") or target.get("channel_id"))


def lane(target: Mapping[str, str]) -> str:
    """Return the tenant: Microsoft counts per app and tenant, and a tenant is served by one registration."""
    return target.get("tenant_id", "-")


def direct_chat(email: str) -> str:
    """Return the link to a one-to-one chat."""
    return CHAT_URL + quote(email, safe="@")


# POST /api/messages: request bytes to a turn, and the turn's answer back.

MAX_BODY_BYTES = 1_048_576
BUSY_SECONDS = 5


class TeamsEndpoint:
    """The aiohttp handler. Mount ``endpoint.handle`` at POST /api/messages.

    The body limit here replaces the application's ``client_max_size``.
    """

    def __init__(
        self, *, adapter: TeamsAdapter, bot: Bot, authenticator: Authenticator, log: FilteringBoundLogger
    ) -> None:
        self._adapter = adapter
        self._bot = bot
        self._authenticator = authenticator
        self._log = log

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request.

        200; 400, 401, 403, 413 or 415 for a bad request; 503 while the store is unavailable.
        """
        try:
            caller = await self._authenticator.verify(request)
            activity = read_activity(await _body(request))
            caller.admit(activity)
            return await self._run(activity, caller.app_id)
        except CallerRefused as refused:
            self._log.warning("teams_request_refused", status=refused.status, reason=refused.reason)
            return _error(refused.status, refused.reason)
        except BadActivity as bad:
            self._log.info("teams_activity_bad", reason=str(bad))
            return _error(400, str(bad))
        except (StoreUnavailable, Overloaded) as fault:
            away = isinstance(fault, StoreUnavailable)
            answer = _error(503, "the store cannot be reached now" if away else "too many ask at this moment")
            answer.headers["Retry-After"] = str(BUSY_SECONDS)
            return answer

        except TurnFailed:
            return _error(500, "Heia failed; the fault is logged")

    async def _run(self, activity: Activity, app_id: str | None) -> web.Response:
        invoked = await self._adapter.run(activity, self._bot.on_turn, **{APP_ID: app_id})
        if activity.type != ActivityTypes.invoke:
            return web.Response(status=200)
        return web.json_response(invoked.body, status=int(invoked.status), dumps=_dumps)


async def _body(request: web.Request) -> bytes:
    """Return the body. Raises 413 if it is too large, 415 if its content type is not JSON.

    A web page in a browser can post text to this machine without permission, but not JSON.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text='{"error": "send application/json"}', content_type="application/json")
    too_large = web.HTTPRequestEntityTooLarge(
        max_size=MAX_BODY_BYTES,
        actual_size=request.content_length or MAX_BODY_BYTES + 1,
        text='{"error": "the body is too large"}',
        content_type="application/json",
    )
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise too_large
    body = bytearray()
    try:
        async for chunk in request.content.iter_chunked(65_536):
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise too_large
    except web.RequestPayloadError as fault:
        raise BadActivity("the body does not arrive as its headers say") from fault
    return bytes(body)


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"error": code}, status=status)


def _dumps(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


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

    async def plan_of(person_id: str) -> PlanPicture | None:
        return await parts.views.view(person_id, own_picture)

    return TeamsImages(
        intake=parts.intake,
        texts_of=parts.texts_of,
        reports=parts.reports,
        plan_of=plan_of,
        link=link,
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
