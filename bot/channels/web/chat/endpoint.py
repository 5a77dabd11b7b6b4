"""Assemble the web chat for the application."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from bot.budget import TurnBudget
from bot.channels.web.chat.alerts import AlertRoutes
from bot.channels.web.chat.conversation import NOT_OPENED, SIGNED_OUT, Conversation
from bot.channels.web.chat.downloads import CalendarFiles, DataFile, ReportFiles
from bot.channels.web.chat.frame import MAX_BYTES, FrameRefused, Open, parse
from bot.channels.web.chat.host import Host
from bot.channels.web.chat.images import ImageRoutes, bearer_of
from bot.channels.web.notice import NoticePage
from bot.channels.web.parts import WebParts
from bot.channels.web.signin.entrance import CHAT
from bot.channels.web.signin.entrance import PATH as ENTRANCE
from bot.channels.web.signin.signer import Signer, is_loopback
from bot.channels.web.signin.web_sign_in import WebSignIn
from bot.edge.source import SOURCE
from bot.export.bundle import Downloads
from bot.images.intake import Intake
from bot.ports import Inbox, Store, StoreUnavailable
from bot.report.files import Reports
from bot.turn.viewing import Viewing
from dialogs.core.alert import ALERTS_PATH
from dialogs.core.person import Role
from dialogs.core.texts import Texts
from dialogs.signin.model import SignInMethod, WebSession
from knowledge.article.article import Language

OPENED_WITHIN_SECONDS: Final = 10.0
HEARTBEAT_SECONDS: Final = 30.0
SESSIONS: Final = web.RequestKey("sessions", dict[str, WebSession | None])


class WebChat:
    """Serves ``/chat``.

    Args:
        parts: shared with the routes of sign-in.
        sign_in: the routes of sign-in.
        key: secret of at least 32 bytes, the same as the channel's and on every replica.
        texts: every language's catalogue; the keys that start with ``web.`` are used.
        intake: image storage; without it no image can be sent or shown.
        reports: announcement reports with access checks; without it no report files are served.
        downloads: people's data with access checks; without it none is served.
        views: reads the calendar files of courses; without it none is served.
        turns: budget of turns per person; without it there is no limit.
        failed: counts failed turns by cause.
        continued_verbs: of acts that another channel refuses, so that their cards are shown here too.
        desk_roles: of people that the page shows the way to the desk.
    """

    def __init__(
        self,
        *,
        parts: WebParts,
        sign_in: WebSignIn,
        store: Store,
        inbox: Inbox,
        key: bytes,
        other_keys: tuple[bytes, ...] = (),
        texts: Mapping[Language, Texts],
        intake: Intake | None = None,
        reports: Reports | None = None,
        downloads: Downloads | None = None,
        views: Viewing | None = None,
        turns: TurnBudget | None = None,
        failed: Callable[[str], None] = lambda _: None,
        continued_verbs: frozenset[str] = frozenset(),
        desk_roles: frozenset[Role] = frozenset(),
    ) -> None:
        self._parts = parts
        self._sign_in = sign_in
        self._signer = Signer(key, other_keys)
        self._notice = NoticePage(pages=parts.pages, locale=parts.locale, organisation=parts.organisation)
        self._page_settings = {**sign_in.page_settings, "images": intake is not None}
        self._pictures = self._image_routes(intake) if intake is not None else None
        self._reports = self._report_files(reports) if reports is not None else None
        self._data = self._data_file(downloads) if downloads is not None else None
        self._calendars = self._calendar_files(views) if views is not None else None
        self._alerts = AlertRoutes(
            parts=parts,
            inbox=inbox,
            visitor=self.visitor,
            entrance=f"{ENTRANCE}?next={ALERTS_PATH}" if sign_in.has_providers else CHAT,
        )
        self._host = Host(
            store=store,
            inbox=inbox,
            clock=parts.clock,
            channel=parts.channel,
            texts=texts,
            find_person=parts.find_person,
            sessions=parts.sessions,
            intake=intake,
            turns=turns,
            failed=failed,
            browser_key=self._signer.browser_key,
            continued_verbs=continued_verbs,
            desk_roles=desk_roles,
        )

    def _report_files(self, reports: Reports) -> ReportFiles:
        return ReportFiles(
            reports=reports,
            visitor=self.visitor,
            signer=self._signer,
            origin=self._parts.origin,
            pages=self._parts.pages,
        )

    def _calendar_files(self, views: Viewing) -> CalendarFiles:
        return CalendarFiles(
            views=views,
            visitor=self.visitor,
            signer=self._signer,
            origin=self._parts.origin,
            pages=self._parts.pages,
        )

    def _data_file(self, downloads: Downloads) -> DataFile:
        return DataFile(
            downloads=downloads,
            visitor=self.visitor,
            origin=self._parts.origin,
            pages=self._parts.pages,
            locale=self._parts.locale,
            find_person=self._parts.find_person,
        )

    def _image_routes(self, intake: Intake) -> ImageRoutes:
        return ImageRoutes(
            intake=intake,
            visitor=self.visitor,
            signer=self._signer,
            origin=self._parts.origin,
            pages=self._parts.pages,
            locale=self._parts.locale,
            find_person=self._parts.find_person,
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
            *(self._calendars.routes() if self._calendars is not None else ()),
            *self._alerts.routes(),
            *self._sign_in.routes(),
        ]

    async def disconnect_pages(self, app: web.Application) -> None:
        """Disconnect every page; they reconnect when the server is back. For ``app.on_shutdown``."""
        self._host.channel.connections.disconnect_all()

    async def page(self, request: web.Request) -> web.Response:
        return self._parts.pages.chat(self._parts.locale.of_request(request), self._page_settings)

    async def static(self, request: web.Request) -> web.Response:
        """Answer with a static file of the page."""
        return self._parts.pages.static(request)

    async def socket(self, request: web.Request) -> web.StreamResponse:
        """Serve one open page. A socket from another site's page is refused, also in developer mode."""
        if self._parts.origin.is_foreign(request):
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
        token = opened.token or (self._sign_in.token_of(request) if self._parts.origin.is_ours(request) else None) or ""
        try:
            session = await self._session_of(request, token)
        except StoreUnavailable:
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return
        if session is None:
            await socket.close(code=SIGNED_OUT)
            return
        source = request.get(SOURCE)
        language = opened.language or self._parts.locale.of_request(request).language
        conversation = Conversation(host=self._host, socket=socket, session=session, language=language, source=source)
        await conversation.serve_page(opened)

    async def signed_in(self, request: web.Request) -> str | None:
        """Return the person id of a request's session; None for a guest and without a session."""
        if not bearer_of(request) and not self._sign_in.token_of(request):
            return None
        session = await self.visitor(request)
        return None if session is None or session.way is SignInMethod.GUEST else session.person_id

    def explain_refusal(self, request: web.Request) -> str:
        """Return the sentence for an address with too many requests, in the browser's language."""
        return self._parts.locale.of_request(request)("web.fault.too_fast")

    async def _opened(self, socket: web.WebSocketResponse) -> Open | None:
        try:
            async with asyncio.timeout(OPENED_WITHIN_SECONDS):
                message = await socket.receive()
            frame = parse(message.data) if message.type is WSMsgType.TEXT else None
        except (TimeoutError, FrameRefused):
            return None
        return frame if isinstance(frame, Open) else None

    async def visitor(self, request: web.Request) -> WebSession | None:
        """Return the session of a request: the tab's own, else the cookie's."""
        try:
            return await self._session_of(request, bearer_of(request) or self._sign_in.token_of(request) or "")
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None

    async def _session_of(self, request: web.Request, token: str) -> WebSession | None:
        """Return the open session of a token; looked up once per request. Raises StoreUnavailable."""
        known = request.setdefault(SESSIONS, {})
        if token not in known:
            known[token] = await self._parts.sessions.valid_session(token, now=self._parts.clock.now())
        session = known[token]
        return None if session is None or (session.way is SignInMethod.CHOSEN and not is_loopback(request)) else session
