"""All ways to sign in on the web: links, guests and sample people, identity providers."""

from collections.abc import Mapping, Sequence
from typing import Final

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.channels.web.parts import WebParts
from bot.channels.web.signin.entrance import PATH as ENTRANCE
from bot.channels.web.signin.entrance import Entrance
from bot.channels.web.signin.provider import ProviderRoutes
from bot.channels.web.signin.sessions import SessionRoutes
from bot.channels.web.signin.signer import COOKIE, SIGN_IN_COOKIE, Cookie, is_loopback
from bot.channels.web.signin.ways import SamplePerson, SignInWays
from bot.ports import StoreUnavailable
from bot.signin.oidc.flow import VALID_FOR, ProviderSignIn
from dialogs.signin.model import SignInMethod, WebSession

# Sign-in to the web chat: a sample person, a one-time link, or a guest.

MAX_SHOWN: Final = 60


class _Choice(BaseModel):
    model_config = ConfigDict(extra="forbid")

    person_id: str = Field(alias="as", min_length=1, max_length=300)


class SignInRoutes:
    """Signs people in and out: by a link, as a guest, or as a sample person."""

    def __init__(self, *, parts: WebParts, ways: SignInWays, cookie: Cookie) -> None:
        self._sessions = parts.sessions
        self._channel = parts.channel
        self._pages = parts.pages
        self._clock = parts.clock
        self._rng = parts.rng
        self._origin = parts.origin
        self._find_person = parts.find_person
        self._locale = parts.locale
        self._ways = ways
        self._cookie = cookie

    def routes(self) -> list[web.RouteDef]:
        """Return the routes; those of developer mode exist only there."""
        routes = [
            web.get("/chat/enter", self.show_link),
            web.post("/chat/enter", self.use_link),
            web.post("/chat/leave", self.sign_out),
        ]
        if self._ways.allow_guests:
            routes.append(web.post("/chat/guest", self.sign_in_guest))
            if self._ways.providers is not None:
                routes.append(web.post(f"{ENTRANCE}/guest", self.enter_as_guest))
        if self._ways.people is not None:
            routes += [web.get("/chat/people", self.list_people), web.post("/chat/session", self.choose)]
        return routes

    async def list_people(self, request: web.Request) -> web.Response:
        """Answer with sample people.

        They have the role ``?role=`` and match every word of ``?q=`` by name or place.
        """
        self._check_local(request)
        words = request.query.get("q", "").casefold().split()
        role = request.query.get("role", "")
        fitting = [
            person for person in await self._all_people() if _fits(person, words) and (not role or role in person.roles)
        ]
        shown = [
            {"id": person.id, "name": person.name, "detail": person.detail, "roles": list(person.roles)}
            for person in fitting[:MAX_SHOWN]
        ]
        return self._pages.json({"people": shown, "total": len(fitting)})

    async def choose(self, request: web.Request) -> web.Response:
        """Answer with a session of the sample person ``{"as": id}``.

        It is for this tab only: no cookie is set.
        """
        self._check_local(request)
        self._check_origin(request)
        if request.content_type != "application/json":
            return self._error(request, 415, "web.fault.unreadable")
        try:
            choice = _Choice.model_validate_json(await request.read())
        except ValidationError:
            return self._error(request, 400, "web.fault.unreadable")
        try:
            person = await self._sample_person(choice.person_id)
            started = await self._sessions.start(choice.person_id, SignInMethod.CHOSEN, at=self._clock.now())
        except StoreUnavailable:
            return self._error(request, 503, "web.fault.unavailable")
        if person is None or started is None:
            return self._error(request, 404, "web.people.unknown")
        return self._pages.json({"token": started.token, "person": {"id": person.id, "name": person.name}})

    async def choose_in_browser(self, request: web.Request, person_id: str, answer: web.Response) -> bool:
        """Sign in the browser as a sample person; return whether there is one.

        For pages that work without scripts. Raises StoreUnavailable.
        """
        self._check_local(request)
        if await self._sample_person(person_id) is None:
            return False
        started = await self._sessions.start(person_id, SignInMethod.CHOSEN, at=self._clock.now())
        if started is not None:
            self._cookie.set(request, answer, started.token)
        return started is not None

    async def show_link(self, request: web.Request) -> web.Response:
        """Show the name of the link's person, and a button to sign in."""
        texts = self._locale.of_request(request)
        token = request.query.get("token", "")
        try:
            link = await self._ways.links.valid_link(token, now=self._clock.now())
            person = await self._find_person(link.person_id) if link is not None else None
        except StoreUnavailable:
            return self._error(request, 503, "web.fault.unavailable")
        if link is None:
            return self._pages.closed(texts)
        if person is not None:
            texts = self._locale.of_person(person)
        return self._pages.enter(texts, token=token, name=person.name if person else "")

    async def use_link(self, request: web.Request) -> web.StreamResponse:
        """Use up the link and sign its person in."""
        if not self._origin.is_ours(request):
            raise web.HTTPForbidden
        texts = self._locale.of_request(request)
        now = self._clock.now()
        if request.content_type != "application/x-www-form-urlencoded":
            return self._error(request, 415, "web.fault.unreadable")
        try:
            token = (await request.post()).get("token")
        except (LookupError, ValueError):
            return self._error(request, 400, "web.fault.unreadable")
        try:
            former = await self._former(request)
            started = await self._ways.links.use(token, at=now, replaced=former) if isinstance(token, str) else None
        except StoreUnavailable:
            return self._error(request, 503, "web.fault.unavailable")
        if started is None:
            return self._pages.closed(texts)
        self._close_pages_of(former)
        answer = web.Response(status=303, headers={hdrs.LOCATION: "/chat"})
        self._cookie.set(request, answer, started.token)
        return answer

    async def sign_in_guest(self, request: web.Request) -> web.Response:
        """Sign in a guest as a new person. ``bot.edge.gate`` has already limited the guests per address."""
        return await self._sign_in_guest(request, self._pages.json({}))

    async def enter_as_guest(self, request: web.Request) -> web.Response:
        """Sign in a guest from the entrance page, and show the chat."""
        return await self._sign_in_guest(request, web.Response(status=303, headers={hdrs.LOCATION: "/chat"}))

    async def _sign_in_guest(self, request: web.Request, answer: web.Response) -> web.Response:
        if not self._origin.is_ours(request):
            raise web.HTTPForbidden
        try:
            former = await self._former(request)
            now, guest = self._clock.now(), self._rng.new_id("guest")
            started = await self._sessions.start(guest, SignInMethod.GUEST, at=now, replaced=former)
        except StoreUnavailable:
            return self._error(request, 503, "web.fault.unavailable")
        if started is None:
            return self._error(request, 503, "web.fault.unavailable")
        self._close_pages_of(former)
        self._cookie.set(request, answer, started.token)
        return answer

    async def sign_out(self, request: web.Request) -> web.Response:
        """Sign out in this browser, and in every other place with the session's cookie.

        The answer has the address that ends the session at the identity provider, if there is one.
        """
        if not self._origin.is_ours(request):
            raise web.HTTPForbidden
        try:
            answer = self._pages.json(await self.end_session(request))
        except StoreUnavailable:
            answer = self._error(request, 503, "web.fault.unavailable")
        self._cookie.drop(request, answer)
        return answer

    async def end_session(self, request: web.Request) -> dict[str, str]:
        """End the session of the browser's cookie, and return ``next`` if the provider has one to end.

        Raises StoreUnavailable.
        """
        session = await self._former(request)
        if session is None:
            return {}
        await self._sessions.end(session, at=self._clock.now())
        self._close_pages_of(session)
        return await self._next_of(session)

    async def _next_of(self, session: WebSession) -> dict[str, str]:
        client = self._ways.providers.client_of(session.provider) if self._ways.providers is not None else None
        if client is None or not client.provider.end_session:
            return {}
        address = await client.sign_out_address(f"{self._ways.public_origin}{ENTRANCE}")
        return {"next": address} if address is not None else {}

    async def _former(self, request: web.Request) -> WebSession | None:
        """Return the open session of the browser's cookie. Raises StoreUnavailable."""
        return await self._sessions.valid_session(self._cookie.value_of(request) or "", now=self._clock.now())

    def _close_pages_of(self, session: WebSession | None) -> None:
        """Let open pages look at their session again."""
        if session is not None:
            self._channel.connections.wake(session.person_id)

    async def _sample_person(self, person_id: str) -> SamplePerson | None:
        return next((person for person in await self._all_people() if person.id == person_id), None)

    async def _all_people(self) -> Sequence[SamplePerson]:
        return await self._ways.people() if self._ways.people is not None else ()

    def _error(self, request: web.Request, status: int, key: str) -> web.Response:
        return self._pages.json({"error": self._locale.of_request(request)(key)}, status=status)

    def _check_local(self, request: web.Request) -> None:
        if not is_loopback(request):
            raise web.HTTPForbidden

    def _check_origin(self, request: web.Request) -> None:
        if self._origin.is_foreign(request):
            raise web.HTTPForbidden


