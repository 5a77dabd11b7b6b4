"""The routes of the desk: access to each page, and the pages of faults."""

import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

import structlog
from aiohttp import hdrs, web

from bot.channels.web.desk.form import read_form
from bot.channels.web.desk.menu_counts import MenuCounts
from bot.channels.web.desk.rendering import render
from bot.channels.web.desk.visit import (
    EVERYONE,
    FRAME_VERBS,
    KEPT,
    MOST_KEPT_BYTES,
    PATH,
    RESUME,
    SEARCH,
    DeskPage,
    DeskParts,
    FormOfAnother,
    Handler,
    Visit,
    WordsNeedReview,
    frame_values,
    page_response,
    press_and_return,
    see_other,
)
from bot.channels.web.page import FAULTS, READER_TEXTS
from bot.channels.web.signin.web_sign_in import WebSignIn
from bot.ports import Overloaded, StoreUnavailable, TurnFailed
from bot.turn.identity import UnknownPerson
from dialogs.core.decision import Notice
from dialogs.core.refusal import EventRefused
from dialogs.core.texts import Texts
from dialogs.core.waiting import queues_view
from dialogs.provisioning.model import suspension_view
from dialogs.signin.model import SignInMethod, WebSession

# Reads the session of a request, as the chat does.
SessionReader = Callable[[web.Request], Awaitable[WebSession | None]]


async def _show_unknown(visit: Visit) -> web.StreamResponse:
    raise web.HTTPNotFound


# Every address without a page.
UNKNOWN: Final = DeskPage(
    path=f"{PATH}/{{tail:.*}}", title="desk.fault.title", roles=EVERYONE, show=_show_unknown, listed=False
)

# Refused requests with a page in the frame of the desk, and its text.
REFUSED: Final = {400: "desk.fault.form", 415: "desk.fault.form", **FAULTS}

log = structlog.get_logger(__name__)


