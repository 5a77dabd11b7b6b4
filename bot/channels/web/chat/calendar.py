"""Calendar files of classroom courses, for the people enrolled in them and their teachers."""

from aiohttp import hdrs, web

from bot.channels.web.chat.history import is_calendar_signature
from bot.channels.web.chat.images import Visitor
from bot.channels.web.page import Pages
from bot.channels.web.signin.origin import OriginRule
from bot.channels.web.signin.signer import Signer
from bot.ports import StoreUnavailable
from bot.turn.viewing import Viewing
from dialogs.rollout.classroom.invitation import MEDIA_TYPE, invitation_view


class CalendarFiles:
    """The route below ``/chat/calendar``. ``visitor`` returns the session of a request."""

    def __init__(self, *, views: Viewing, visitor: Visitor, signer: Signer, origin: OriginRule, pages: Pages) -> None:
        self._views = views
        self._visitor = visitor
        self._signer = signer
        self._origin = origin
        self._pages = pages

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/chat/calendar/{id:[A-Za-z0-9_-]+}.ics", self.serve_calendar, allow_head=False)]

    async def serve_calendar(self, request: web.Request) -> web.Response:
        """Answer with the file as it is now: an invitation, or a cancellation.

        Only the person that the address was made for gets it, while signed in.
        """
        id_ = request.match_info["id"]
        session = None if self._origin.is_foreign(request) else await self._visitor(request)
        mark = request.query.get("mark", "")
        if session is None or not is_calendar_signature(self._signer, session.person_id, id_, mark):
            raise web.HTTPNotFound
        try:
            invitation = await self._views.view(session.person_id, invitation_view, id_)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None
        if invitation is None:
            raise web.HTTPNotFound
        headers = dict(self._pages.attachment(invitation.name, MEDIA_TYPE))
        headers[hdrs.CONTENT_TYPE] = f"{MEDIA_TYPE}; method={invitation.method}"
        return web.Response(body=invitation.body, headers=headers)
