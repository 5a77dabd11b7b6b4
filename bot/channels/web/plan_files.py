"""The public plan of a municipality at an address without sign-in: calendar and pictures."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import hdrs, web

from bot.channels.web.parts import WebParts
from bot.ports import StoreUnavailable
from bot.report.files import plan_calendar, plan_png
from bot.turn.viewing import Viewing
from dialogs.core.texts import Texts
from dialogs.rollout.timeline.picture import PlanPicture, plan_svg
from dialogs.rollout.timeline.views import PublicPlan, public_plan
from knowledge.article.article import Language

TYPES: Final = {"ics": "text/calendar", "svg": "image/svg+xml", "png": "image/png"}
# Calendars ask every few hours; a proxy in front may answer for a quarter of one.
CACHE: Final = "public, max-age=900"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFiles:
    """Serves ``/timeline/<municipality>.ics``, ``.svg`` and ``.png``; ``?lang=`` chooses the language.

    Pictures are drawn one at a time, and kept by municipality, language and form until the plan shows something else.
    """

    parts: WebParts
    views: Viewing
    texts: Callable[[Language], Texts]
    _kept: dict[tuple[str, Language, str], tuple[PlanPicture, bytes]] = field(default_factory=dict, init=False)
    _drawing: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/timeline/{municipality:[a-z0-9-]{1,60}}.{form:ics|svg|png}", self.show_file)]

    async def show_file(self, request: web.Request) -> web.StreamResponse:
        """Answer with the plan, or with 304 when the caller has it."""
        language = Language.from_code(request.query.get("lang", ""))
        form = request.match_info["form"]
        municipality_id = request.match_info["municipality"]
        try:
            # The viewer is anonymous: the view shows public milestones only.
            plan = await self.views.view("", public_plan, municipality_id, language)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable(headers={hdrs.RETRY_AFTER: "60"}) from None
        body = await self._body(plan, municipality_id, language, form) if plan is not None else None
        if body is None:
            raise web.HTTPNotFound
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        # Other sites may show the picture: it is public.
        headers = {hdrs.ETAG: tag, hdrs.CACHE_CONTROL: CACHE, "Cross-Origin-Resource-Policy": "cross-origin"}
        if tag in (etag.strip().removeprefix("W/") for etag in request.headers.get(hdrs.IF_NONE_MATCH, "").split(",")):
            return web.Response(status=304, headers=headers)
        name = f"{municipality_id}.{form}"
        headers[hdrs.CONTENT_DISPOSITION] = f'inline; filename="{name}"'
        charset = None if form == "png" else "utf-8"
        return web.Response(body=body, content_type=TYPES[form], charset=charset, headers=headers)

    async def _body(self, plan: PublicPlan, municipality_id: str, language: Language, form: str) -> bytes | None:
        """Return the file; None without a milestone to draw."""
        if form == "ics":
            return await asyncio.to_thread(plan_calendar, self.texts(language), plan, now=self.parts.clock.now())
        if plan.picture is None:
            return None
        key = municipality_id, language, form
        # Shielded: a thread goes on when its visitor has left, and the next drawing must wait for it.
        return self._known(key, plan.picture) or await asyncio.shield(self._drawn(key, plan.picture))

    async def _drawn(self, key: tuple[str, Language, str], picture: PlanPicture) -> bytes:
        async with self._drawing:
            known = self._known(key, picture)
            if known is not None:
                return known
            body = await asyncio.to_thread(_draw, key[-1], picture)
            self._kept[key] = picture, body
            return body

    def _known(self, key: tuple[str, Language, str], picture: PlanPicture) -> bytes | None:
        shown, body = self._kept.get(key, (None, None))
        return body if shown == picture else None


def _draw(form: str, picture: PlanPicture) -> bytes:
    return plan_svg(picture, paper=True).encode() if form == "svg" else plan_png(picture)
