"""The page with a person's sign-ins, and the addresses at which a provider ends them."""

from collections.abc import Sequence
from html import escape
from typing import Final

import structlog
from aiohttp import hdrs, web

from bot.channels.web.parts import WebParts
from bot.channels.web.signin.entrance import CHAT
from bot.channels.web.signin.signer import Cookie
from bot.channels.web.signin.ways import SignInWays
from bot.ports import StoreUnavailable
from bot.signin.oidc.fetch import SignInFault
from bot.signin.oidc.flow import next_page
from bot.signin.sessions import proved_at
from dialogs.core.texts import Texts
from dialogs.signin.model import SignInMethod, WebSession

PATH: Final = "/signin/sessions"
AGAIN: Final = "/signin/again"
OTHERS: Final = "others"

log = structlog.get_logger(__name__)


class SessionRoutes:
    """Lists and ends the sessions of the signed-in person."""

    def __init__(self, *, parts: WebParts, ways: SignInWays, cookie: Cookie) -> None:
        self._sessions = parts.sessions
        self._pages = parts.pages
        self._locale = parts.locale
        self._origin = parts.origin
        self._channel = parts.channel
        self._clock = parts.clock
        self._find_person = parts.find_person
        self._providers = ways.providers
        self._sign_out = ways.sign_out
        self._cookie = cookie

    def routes(self) -> Sequence[web.RouteDef]:
        routes = [web.get(PATH, self.list_own), web.post(PATH, self.end_own), web.get(AGAIN, self.sign_in_again)]
        if self._sign_out is not None:
            routes += [
                web.post("/signin/{provider}/backchannel", self.obey_token),
                web.get("/signin/{provider}/frontchannel", self.obey_frame),
            ]
        return routes

    async def list_own(self, request: web.Request) -> web.Response:
        """Show where the person is signed in."""
        try:
            current = await self._current(request)
            if current is None:
                return self._to("/chat")
            opened = await self._sessions.of_person(current.person_id, now=self._clock.now())
            person = await self._find_person(current.person_id)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None
        texts = self._locale.of_person(person) if person is not None else self._locale.of_request(request)
        rows = "".join(self._row(texts, session, current) for session in opened)
        return self._pages.sessions(texts, rows=rows, others=self._others(texts) if len(opened) > 1 else "")

    async def end_own(self, request: web.Request) -> web.Response:
        """End one of the person's sessions, or all others."""
        if not self._origin.is_ours(request):
            raise web.HTTPForbidden
        if request.content_type != "application/x-www-form-urlencoded":
            raise web.HTTPUnsupportedMediaType
        try:
            chosen = (await request.post()).get("session")
        except (LookupError, ValueError):
            raise web.HTTPBadRequest from None
        try:
            current = await self._current(request)
            if current is None:
                return self._to("/chat")
            now = self._clock.now()
            # Chosen among the person's own, so that sessions of others cannot be ended.
            own = await self._sessions.of_person(current.person_id, now=now)
            ended = [
                session for session in own if (session.id != current.id if chosen == OTHERS else session.id == chosen)
            ]
            if ended:
                await self._sessions.end(*ended, at=now)
                self._channel.connections.wake(current.person_id)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None
        return self._to(PATH)

    async def sign_in_again(self, request: web.Request) -> web.Response:
        """Send the person to their provider for a fresh sign-in, and then back to the chat or the page ``?next=``."""
        path = next_page(request.query.get("next", ""))
        wanted = f"&next={path}" if path != CHAT else ""
        try:
            current = await self._current(request)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None
        if current is None:
            return self._to(f"/signin?fresh=1{wanted}" if self._providers is not None else "/chat")
        client = self._providers.client_of(current.provider) if self._providers is not None else None
        if client is not None:
            return self._to(f"/signin/{client.provider.id}?fresh=1&next={next_page(path)}")
        if self._providers is not None and proved_at(current) is None:
            return self._to(f"/signin?from=chat{wanted}")  # came by a link in Teams, and has an account at a provider
        return self._pages.again(self._locale.of_request(request))

    async def obey_token(self, request: web.Request) -> web.Response:
        """End the sessions of a provider's logout token (back channel)."""
        client = self._providers.client_of(request.match_info["provider"]) if self._providers is not None else None
        if client is None or self._sign_out is None:
            raise web.HTTPNotFound
        if request.content_type != "application/x-www-form-urlencoded":
            raise web.HTTPUnsupportedMediaType
        try:
            token = (await request.post()).get("logout_token")
            ended = await self._sign_out.obey(client, token)
        except (SignInFault, LookupError, ValueError) as fault:
            detail = fault.detail if isinstance(fault, SignInFault) else "form"
            log.warning("signout_refused", provider=client.provider.id, detail=detail)
            return self._pages.json({"error": "invalid_request"}, status=400)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None
        return self._ended(client.provider.id, ended)

    async def obey_frame(self, request: web.Request) -> web.Response:
        """End the sessions of one provider session (front-channel frame)."""
        client = self._providers.client_of(request.match_info["provider"]) if self._providers is not None else None
        if client is None or self._sign_out is None:
            raise web.HTTPNotFound
        try:
            ended = await self._sign_out.end_session(
                client.provider, request.query.get("sid", ""), request.query.get("iss")
            )
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None
        return self._ended(client.provider.id, ended)

    def _ended(self, provider: str, ended: Sequence[WebSession]) -> web.Response:
        for person_id in {session.person_id for session in ended}:
            self._channel.connections.wake(person_id)
        log.info("signed_out_by_provider", provider=provider, sessions=len(ended))
        return self._pages.json({})

    async def _current(self, request: web.Request) -> WebSession | None:
        """Return the open session of the browser, unless it is a guest's. Raises StoreUnavailable."""
        token = self._cookie.value_of(request) or ""
        session = await self._sessions.valid_session(token, now=self._clock.now())
        return None if session is None or session.way is SignInMethod.GUEST else session

    def _row(self, texts: Texts, session: WebSession, current: WebSession) -> str:
        client = self._providers.client_of(session.provider) if self._providers is not None else None
        way = client.provider.name(texts.language) if client is not None else texts(f"signin.sessions.{_way(session)}")
        here = f" ({texts('signin.sessions.here')})" if session.id == current.id else ""
        since = texts("signin.sessions.since", moment=texts.moment(session.created_at))
        used = texts("signin.sessions.used", moment=texts.moment(session.seen_at))
        label = texts("signin.sessions.end_named", moment=texts.moment(session.created_at))
        return (
            f"<li><p><strong>{escape(way)}</strong>{escape(here)}</p><p>{escape(since)}, {escape(used)}</p>"
            f'<form method="post" action="{PATH}"><input type="hidden" name="session" value="{escape(session.id)}">'
            f'<button type="submit" aria-label="{escape(label)}">{escape(texts("signin.sessions.end"))}</button>'
            "</form></li>"
        )

    def _others(self, texts: Texts) -> str:
        return (
            f'<form method="post" action="{PATH}"><input type="hidden" name="session" value="{OTHERS}">'
            f'<button type="submit">{escape(texts("signin.sessions.end_others"))}</button></form>'
        )

    def _to(self, address: str) -> web.Response:
        return web.Response(status=303, headers={hdrs.LOCATION: address, hdrs.CACHE_CONTROL: "no-store"})


def _way(session: WebSession) -> str:
    return "chosen" if session.way is SignInMethod.CHOSEN else "link"