class Desk:
    """Serves ``/desk``. ``failed`` counts failed turns by cause."""

    def __init__(
        self,
        parts: DeskParts,
        *,
        sign_in: WebSignIn,
        session_of: SessionReader,
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._parts = parts
        self._sign_in = sign_in
        self._session_of = session_of
        self._failed = failed
        self._counts = MenuCounts(parts.web.clock)

    def routes(self) -> list[web.RouteDef]:
        """Return a route for every page, the one for signing out, and one for every other address."""
        routes = [web.post(f"{PATH}/leave", self.leave)]
        for page in self._parts.pages:
            routes.append(web.get(page.path, self._handler(page, page.show)))
            routes.append(web.post(page.path, self._handler(page, _act)))
        # A form for that address is the frame's.
        return [*routes, web.get(UNKNOWN.path, self.unknown_page), web.post(UNKNOWN.path, self._handler(UNKNOWN, _act))]

    def _handler(self, page: DeskPage, handle: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, page, handle)

        return serve

    async def _serve(self, request: web.Request, page: DeskPage, handle: Handler) -> web.StreamResponse:
        if request.method == hdrs.METH_POST and not self._parts.web.origin.is_ours(request):
            raise web.HTTPForbidden
        try:
            chosen = await self._become(request)
            if chosen is not None:
                return chosen
            visit = await self._visit(request, page)
            if visit is None:
                return await self._signed_out(request, page)
            turns = self._parts.turns
            if turns is not None and (wait := turns.take_page(visit.person.id)):
                answer = visit.render_fault(429, visit.texts("desk.fault.too_fast"))
                answer.headers[hdrs.RETRY_AFTER] = str(math.ceil(wait))
                return answer
            if not page.is_for(visit.person):
                return visit.render_fault(403, visit.texts("desk.refused.role"))
            # Here and not in each view, so that no page can miss it: these people still have their roles.
            if await self._parts.views.view(visit.person.id, suspension_view):
                return self._fault_page(visit.texts, 403, "profile.suspended")
            try:
                return await self._handled(await self._with_counts(visit), handle)
            finally:
                if request.method == hdrs.METH_POST:
                    self._counts.forget(visit.person.id)
        except StoreUnavailable as fault:
            self._failed(f"store_{fault.cause}")
        except web.HTTPServiceUnavailable:  # the session could not be read
            self._failed("store_session")
        return self._fault_page(self._parts.web.locale.of_reader(request), 503, FAULTS[503])

    async def _with_counts(self, visit: Visit) -> Visit:
        """Return the visit with the numbers of its menu, and on the start page with what waits, as it is now."""
        kept = None if visit.page.path == PATH else self._counts.kept(visit.person.id)
        if kept is not None:
            return replace(visit, counts=kept)
        views = [(key, page.path, view) for page in visit.pages for key, view in page.queues.items()]
        waiting = await self._parts.views.view(visit.person.id, queues_view, views)
        return replace(visit, waiting=waiting, counts=self._counts.keep(visit.person.id, waiting))

    async def _handled(self, visit: Visit, handle: Handler) -> web.StreamResponse:
        try:
            return await handle(visit)
        except WordsNeedReview as warning:
            return visit.render_warning(warning)
        except EventRefused as refusal:
            said = [effect.text for effect in refusal.decision.effects if isinstance(effect, Notice)]
            return visit.render_fault(
                404 if refusal.missing else 403, said[-1] if said else visit.texts("desk.refused")
            )
        except FormOfAnother:
            return visit.render_fault(409, visit.texts("desk.fault.another"))
        except UnknownPerson:
            return await self._signed_out(visit.request, visit.page)
        except Overloaded:
            self._failed("busy")
            return visit.render_fault(503, visit.texts("web.fault.busy"))
        except TurnFailed:
            self._failed("internal")
            return visit.render_fault(500, visit.texts("web.fault.failed"))
        except web.HTTPClientError as fault:
            if fault.status not in REFUSED:
                raise
            return visit.render_fault(fault.status, visit.texts(REFUSED[fault.status]))

    async def _visit(self, request: web.Request, page: DeskPage) -> Visit | None:
        """Return the visit of the signed-in person; None for a guest and without a session."""
        session = await self._session_of(request)
        if session is None or session.way is SignInMethod.GUEST:
            return None
        person = await self._parts.web.find_person(session.person_id)
        if person is None or person.left:
            return None
        texts = request[READER_TEXTS] = self._parts.web.locale.of_person(person)
        return Visit(
            request=request,
            page=page,
            person=person,
            texts=texts,
            session=session,
            desk=self._parts,
        )

    async def _become(self, request: web.Request) -> web.StreamResponse | None:
        """Act as the sample person of ``?as=``, in developer mode."""
        wanted = request.query.get("as", "")
        if not wanted or request.method == hdrs.METH_POST:
            return None
        left = {name: value for name, value in request.query.items() if name != "as"}
        answer = see_other(f"{request.path}?{urlencode(left)}" if left else request.path)
        return answer if await self._sign_in.become(request, wanted, answer) else None

    async def _signed_out(self, request: web.Request, page: DeskPage) -> web.Response:
        """Lead to the sign-in and back. A form that came too late is kept in the page, and never sent by itself."""
        way_in = f"/signin?{urlencode({'next': request.path})}" if self._sign_in.has_providers else "/chat"
        texts = self._parts.web.locale.of_request(request)
        if request.method != hdrs.METH_POST:
            if self._sign_in.has_providers:
                return see_other(way_in)
            return self._fault_page(texts, 401, "desk.signed_out")
        form, kept = await self._late_form(request, page)
        body = render("signed_out.html", **frame_values(texts), way_in=way_in, form=form, kept=kept)
        return page_response(body, status=401)

    async def _late_form(self, request: web.Request, page: DeskPage) -> tuple[str, str]:
        """Return the id of a form and its inputs, sealed; empty texts for one that cannot be kept."""
        # Anybody may send this: nothing large is read.
        if (request.content_length or MOST_KEPT_BYTES + 1) > MOST_KEPT_BYTES:
            return "", ""
        try:
            form = await read_form(request, files=page.files, several=page.several)
        except web.HTTPClientError:
            return "", ""
        if form.verb == RESUME:  # pressed before the person had signed in
            return f"{form.id}.{form.mark}", form.data.get(KEPT, "")
        if not form.mark or form.verb in FRAME_VERBS | {SEARCH}:
            return "", ""
        now = self._parts.web.clock.now()
        kept = self._parts.forms.keep(form.inputs, mark=form.mark, path=request.path, at=now)
        return f"{form.id}.{form.mark}", kept

    async def leave(self, request: web.Request) -> web.StreamResponse:
        """Sign out, here and, by a link, at the identity provider."""
        if not self._parts.web.origin.is_ours(request):
            raise web.HTTPForbidden
        texts = self._parts.web.locale.of_request(request)
        try:
            session = await self._session_of(request)
            if session is not None:
                texts = self._parts.web.locale.of_person(await self._parts.web.find_person(session.person_id))
            after = await self._sign_in.end_session(request)
        except StoreUnavailable:
            return self._fault_page(texts, 503, FAULTS[503])
        body = render("left.html", **frame_values(texts), after=after)
        answer = page_response(body)
        self._sign_in.forget(request, answer)
        return answer

    async def unknown_page(self, request: web.Request) -> web.StreamResponse:
        """Answer for an address without a page, with the menu to people that are signed in."""
        with suppress(StoreUnavailable):
            visit = await self._visit(request, UNKNOWN)
            if visit is not None:
                return visit.render_fault(404, visit.texts("desk.fault.unknown"))
        return self._fault_page(self._parts.web.locale.of_request(request), 404, "desk.fault.unknown")

    def _fault_page(self, texts: Texts, status: int, key: str) -> web.Response:
        body = render("fault.html", **frame_values(texts), text=texts(key), signed_out=status == 401)
        return page_response(body, status=status)


async def _act(visit: Visit) -> web.StreamResponse:
    """Handle a submitted form: of the frame, or of the page."""
    form = await visit.form()
    if form.verb == RESUME:
        return await visit.resume()
    if form.verb == SEARCH:
        return visit.show_search(form)
    return await (press_and_return if form.verb in FRAME_VERBS else visit.page.act)(visit)
