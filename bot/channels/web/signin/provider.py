"""Routes of sign-in at identity providers, below ``/signin``."""

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlencode

import structlog
from aiohttp import hdrs, web

from bot.channels.web.parts import WebParts
from bot.channels.web.signin.entrance import PATH, Entrance
from bot.channels.web.signin.signer import Cookie
from bot.ports import StoreUnavailable
from bot.signin.oidc.exchange import ProviderClient
from bot.signin.oidc.fetch import FaultReason, SignInFault
from bot.signin.oidc.flow import ProviderSignIn, next_page
from dialogs.signin.model import SignInMethod, WebSession

_REASONS: Final = {str(reason): reason for reason in FaultReason}

log = structlog.get_logger(__name__)


class ProviderRoutes:
    """Serves the entrance page and the way to a provider and back. ``failed`` counts failed sign-ins."""

    def __init__(
        self,
        *,
        parts: WebParts,
        sign_in: ProviderSignIn,
        entrance: Entrance,
        session_cookie: Cookie,
        secret_cookie: Cookie,
        failed: Callable[[str], None],
    ) -> None:
        self._sign_in = sign_in
        self._entrance = entrance
        self._locale = parts.locale
        self._origin = parts.origin
        self._sessions = parts.sessions
        self._session_cookie = session_cookie
        self._secret_cookie = secret_cookie
        self._channel = parts.channel
        self._clock = parts.clock
        self._failed = failed

    def routes(self) -> Sequence[web.RouteDef]:
        return [
            web.get(PATH, self.show_entrance),
            web.post(f"{PATH}/choose", self.choose_by_email),
            web.get(f"{PATH}/{{provider}}", self.send_to_provider),
            web.get(f"{PATH}/{{provider}}/callback", self.take_answer),
        ]

    async def show_entrance(self, request: web.Request) -> web.Response:
        """Show the entrance page; to the chat for a user that is signed in already."""
        texts, query = self._locale.of_query(request), request.query
        reason, is_fresh = query.get("fault", ""), query.get("fresh") == "1"
        # The chat redirects rejected visitors here: sending them back would go round for ever.
        if not reason and query.get("from") != "chat":
            try:
                session = await self._session(request)
            except StoreUnavailable:
                session = None
            if session is not None and session.way is not SignInMethod.GUEST and not is_fresh:
                return self._to(next_page(query.get("next", "")))
        client = self._sign_in.client_of(query.get("provider", ""))
        fault = _REASONS.get(reason)
        return self._entrance.answer(
            texts,
            fault=fault,
            provider=client.provider if client else None,
            fresh=is_fresh,
            next_path=next_page(query.get("next", "")),
        )

    async def choose_by_email(self, request: web.Request) -> web.Response:
        """Show the provider of an e-mail address. Only its domain is read, and nothing is stored."""
        if not self._origin.is_ours(request):
            raise web.HTTPForbidden
        if request.content_type != "application/x-www-form-urlencoded":
            raise web.HTTPUnsupportedMediaType
        try:
            form = await request.post()
        except (LookupError, ValueError):
            raise web.HTTPBadRequest from None
        given = form.get("email")
        domain = given.strip().rpartition("@")[2].lower() if isinstance(given, str) else ""
        fitting = [provider for provider in self._sign_in.providers if domain in provider.email_domains]
        return self._entrance.answer(
            self._locale.of_query(request),
            chosen=fitting[0] if fitting else None,
            unmatched=not fitting,
            fresh=form.get("fresh") == "1",
            next_path=next_page(str(form.get("next", ""))),
        )

    async def send_to_provider(self, request: web.Request) -> web.Response:
        """Send the browser to the provider."""
        client = self._client(request)
        try:
            begun = await self._sign_in.begin(
                client,
                browser_secret=self._secret_cookie.value_of(request),
                next_path=request.query.get("next", ""),
                fresh=request.query.get("fresh") == "1",
            )
        except SignInFault as fault:
            return self._refuse(client, fault)
        except StoreUnavailable:
            return self._refuse(client, SignInFault(FaultReason.STORE, "begin"))
        answer = self._to(begun.address)
        self._secret_cookie.set(request, answer, begun.browser_secret)
        return answer

    async def take_answer(self, request: web.Request) -> web.Response:
        """Take the provider's answer; sign in, or show why not. The code never stays in the address bar."""
        client = self._client(request)
        try:
            if len(set(request.query)) != len(request.query):  # RFC 6749, 3.1: a parameter comes once
                raise SignInFault(FaultReason.INVALID, "repeated_parameter")
            former = await self._session(request)
            finished = await self._sign_in.finish(
                client,
                dict(request.query),
                browser_secret=self._secret_cookie.value_of(request),
                language=self._locale.of_request(request).language,
                replaced=former,
            )
        except SignInFault as fault:
            return self._refuse(client, fault)
        except StoreUnavailable:
            return self._refuse(client, SignInFault(FaultReason.STORE, "finish"))
        if former is not None:
            self._channel.connections.wake(former.person_id)
        answer = self._to(finished.next_path)
        self._session_cookie.set(request, answer, finished.started.token)
        return answer

    def _client(self, request: web.Request) -> ProviderClient:
        client = self._sign_in.client_of(request.match_info["provider"])
        if client is None:
            raise web.HTTPNotFound
        return client

    async def _session(self, request: web.Request) -> WebSession | None:
        token = self._session_cookie.value_of(request) or ""
        return await self._sessions.valid_session(token, now=self._clock.now())

    def _refuse(self, client: ProviderClient, fault: SignInFault) -> web.Response:
        provider = client.provider.id
        log.warning("signin_failed", provider=provider, reason=str(fault.reason), detail=fault.detail)
        self._failed(f"signin_{fault.reason}")
        # The user tries again what a fresh sign-in was for.
        again = {"fresh": "1"} if fault.reason in {FaultReason.STALE, FaultReason.WEAK} else {}
        return self._to(f"{PATH}?{urlencode({'fault': str(fault.reason), 'provider': provider, **again})}")

    def _to(self, address: str) -> web.Response:
        return web.Response(status=303, headers={hdrs.LOCATION: address, hdrs.CACHE_CONTROL: "no-store"})
