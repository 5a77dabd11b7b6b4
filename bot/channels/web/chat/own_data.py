"""A person's data as a ZIP file, for the person and for the data protection officer."""

import math
from typing import Final

from aiohttp import hdrs, web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.channels.web.chat.host import FindPerson
from bot.channels.web.chat.images import Visitor
from bot.channels.web.locale import LocaleChooser
from bot.channels.web.page import Pages
from bot.channels.web.signin.origin import OriginRule
from bot.export.downloads import Download, Downloads
from bot.ports import StoreUnavailable
from dialogs.signin.model import WebSession

PATH: Final = "/chat/data"


class _Wanted(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    person: str = Field(min_length=1, max_length=300)


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
        """Send the archive. A fault on the way breaks the connection, so that no part passes for the whole."""
        # Otherwise a proxy such as nginx would keep the data in a file until a slow reader has it.
        headers = {**self._pages.attachment(download.name, "application/zip"), "X-Accel-Buffering": "no"}
        answer = web.StreamResponse(headers=headers)
        await answer.prepare(request)
        try:
            async for chunk in download.chunks:
                await answer.write(chunk)
        except StoreUnavailable:
            if request.transport is not None:
                request.transport.abort()
            return answer
        await answer.write_eof()
        return answer

    async def _refused(self, request: web.Request, session: WebSession | None, status: int, key: str) -> web.Response:
        try:
            person = await self._find_person(session.person_id) if session is not None else None
        except StoreUnavailable:
            person = None
        texts = self._locale.of_person(person) if person is not None else self._locale.of_request(request)
        return self._pages.json({"error": texts(key)}, status=status)
