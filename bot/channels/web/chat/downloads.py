"""Files that the chat hands out: a person's data, an announcement's report, a course in the calendar."""

import math
from collections.abc import AsyncIterable
from typing import Final

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.channels.web.chat.file_addresses import is_calendar_signature, is_report_signature
from bot.channels.web.chat.host import FindPerson
from bot.channels.web.chat.images import Visitor
from bot.channels.web.page import LocaleChooser, Pages
from bot.channels.web.signin.signer import OriginRule, Signer
from bot.export.bundle import Download, Downloads
from bot.ports import StoreUnavailable
from bot.report.files import Report, Reports
from bot.turn.viewing import Viewing
from dialogs.rollout.classroom.invitation import MEDIA_TYPE, invitation_view
from dialogs.signin.model import WebSession

PATH: Final = "/chat/data"


class _Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    person: str = Field(min_length=1, max_length=300)


async def _write_rest(
    request: web.Request, answer: web.StreamResponse, chunks: AsyncIterable[bytes]
) -> web.StreamResponse:
    """Write the chunks; a fault on the way breaks the connection, so that no part passes for the whole."""
    try:
        async for chunk in chunks:
            await answer.write(chunk)
    except StoreUnavailable:
        if request.transport is not None:
            request.transport.abort()
        return answer
    await answer.write_eof()
    return answer


class DataFile:
    """Serves ``POST /chat/data`` with ``{"person": id}``. ``visitor`` returns the session of a request.

    POST, because a download is recorded: the address is of no use in a link, and has no id that a proxy would log.
    """

    def __init__(
        self,
        *,
        downloads: Downloads,
        visitor: Visitor,
        origin: OriginRule,
        pages: Pages,
        locale: LocaleChooser,
        find_person: FindPerson,
    ) -> None:
        self._downloads = downloads
        self._visitor = visitor
        self._origin = origin
        self._pages = pages
        self._locale = locale
        self._find_person = find_person

    def routes(self) -> list[web.RouteDef]:
        return [web.post(PATH, self.serve_file)]

    async def serve_file(self, request: web.Request) -> web.StreamResponse:
        """Answer with the file, or with a sentence in the reader's language."""
        if not self._origin.is_ours(request):
            raise web.HTTPForbidden
        session = await self._visitor(request)
        if session is None:
            return await self._refused(request, None, 401, "web.data.not_allowed")
        if request.content_type != "application/json":
            return await self._refused(request, session, 415, "web.fault.unreadable")
        try:
            wanted = _Wanted.model_validate_json(await request.read())
        except ValidationError:
            return await self._refused(request, session, 400, "web.fault.unreadable")
        if wait := self._downloads.count_request(session.person_id):
            answer = await self._refused(request, session, 429, "web.data.too_often")
            answer.headers[hdrs.RETRY_AFTER] = str(math.ceil(wait))
            return answer
        try:
            download = await self._downloads.download(session.person_id, wanted.person)
        except StoreUnavailable:
            return await self._refused(request, session, 503, "web.fault.unavailable")
        if download is None:
            return await self._refused(request, session, 403, "web.data.not_allowed")
        return await self._stream(request, download)

    async def _stream(self, request: web.Request, download: Download) -> web.StreamResponse:
        """Send the archive."""
        # Otherwise a proxy such as nginx would keep the data in a file until a slow reader has it.
        headers = {**self._pages.attachment(download.name, "application/zip"), "X-Accel-Buffering": "no"}
        answer = web.StreamResponse(headers=headers)
        await answer.prepare(request)
        return await _write_rest(request, answer, download.chunks)

    async def _refused(self, request: web.Request, session: WebSession | None, status: int, key: str) -> web.Response:
        try:
            person = await self._find_person(session.person_id) if session is not None else None
        except StoreUnavailable:
            person = None
        texts = self._locale.of_person(person) if person is not None else self._locale.of_request(request)
        return self._pages.json({"error": texts(key)}, status=status)


# Files of an announcement's report, for people with access to it.

ENDINGS: Final = "csv|svg"


class ReportFiles:
    """The routes below ``/chat/reports``. ``visitor`` returns the session of a request."""

    def __init__(self, *, reports: Reports, visitor: Visitor, signer: Signer, origin: OriginRule, pages: Pages) -> None:
        self._reports = reports
        self._visitor = visitor
        self._signer = signer
        self._origin = origin
        self._pages = pages

    def routes(self) -> list[web.RouteDef]:
        return [web.get(f"/chat/reports/{{id:[A-Za-z0-9_-]+}}.{{ending:{ENDINGS}}}", self.serve_file, allow_head=False)]

    async def serve_file(self, request: web.Request) -> web.StreamResponse:
        """Answer with a report file.

        Only the person that the address was made for gets it, and only with access to the report.
        """
        id_ = request.match_info["id"]
        session = None if self._origin.is_foreign(request) else await self._visitor(request)
        if session is None or not is_report_signature(
            self._signer, session.person_id, id_, request.query.get("mark", "")
        ):
            raise web.HTTPNotFound
        try:
            report = await self._reports.visible_report(session.person_id, id_)
            if report is None:
                raise web.HTTPNotFound
            if request.match_info["ending"] == "csv":
                return await self._table(request, report, session.person_id)
            plot = await report.plot()
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None
        if plot is None:
            raise web.HTTPNotFound
        return self._pages.image(plot.encode(), "image/svg+xml")

    async def _table(self, request: web.Request, report: Report, person_id: str) -> web.StreamResponse:
        """Send the table page by page.

        Raises StoreUnavailable: nothing was sent, and no download is recorded.
        """
        headers = self._pages.attachment(f"{report.announcement.id}.csv", "text/csv; charset=utf-8")
        answer = web.StreamResponse(headers=headers)
        pages = report.table()
        first = await anext(pages)
        await self._reports.taken(person_id, report.announcement.id)
        await answer.prepare(request)
        await answer.write(f"\ufeff{first}".encode())  # without the byte order mark, spreadsheets read Latin-1
        return await _write_rest(request, answer, (page.encode() async for page in pages))


# Calendar files of classroom courses, for the people enrolled in them and their teachers.


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
