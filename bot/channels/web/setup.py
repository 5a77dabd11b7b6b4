"""The web chat: its entry in the table of channels, assembled from the settings."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import aiohttp

from bot.channels.base import ChannelParts, ChannelPlugin, ChannelService, OpenChannel, Visitors
from bot.channels.web.chat.channel import WebChannel
from bot.channels.web.chat.endpoint import WebChat
from bot.channels.web.desk.routes import Desk, SessionReader
from bot.channels.web.desk.seal import FormSeal, SearchSeal
from bot.channels.web.desk.table import DESK_ROLES, PAGES
from bot.channels.web.desk.visit import DeskParts, NoticeCookie
from bot.channels.web.page import LocaleChooser
from bot.channels.web.parts import WebParts
from bot.channels.web.plan_files import PlanFiles
from bot.channels.web.signin.entrance import PATH as ENTRANCE
from bot.channels.web.signin.signer import OriginRule, Signer
from bot.channels.web.signin.ways import SamplePerson, SignInWays
from bot.channels.web.signin.web_sign_in import WebSignIn
from bot.channels.web.spec import web_spec
from bot.content.link_check import LinkChecker, open_link_session
from bot.directory.merge import MergeWrites, merge_persons
from bot.ports import Inbox
from bot.records.codec import decode
from bot.settings.model import BadSettings, Settings
from bot.signin.oidc.config import load_providers, unknown_places
from bot.signin.oidc.exchange import ProviderClient
from bot.signin.oidc.flow import ProviderSignIn, ProviderSignOut
from bot.signin.oidc.people import PersonFinder
from bot.support.outbound import open_session
from bot.support.secret_key import kept_key
from dialogs.core.content import Content
from dialogs.core.person import Person
from dialogs.router import STEP_UP_VERBS
from knowledge.article.article import Language

PROVIDER_CONNECTIONS: Final = 32


def web_key(settings: Settings) -> bytes:
    """Return the key that signs image and report addresses."""
    return kept_key(settings.web_key, settings.data_dir, "web.key")


def public_origin(settings: Settings) -> str:
    """Return the origin people reach Heia at; without one, the address Heia listens at."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"


@asynccontextmanager
async def open_web(parts: ChannelParts) -> AsyncIterator[OpenChannel]:
    """Open the channel. Messages wait in the store; ``serve`` adds the pages."""
    channel = WebChannel(clock=parts.clock, key=web_key(parts.settings))
    # Separate connections, so that a slow identity provider keeps no message to Teams waiting.
    http = open_session(connections=PROVIDER_CONNECTIONS)
    outside = open_link_session()

    def serve(inbox: Inbox) -> ChannelService:
        web = _web_parts(parts, channel)
        sign_in = WebSignIn(web, _sign_in_ways(parts, _sign_in(parts, http)))
        chat = _chat(parts, web, inbox, sign_in)
        desk = _desk(parts, web, inbox, sign_in, session_of=chat.visitor, links=_link_checker(parts, outside))
        parts.store.on_news(channel.connections.wake)
        visitors = Visitors(signed_in=chat.signed_in, explain=chat.explain_refusal, fault_page=web.fault_page)
        plan = PlanFiles(parts=web, views=parts.views, texts=lambda language: parts.content().texts[language])
        routes = [*chat.routes(), *desk.routes(), *(plan.routes() if parts.settings.public_calendar else ())]
        return ChannelService(
            routes=routes,
            visitors=visitors,
            stop=chat.disconnect_pages,
            open_pages=channel.connections.__len__,
        )

    async with http, outside:
        yield OpenChannel(channel=channel, serve=serve)


WEB_PLUGIN: Final = ChannelPlugin(spec=web_spec, open=open_web)


def _sign_in(parts: ChannelParts, http: aiohttp.ClientSession) -> ProviderSignIn | None:
    """Return the sign-in at the configured providers; None without any. Raises BadSettings."""
    providers = load_providers(parts.settings.signin_file)
    if not providers:
        return None
    organisation = parts.content().organisation
    if faults := unknown_places(providers, organisation):
        raise BadSettings(faults)
    origin = public_origin(parts.settings)

    async def merge(stranger: Person, person_id: str, at: datetime) -> MergeWrites:
        return await merge_persons(parts.store, stranger, person_id, at=at)

    return ProviderSignIn(
        clients={
            provider.id: ProviderClient(
                provider=provider,
                session=http,
                redirect_uri=f"{origin}{ENTRANCE}/{provider.id}/callback",
                clock=parts.clock,
                log=parts.log,
            )
            for provider in providers
        },
        people=PersonFinder(
            store=parts.store,
            rng=parts.rng,
            former=parts.former,
            merge=merge,
            organisation=lambda: parts.content().organisation,
        ),
        sessions=parts.sessions,
        store=parts.store,
        clock=parts.clock,
        rng=parts.rng,
        log=parts.log,
    )


