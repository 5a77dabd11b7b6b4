"""Images of the web chat: upload, show to permitted people, remove."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import hdrs, web

from bot.channels.web.chat.file_addresses import is_image_signature
from bot.channels.web.chat.host import FindPerson
from bot.channels.web.page import LocaleChooser, Pages
from bot.channels.web.signin.signer import OriginRule, Signer
from bot.edge.source import SOURCE
from bot.images.cleaning import MAX_BYTES
from bot.images.intake import Intake
from bot.ports import StoreUnavailable
from dialogs.core.event import Refusal
from dialogs.core.texts import Texts
from dialogs.signin.model import SignInMethod, WebSession

UPLOAD_SECONDS: Final = 120.0
# Concurrent uploads: of known people, of guests (their number is unlimited), and of one person. Each may hold 10 MB.
MAX_UPLOADS: Final = 8
MAX_UPLOADS_OF_GUESTS: Final = 4
MAX_UPLOADS_EACH: Final = 4
STATUSES: Final = {
    Refusal.NOT_IMAGE: 415,
    Refusal.TOO_LARGE: 413,
    Refusal.TOO_MANY: 429,
    Refusal.UNAVAILABLE: 503,
}

Visitor = Callable[[web.Request], Awaitable[WebSession | None]]


class ImageRoutes:
    """The routes below ``/chat/images``. ``visitor`` returns the session of a request."""

    def __init__(
        self,
        *,
        intake: Intake,
        visitor: Visitor,
        signer: Signer,
        origin: OriginRule,
        pages: Pages,
        locale: LocaleChooser,
        find_person: FindPerson,
    ) -> None:
        self._intake = intake
        self._visitor = visitor
        self._signer = signer
        self._origin = origin
        self._pages = pages
        self._locale = locale
        self._find_person = find_person
        self._slots = asyncio.Semaphore(MAX_UPLOADS)
        self._guest_slots = asyncio.Semaphore(MAX_UPLOADS_OF_GUESTS)
        self._uploading: Counter[str] = Counter()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/chat/images", self.upload),
            web.get("/chat/images/{id:[A-Za-z0-9_.-]+}", self.serve_image, allow_head=False),
            web.delete("/chat/images/{id:[A-Za-z0-9_.-]+}", self.delete_upload),
        ]

    async def upload(self, request: web.Request) -> web.Response:
        """Store the image in the body and answer with its id.

        A refusal is answered with a sentence.
        """
        session = await self._session_of_our_page(request)
        texts = await self._texts(request, session)
        if session is None:
            return self._pages.json({"error": texts("web.image.signed_out")}, status=401)
        person_id = session.person_id
        if self._uploading[person_id] >= MAX_UPLOADS_EACH:
            return self._refused(texts, Refusal.TOO_MANY)
        self._uploading[person_id] += 1
        try:
            slots = self._guest_slots if session.way is SignInMethod.GUEST else self._slots
            async with asyncio.timeout(UPLOAD_SECONDS), slots:
                raw = await _body(request)
                if raw is None:
                    refused = await self._intake.refuse(
                        Refusal.TOO_LARGE, person_id=person_id, name="", size_bytes=request.content_length or 0
                    )
                    return self._refused(texts, refused.refused)
                source = request.get(SOURCE)
                known = source is not None and source.limited
                taken = await self._intake.accept(
                    raw,
                    person_id=person_id,
                    name="",
                    source=source.key if source is not None and known else "",
                    factor=source.factor if source is not None else 1.0,
                )
        except (StoreUnavailable, TimeoutError):
            return self._refused(texts, Refusal.UNAVAILABLE)
        finally:
            self._uploading[person_id] -= 1
            if not self._uploading[person_id]:
                del self._uploading[person_id]
        if taken.refused is not None:
            return self._refused(texts, taken.refused)
        return self._pages.json({"id": taken.id})

    async def serve_image(self, request: web.Request) -> web.Response:
        """Answer with the image of a message, only to the person that the address was made for."""
        image_id = request.match_info["id"]
        session = None if self._origin.is_foreign(request) else await self._visitor(request)
        mark = request.query.get("mark", "")
        if session is None or not is_image_signature(self._signer, session.person_id, image_id, mark):
            raise web.HTTPNotFound
        try:
            image = await self._intake.get(image_id)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable from None
        if image is None:
            raise web.HTTPNotFound
        return self._pages.image(image.body, image.media_type)

    async def delete_upload(self, request: web.Request) -> web.Response:
        """Delete an image that was attached but not sent."""
        session = await self._session_of_our_page(request)
        if session is None:
            texts = await self._texts(request, None)
            return self._pages.json({"error": texts("web.image.signed_out")}, status=401)
        try:
            await self._intake.drop(session.person_id, [request.match_info["id"]])
        except StoreUnavailable:
            return self._refused(await self._texts(request, session), Refusal.UNAVAILABLE)
        return self._pages.json({})

    async def _session_of_our_page(self, request: web.Request) -> WebSession | None:
        """Return the request's session. Raises HTTPForbidden: the request comes from another site's page."""
        if not self._origin.is_ours(request):
            raise web.HTTPForbidden
        return await self._visitor(request)

    def _refused(self, texts: Texts, reason: Refusal | None) -> web.Response:
        why = reason if reason in STATUSES else Refusal.UNAVAILABLE
        return self._pages.json({"error": texts(f"web.image.{why}")}, status=STATUSES[why])

    async def _texts(self, request: web.Request, session: WebSession | None) -> Texts:
        person = await self._find_person(session.person_id) if session is not None else None
        return self._locale.of_person(person) if person is not None else self._locale.of_request(request)


async def _body(request: web.Request) -> bytes | None:
    """Return the body; None as soon as it is too large.

    Raises HTTPBadRequest: it does not arrive as its headers say.
    """
    if (request.content_length or 0) > MAX_BYTES:
        return None
    body = bytearray()
    try:
        async for chunk in request.content.iter_chunked(65_536):
            body += chunk
            if len(body) > MAX_BYTES:
                return None
    except web.RequestPayloadError as fault:
        raise web.HTTPBadRequest from fault
    return bytes(body)


def bearer_of(request: web.Request) -> str | None:
    """Return the token that a tab of developer mode sends itself, unverified."""
    scheme, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
