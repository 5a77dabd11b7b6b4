"""POST /api/messages: request bytes to a turn, and the turn's answer back.

Bad requests get a 4xx with a JSON ``error`` code; user text is never logged.
"""

import json
from typing import Any

from aiohttp import web
from botbuilder.core import Bot
from botbuilder.schema import Activity, ActivityTypes
from structlog.typing import FilteringBoundLogger

from bot.channels.teams.activity import BadActivity, read_activity
from bot.channels.teams.adapter import TeamsAdapter
from bot.channels.teams.auth import Authenticator, CallerRefused
from bot.channels.teams.handler import APP_ID
from bot.ports import Overloaded, StoreUnavailable, TurnFailed

MAX_BODY_BYTES = 1_048_576
BUSY_SECONDS = 5


class TeamsEndpoint:
    """The aiohttp handler. Mount ``endpoint.handle`` at POST /api/messages.

    The body limit here replaces the application's ``client_max_size``.
    """

    def __init__(
        self, *, adapter: TeamsAdapter, bot: Bot, authenticator: Authenticator, log: FilteringBoundLogger
    ) -> None:
        self._adapter = adapter
        self._bot = bot
        self._authenticator = authenticator
        self._log = log

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request.

        200; 400, 401, 403, 413 or 415 for a bad request; 503 while the store is unavailable.
        """
        try:
            caller = await self._authenticator.verify(request)
            activity = read_activity(await _body(request))
            caller.admit(activity)
            return await self._run(activity, caller.app_id)
        except CallerRefused as refused:
            self._log.warning("teams_request_refused", status=refused.status, reason=refused.reason)
            return _error(refused.status, refused.reason)
        except BadActivity as bad:
            self._log.info("teams_activity_bad", reason=str(bad))
            return _error(400, str(bad))
        except (StoreUnavailable, Overloaded) as fault:
            away = isinstance(fault, StoreUnavailable)
            answer = _error(503, "the store cannot be reached now" if away else "too many ask at this moment")
            answer.headers["Retry-After"] = str(BUSY_SECONDS)
            return answer

        except TurnFailed:
            return _error(500, "Heia failed; the fault is logged")

    async def _run(self, activity: Activity, app_id: str | None) -> web.Response:
        invoked = await self._adapter.run(activity, self._bot.on_turn, **{APP_ID: app_id})
        if activity.type != ActivityTypes.invoke:
            return web.Response(status=200)
        return web.json_response(invoked.body, status=int(invoked.status), dumps=_dumps)


async def _body(request: web.Request) -> bytes:
    """Return the body. Raises 413 if it is too large, 415 if its content type is not JSON.

    A web page in a browser can post text to this machine without permission, but not JSON.
    """
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text='{"error": "send application/json"}', content_type="application/json")
    too_large = web.HTTPRequestEntityTooLarge(
        max_size=MAX_BODY_BYTES,
        actual_size=request.content_length or MAX_BODY_BYTES + 1,
        text='{"error": "the body is too large"}',
        content_type="application/json",
    )
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise too_large
    body = bytearray()
    try:
        async for chunk in request.content.iter_chunked(65_536):
            body += chunk
            if len(body) > MAX_BODY_BYTES:
                raise too_large
    except web.RequestPayloadError as fault:
        raise BadActivity("the body does not arrive as its headers say") from fault
    return bytes(body)


def _error(status: int, code: str) -> web.Response:
    return web.json_response({"error": code}, status=status)


def _dumps(body: Any) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