def _web_parts(parts: ChannelParts, channel: WebChannel) -> WebParts:
    settings = parts.settings
    return WebParts(
        channel=channel,
        sessions=parts.sessions,
        locale=LocaleChooser(texts=parts.content().texts),
        origin=OriginRule(allowed=frozenset({settings.public_url.rstrip("/")} - {""})),
        clock=parts.clock,
        rng=parts.rng,
        find_person=parts.directory.get,
        organisation=lambda: parts.content().organisation,
    )


def _sign_in_ways(parts: ChannelParts, providers: ProviderSignIn | None) -> SignInWays:
    async def sample_people() -> Sequence[SamplePerson]:
        stored = await parts.store.find(Person.KIND, "registered")
        return tuple(_sample(decode(Person, row), parts.content()) for row in stored)

    settings = parts.settings
    return SignInWays(
        links=parts.links,
        public_origin=public_origin(settings),
        people=sample_people if parts.dev else None,
        allow_guests=settings.web_guests,
        providers=providers,
        sign_out=_sign_out(parts) if providers is not None else None,
        refused=parts.refused,
    )


def _link_checker(parts: ChannelParts, session: aiohttp.ClientSession) -> LinkChecker | None:
    hosts = parts.settings.link_hosts
    return LinkChecker(hosts=frozenset(hosts), session=session, clock=parts.clock) if hosts else None


def _desk(
    parts: ChannelParts,
    web: WebParts,
    inbox: Inbox,
    sign_in: WebSignIn,
    *,
    session_of: SessionReader,
    links: LinkChecker | None,
) -> Desk:
    key, others = web_key(parts.settings), _other_keys(parts.settings)
    desk = DeskParts(
        web=web,
        inbox=inbox,
        views=parts.views,
        notices=NoticeCookie(signer=Signer(key, others), origin=web.origin),
        searches=SearchSeal((key, *others)),
        forms=FormSeal((key, *others)),
        pages=PAGES,
        turns=parts.turns,
        reports=parts.reports,
        images=parts.intake,
        downloads=parts.downloads,
        examine=parts.examine,
        rehearsals=parts.rehearsals,
        links=links,
    )
    return Desk(desk, sign_in=sign_in, session_of=session_of, failed=parts.turn_failed)


def _other_keys(settings: Settings) -> tuple[bytes, ...]:
    secret = settings.web_key_other
    return () if secret is None else (secret.get_secret_value().encode(),)


def _chat(parts: ChannelParts, web: WebParts, inbox: Inbox, sign_in: WebSignIn) -> WebChat:
    settings = parts.settings
    return WebChat(
        parts=web,
        sign_in=sign_in,
        store=parts.store,
        inbox=inbox,
        key=web_key(settings),
        other_keys=_other_keys(settings),
        texts=parts.content().texts,
        intake=parts.intake,
        reports=parts.reports,
        downloads=parts.downloads,
        views=parts.views,
        turns=parts.turns,
        failed=parts.turn_failed,
        # Elsewhere there is no sign-in that could be recent.
        continued_verbs=STEP_UP_VERBS if settings.step_up_hours else frozenset(),
        desk_roles=DESK_ROLES,
    )


def _sign_out(parts: ChannelParts) -> ProviderSignOut:
    return ProviderSignOut(sessions=parts.sessions, former=parts.former, store=parts.store, clock=parts.clock)


def _sample(person: Person, content: Content) -> SamplePerson:
    unit = content.organisation.find_unit(person.unit_id or "")
    municipality = content.organisation.municipalities.get(person.municipality_id or "")
    places = (place.names.text(Language.NB) for place in (unit, municipality) if place)
    return SamplePerson(id=person.id, name=person.name, detail=", ".join(places), roles=tuple(sorted(person.roles)))
