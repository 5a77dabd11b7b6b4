"""Assemble the web chat for the application."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from bot.budget import TurnBudget
from bot.channels.web.chat.channel import WebChannel
from bot.channels.web.chat.conversation import NOT_OPENED, SIGNED_OUT, Conversation, FindPerson, Host
from bot.channels.web.chat.frame import MAX_BYTES, FrameRefused, Open, parse
from bot.channels.web.chat.images import ImageRoutes, bearer_of
from bot.channels.web.chat.own_data import DataFile
from bot.channels.web.chat.report import ReportFiles
from bot.channels.web.locale import LocaleChooser
from bot.channels.web.notice import NoticePage
from bot.channels.web.page import Pages
from bot.channels.web.signin.cookie import COOKIE, SIGN_IN_COOKIE, Cookie
from bot.channels.web.signin.entrance import Entrance
from bot.channels.web.signin.login import SamplePeople, SignInRoutes
from bot.channels.web.signin.origin import OriginRule, is_loopback
from bot.channels.web.signin.provider import ProviderRoutes
from bot.channels.web.signin.sessions import SessionRoutes
from bot.channels.web.signin.signer import Signer
from bot.edge.source import SOURCE
from bot.export.downloads import Downloads
from bot.images.intake import Intake
from bot.ports import Clock, Inbox, RandomSource, Store, StoreUnavailable
from bot.report.files import Reports
from bot.signin.links import Links
from bot.signin.oidc.flow import VALID_FOR, ProviderSignIn
from bot.signin.oidc.logout import ProviderSignOut
from bot.signin.sessions import Sessions
from dialogs.core.texts import Texts
from dialogs.signin.model import SignInMethod, WebSession
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation

OPENED_WITHIN_SECONDS: Final = 10.0
HEARTBEAT_SECONDS: Final = 30.0
SESSIONS: Final = web.RequestKey("sessions", dict[str, WebSession | None])


class WebChat:
    """Serves ``/chat``.

    Args:
        channel: the channel that the courier uses, made before the inbox.
        sessions: web sessions; links: one-time sign-in links.
        key: secret of at least 32 bytes, the same as the channel's and on every replica.
        texts: every language's catalogue; the keys that start with ``web.`` are used.
        find_person: returns the person with an id, or None.
        organisation: returns the organisation in force, for the privacy notice.
        intake: image storage; without it no image can be sent or shown.
        reports: announcement reports with access checks; without it no report files are served.
        downloads: people's data with access checks; without it none is served.
        people: sample people to choose from. If given: developer mode, without authentication, loopback only.
        allow_guests: whether unknown visitors may write.
        origins: our own public origins behind a proxy; empty means the host the browser requested.
        turns: budget of turns per person; without it there is no limit.
        failed: counts failed turns by cause.
        providers: sign-in at identity providers; without it there is no entrance page.
        sign_out: ends sessions that a provider has ended.
        public_origin: where people reach Heia, for addresses that a provider sends the browser back to.
        refused: counts failed sign-ins by reason.
    """

    def __init__(
        self,
        *,
        store: Store,
        inbox: Inbox,
        clock: Clock,
        rng: RandomSource,
        channel: WebChannel,
        sessions: Sessions,
        links: Links,
        key: bytes,
        other_keys: tuple[bytes, ...] = (),
        texts: Mapping[Language, Texts],
        find_person: FindPerson,
        organisation: Callable[[], Organisation],
        people: SamplePeople | None = None,
        intake: Intake | None = None,
        reports: Reports | None = None,
        downloads: Downloads | None = None,
        allow_guests: bool = False,
        origins: frozenset[str] = frozenset(),
        turns: TurnBudget | None = None,
        failed: Callable[[str], None] = lambda _: None,
        providers: ProviderSignIn | None = None,
        sign_out: ProviderSignOut | None = None,
        public_origin: str = "",
        refused: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._signer = Signer(key, other_keys)
        self._sessions = sessions
        self._pages = Pages()
        self._origin = OriginRule(allowed=origins)
        self._clock = clock
        self._locale = LocaleChooser(texts=texts)
        self._notice = NoticePage(pages=self._pages, locale=self._locale, organisation=organisation)
        self._page_settings = {"choose": people is not None, "guests": allow_guests, "images": intake is not None}
        if providers is not None:
            self._page_settings["providers"] = True
        cookie = Cookie(name=COOKIE, origin=self._origin, valid_for=sessions.valid_for)
        self._sign_in = SignInRoutes(
            sessions=sessions,
            channel=channel,
            links=links,
            pages=self._pages,
            clock=clock,
            rng=rng,
            origin=self._origin,
            find_person=find_person,
            locale=self._locale,
            people=people,
            allow_guests=allow_guests,
            cookie=cookie,
            providers=providers,
            public_origin=public_origin,
        )
        self._providers = (
            ProviderRoutes(
                sign_in=providers,
                entrance=Entrance(
                    pages=self._pages,
                    providers=providers.providers,
                    organisation=organisation,
                    allow_guests=allow_guests,
                ),
                locale=self._locale,
                origin=self._origin,
                sessions=sessions,
                session_cookie=cookie,
                secret_cookie=Cookie(name=SIGN_IN_COOKIE, origin=self._origin, valid_for=VALID_FOR),
                channel=channel,
                clock=clock,
                failed=refused,
            )
            if providers is not None
            else None
        )
        self._sessions_page = SessionRoutes(
            sessions=sessions,
            cookie=cookie,
            pages=self._pages,
            locale=self._locale,
            origin=self._origin,
            channel=channel,
            clock=clock,
            find_person=find_person,
            providers=providers,
            sign_out=sign_out,
        )
        self._pictures = self._image_routes(intake, find_person) if intake is not None else None
        self._reports = self._report_files(reports) if reports is not None else None
        self._data = self._data_file(downloads, find_person) if downloads is not None else None
        self._host = Host(
            store=store,
            inbox=inbox,
            clock=clock,
            channel=channel,
            texts=texts,
            find_person=find_person,
            sessions=sessions,
            intake=intake,
            turns=turns,
            failed=failed,
        )

    def _report_files(self, reports: Reports) -> ReportFiles:
        return ReportFiles(
            reports=reports, visitor=self._visitor, signer=self._signer, origin=self._origin, pages=self._pages
        )

    def _data_file(self, downloads: Downloads, find_person: FindPerson) -> DataFile:
        return DataFile(
            downloads=downloads,
            visitor=self._visitor,
            origin=self._origin,
            pages=self._pages,
            locale=self._locale,
            find_person=find_person,
        )

    def _image_routes(self, intake: Intake, find_person: FindPerson) -> ImageRoutes:
        return ImageRoutes(
            intake=intake,
            visitor=self._visitor,
            signer=self._signer,
            origin=self._origin,
            pages=self._pages,
            locale=self._locale,
            find_person=find_person,
        )

    def routes(self) -> list[web.RouteDef]:
        """Return all routes below ``/chat``, and the privacy notice."""
        return [
            *self._notice.routes(),
            web.get("/chat", self.page),
            web.get("/chat/socket", self.socket),
            web.get("/chat/static/{path:.+}", self.static),
            *(self._pictures.routes() if self._pictures is not None else ()),
            *(self._reports.routes() if self._reports is not None else ()),
            *(self._data.routes() if self._data is not None else ()),
            *self._sign_in.routes(),
            *self._sessions_page.routes(),
            *(self._providers.routes() if self._providers is not None else ()),
        ]

    async def disconnect_pages(self, app: web.Application) -> None:
        """Disconnect every page; they reconnect when the server is back. For ``app.on_shutdown``."""
        self._host.channel.connections.disconnect_all()

    async def page(self, request: web.Request) -> web.Response:
        return self._pages.chat(self._locale.of_request(request), self._page_settings)

    async def static(self, request: web.Request) -> web.Response:
        """Answer with a static file of the page."""
        return self._pages.static(request)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """Serve one open page. A socket from another site's page is refused, also in developer mode."""
        if self._origin.is_foreign(request):
            raise web.HTTPForbidden
        socket = web.WebSocketResponse(max_msg_size=2 * MAX_BYTES, heartbeat=HEARTBEAT_SECONDS)
        try:
            await socket.prepare(request)
        except ValueError:  # a key outside ASCII, which aiohttp does not expect
            raise web.HTTPBadRequest from None
        # A page may close at any moment, also during the greeting. No answer is possible then.
        with suppress(ConnectionResetError):
            await self._serve(request, socket)
        return socket

    async def _serve(self, request: web.Request, socket: web.WebSocketResponse) -> None:
        opened = await self._opened(socket)
        if opened is None:
            await socket.close(code=NOT_OPENED)
            return
        token = opened.token or (self._sign_in.token_of(request) if self._origin.is_ours(request) else None) or ""
        try:
            session = await self._session_of(request, token)
        except StoreUnavailable:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return
        if session is None:
            await socket.close(code=SIGNED_OUT)
            return
        source = request.get(SOURCE)
        await Conversation(host=self._host, socket=socket, session=session, source=source).serve_page(opened)

    async def signed_in(self, request: web.Request) -> str | None:
        """Return the person id of a request's session; None for a guest and without a session."""
        if not bearer_of(request) and not self._sign_in.token_of(request):
            return None
        session = await self._visitor(request)
        return None if session is None or session.way is SignInMethod.GUEST else session.person_id

    def explain_refusal(self, request: web.Request) -> str:
        """Return the sentence for an address with too many requests, in the browser's language."""
        return self._locale.of_request(request)("web.fault.too_fast")

    async def _opened(self, socket: web.WebSocketResponse) -> Open | None:
        try:
            async with asyncio.timeout(OPENED_WITHIN_SECONDS):
                message = await socket.receive()
            frame = parse(message.data) if message.type is WSMsgType.TEXT else None
        except (TimeoutError, FrameRefused):
            return None
        return frame if isinstance(frame, Open) else None

    async def _visitor(self, request: web.Request) -> WebSession | None:
        """Return the session of a request: the tab's own, else the cookie's."""
        try:
            return await self._session_of(request, bearer_of(request) or self._sign_in.token_of(request) or "")
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None

    async def _session_of(self, request: web.Request, token: str) -> WebSession | None:
        """Return the open session of a token; looked up once per request. Raises StoreUnavailable."""
        known = request.setdefault(SESSIONS, {})
        if token not in known:
            known[token] = await self._sessions.valid_session(token, now=self._clock.now())
        session = known[token]
        return None if session is None or (session.way is SignInMethod.CHOSEN and not is_loopback(request)) else session
