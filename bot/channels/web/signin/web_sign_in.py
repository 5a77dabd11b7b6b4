"""All ways to sign in on the web: links, guests and sample people, identity providers, the page of sessions."""

from collections.abc import Mapping

from aiohttp import web

from bot.channels.web.parts import WebParts
from bot.channels.web.signin.cookie import COOKIE, SIGN_IN_COOKIE, Cookie
from bot.channels.web.signin.entrance import Entrance
from bot.channels.web.signin.login import SignInRoutes
from bot.channels.web.signin.provider import ProviderRoutes
from bot.channels.web.signin.sessions import SessionRoutes
from bot.channels.web.signin.ways import SignInWays
from bot.signin.oidc.flow import VALID_FOR, ProviderSignIn


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
