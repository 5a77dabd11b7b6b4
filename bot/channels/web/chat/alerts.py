"""The page that turns off the e-mails of a person, to which each of them links; only a press of its button does."""

from collections.abc import Awaitable, Callable, Sequence
from html import escape

from aiohttp import hdrs, web

from bot.channels.web.chat.channel import address_of
from bot.channels.web.parts import WebParts
from bot.channels.web.spec import WEB
from bot.ports import Inbox, Incoming, Sender, StoreUnavailable, TurnFailed
from bot.signin.sessions import proved_at
from dialogs.core.alert import ALERTS_PATH
from dialogs.core.event import Pressed
from dialogs.core.texts import Texts
from dialogs.signin.model import WebSession


class AlertRoutes:
    """Shows whether the signed-in person gets e-mails, and ends them.

    Args:
        visitor: returns the session of a request. Raises HTTPServiceUnavailable.
        entrance: page for visitors who are not signed in.
    """

    def __init__(
        self,
        *,
        parts: WebParts,
        inbox: Inbox,
        visitor: Callable[[web.Request], Awaitable[WebSession | None]],
        entrance: str,
    ) -> None:
        self._parts = parts
        self._inbox = inbox
        self._visitor = visitor
        self._entrance = entrance

    def routes(self) -> Sequence[web.RouteDef]:
        return [web.get(ALERTS_PATH, self.show), web.post(ALERTS_PATH, self.turn_off)]

    async def show(self, request: web.Request) -> web.Response:
        """Show the choice. A scanner that follows the link of an e-mail changes nothing."""
        session = await self._visitor(request)
        if session is None:
            return _to(self._entrance)
        try:
            person = await self._parts.find_person(session.person_id)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None
        texts = self._parts.locale.of_person(person) if person is not None else self._parts.locale.of_request(request)
        on = person is not None and person.mail_alerts
        button = _button(texts) if on else ""
        return self._parts.pages.alerts(texts, lead=texts("alert.off.on" if on else "alert.off.none"), button=button)

    async def turn_off(self, request: web.Request) -> web.Response:
        """Turn the e-mails off, from our own page only."""
        if not self._parts.origin.is_ours(request):
            raise web.HTTPForbidden
        session = await self._visitor(request)
        if session is None:
            return _to(self._entrance)
        incoming = Incoming(
            id=self._parts.rng.new_id("page"),
            channel=WEB,
            sender=Sender(name="", person_id=session.person_id, proved_at=proved_at(session)),
            address=address_of(session.person_id),
            conversation_id=f"{WEB}:{session.person_id}",
            what=Pressed(verb="profile.alerts_off"),
            from_page=True,
        )
        try:
            await self._inbox.receive(incoming)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None
        except TurnFailed:
            raise web.HTTPInternalServerError from None
        return _to(ALERTS_PATH)


def _button(texts: Texts) -> str:
    return (
        f'<form method="post" action="{ALERTS_PATH}">'
        f'<button type="submit">{escape(texts("alert.off.press"))}</button></form>'
    )


def _to(address: str) -> web.Response:
    return web.Response(status=303, headers={hdrs.LOCATION: address, hdrs.CACHE_CONTROL: "no-store"})
