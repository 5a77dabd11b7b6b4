"""Files of an announcement's report, for people with access to it."""

from typing import Final

from aiohttp import web

from bot.channels.web.chat.history import is_report_signature
from bot.channels.web.chat.images import Visitor
from bot.channels.web.page import Pages
from bot.channels.web.signin.origin import OriginRule
from bot.channels.web.signin.signer import Signer
from bot.ports import StoreUnavailable
from bot.report.files import Report, Reports

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

        A fault on the way breaks the connection, so that no partial table passes for a whole.

        Raises StoreUnavailable: nothing was sent, and no download is recorded.
        """
        headers = self._pages.attachment(f"{report.announcement.id}.csv", "text/csv; charset=utf-8")
        answer = web.StreamResponse(headers=headers)
        pages = report.table()
        first = await anext(pages)
        await self._reports.taken(person_id, report.announcement.id)
        await answer.prepare(request)
        await answer.write(f"\ufeff{first}".encode())  # without the byte order mark, spreadsheets read Latin-1
        try:
            async for page in pages:
                await answer.write(page.encode())
        except StoreUnavailable:
            if request.transport is not None:
                request.transport.abort()
            return answer
        await answer.write_eof()
        return answer