def _fits(person: SamplePerson, words: Sequence[str]) -> bool:
    text = " ".join((person.id, person.name, person.detail)).casefold()
    return all(word in text for word in words)


class WebSignIn:
    """Bundles the routes of sign-in. ``ways`` are the enabled ones."""

    def __init__(self, parts: WebParts, ways: SignInWays) -> None:
        self._ways = ways
        self._cookie = Cookie(name=COOKIE, origin=parts.origin, valid_for=parts.sessions.valid_for)
        self._local = SignInRoutes(parts=parts, ways=ways, cookie=self._cookie)
        self._own = SessionRoutes(parts=parts, ways=ways, cookie=self._cookie)
        self._providers = self._provider_routes(parts, ways.providers) if ways.providers is not None else None

    def routes(self) -> list[web.RouteDef]:
        return [
            *self._local.routes(),
            *self._own.routes(),
            *(self._providers.routes() if self._providers is not None else ()),
        ]

    async def become(self, request: web.Request, person_id: str, answer: web.Response) -> bool:
        """Sign in the browser as a sample person, in developer mode; return whether that worked."""
        return self._ways.people is not None and await self._local.choose_in_browser(request, person_id, answer)

    async def end_session(self, request: web.Request) -> str:
        """End the browser's session; return the provider's address that ends the one there, or an empty text."""
        return (await self._local.end_session(request)).get("next", "")

    def forget(self, request: web.Request, answer: web.Response) -> None:
        """Let the browser forget its session."""
        self._cookie.drop(request, answer)

    @property
    def has_providers(self) -> bool:
        return self._providers is not None

    def token_of(self, request: web.Request) -> str | None:
        """Return the token in the browser's cookie, unverified."""
        return self._cookie.value_of(request)

    @property
    def page_settings(self) -> Mapping[str, bool]:
        """What the chat page offers to a visitor without a session."""
        choose, guests = self._ways.people is not None, self._ways.allow_guests
        return {"choose": choose, "guests": guests, **({"providers": True} if self._providers is not None else {})}

    def _provider_routes(self, parts: WebParts, providers: ProviderSignIn) -> ProviderRoutes:
        return ProviderRoutes(
            parts=parts,
            sign_in=providers,
            entrance=Entrance(
                pages=parts.pages,
                providers=providers.providers,
                organisation=parts.organisation,
                allow_guests=self._ways.allow_guests,
            ),
            session_cookie=self._cookie,
            secret_cookie=Cookie(name=SIGN_IN_COOKIE, origin=parts.origin, valid_for=VALID_FOR),
            failed=self._ways.refused,
        )
