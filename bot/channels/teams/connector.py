"""Calls to the Bot Connector: one pooled session, plain JSON, allow-listed hosts, no redirects.

Source: Microsoft, "Bot Connector API reference", v3 conversations.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Protocol
from urllib.parse import quote

import aiohttp
from structlog.typing import FilteringBoundLogger
from yarl import URL

from bot.channels.teams.activity import external_json
from bot.channels.teams.registration import AllowedHosts
from bot.channels.teams.target import ConversationTarget
from bot.ports import Clock, Faulted, Missing, Throttled, Unreachable
from bot.support.dependencies import TEAMS, Dependencies
from dialogs.core.event import Refusal

# Interpret the connector's answer to a message.

MAX_RETRY_SECONDS: Final = 3600.0
# Retried later. 401: the operator may fix the credential while the message waits.
_AGAIN = frozenset({401, 408, 412, 502, 503, 504})
# The service may have posted the message before its answer failed.
_UNSURE = frozenset({408, 502, 504})
_GONE_PEOPLE = frozenset(
    {
        "BotDisabledByAdmin",
        "BotNotInConversationRoster",
        "ConversationBlockedByUser",
        "ForbiddenOperationException",
        "MessageWritesBlocked",
    }
)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The connector's answer. ``retry_after_seconds``: requested pause, None if not given."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)
    retry_after_seconds: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the call succeeded."""
        return 200 <= self.status < 300

    @property
    def id(self) -> str:
        """The id in the answer, or empty."""
        value = self.body.get("id")
        return value if isinstance(value, str) else ""

    @property
    def codes(self) -> tuple[str, ...]:
        """Error codes, most specific first; texts are left out, since they may name people."""
        error = self.body.get("error")
        sources = (error if isinstance(error, Mapping) else {}, self.body)
        named = [source.get(name) for name in ("subCode", "innerErrorCode", "code") for source in sources]
        message = sources[0].get("message")
        if isinstance(message, str) and "MessageWritesBlocked" in message:
            named.insert(0, "MessageWritesBlocked")
        return tuple(code for code in named if isinstance(code, str) and _CODE.fullmatch(code))


def failure(answer: Answer, *, tenant_id: str, changing: bool) -> Throttled | Unreachable | Faulted | Missing:
    """Return the meaning of a failed call. ``changing``: the call was an update or a deletion."""
    reason = answer.codes[0] if answer.codes else f"http_{answer.status}"
    if answer.status == 429:
        return Throttled(retry_after_seconds=answer.retry_after_seconds, tenant_id=tenant_id or None)
    if "UserNotFound" in answer.codes:
        return Unreachable(reason="UserNotFound")
    if answer.status == 403:
        gone = next((code for code in answer.codes if code in _GONE_PEOPLE), None)
        return Unreachable(reason=gone) if gone else Faulted(reason=reason, again=False)
    if answer.status == 404:
        return Missing() if changing and "ConversationNotFound" not in answer.codes else Unreachable(reason=reason)
    return Faulted(reason=reason, again=answer.status in _AGAIN, unsure=answer.status in _UNSURE)


def retry_after(header: str | None, now: datetime) -> float | None:
    """Return a Retry-After header as seconds from ``now``, an hour at most.

    The header has seconds or a date. None when absent or unreadable.
    """
    if header is None:
        return None
    try:
        seconds = float(header) if header.strip().isdigit() else (parsedate_to_datetime(header) - now).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None
    # A proxy in between may answer anything; no message waits for years because of it.
    return min(max(0.0, seconds), MAX_RETRY_SECONDS)


MAX_ANSWER_BYTES = 65_536
MAX_LIST_BYTES = 1_048_576
CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0


class TokenUnavailable(Exception):
    """No token is available now; the text names the kind of fault, never a secret."""


class Tokens(Protocol):
    """Source of the bot's own tokens."""

    async def get(self, app_id: str) -> str | None:
        """Return a token valid for some minutes; None where none is needed. Raises TokenUnavailable."""
        ...

    def discard(self, app_id: str) -> None:
        """Fetch a fresh token next time, because the service refused this one."""
        ...

    async def close(self) -> None:
        """Close connections. Closing twice is a no-op."""
        ...


class NoTokens:
    """No tokens, for developer mode: local services require none."""

    async def get(self, app_id: str) -> str | None:
        return None

    def discard(self, app_id: str) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""


class Connector:
    """The bot's calls to the connector. Each returns the answer, or the reason why there is none."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        tokens: Tokens,
        hosts: AllowedHosts,
        clock: Clock,
        log: FilteringBoundLogger,
        total_seconds: float = TOTAL_SECONDS,
        dependencies: Dependencies | None = None,
    ) -> None:
        self._dependencies = dependencies or Dependencies(clock=clock, log=log)
        self._session = session
        self._tokens = tokens
        self._hosts = hosts
        self._clock = clock
        self._log = log
        self._timeout = aiohttp.ClientTimeout(total=total_seconds, connect=min(CONNECT_SECONDS, total_seconds))

    async def send(self, target: ConversationTarget, activity: bytes) -> Answer | Faulted:
        """Post an activity in the place's conversation."""
        return await self._call(
            "POST", target, f"/v3/conversations/{_segment(target.conversation_id)}/activities", activity
        )

    async def update(self, target: ConversationTarget, activity_id: str, activity: bytes) -> Answer | Faulted:
        """Replace one of the bot's activities."""
        return await self._call("PUT", target, _activity_path(target, activity_id), activity)

    async def delete(self, target: ConversationTarget, activity_id: str) -> Answer | Faulted:
        """Delete one of the bot's activities."""
        return await self._call("DELETE", target, _activity_path(target, activity_id), None)

    async def create(self, target: ConversationTarget, parameters: bytes) -> Answer | Faulted:
        """Open a conversation; the answer has its id."""
        return await self._call("POST", target, "/v3/conversations", parameters)

    async def channels(self, target: ConversationTarget, team_id: str) -> Answer | Faulted:
        """Request the channels of a team.

        https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
        """
        path = f"/v3/teams/{_segment(team_id)}/conversations"
        return await self._call("GET", target, path, None, most_bytes=MAX_LIST_BYTES)

    async def team(self, target: ConversationTarget, team_id: str) -> Answer | Faulted:
        """Request the name of a team.

        https://learn.microsoft.com/microsoftteams/platform/bots/how-to/get-teams-context
        """
        return await self._call("GET", target, f"/v3/teams/{_segment(team_id)}", None)

    async def fetch(self, url: str, app_id: str, *, most_bytes: int) -> bytes | Refusal:
        """Return the attachment at ``url``, or the reason of a refusal."""
        if not self._hosts.allows(url):
            return Refusal.ELSEWHERE
        for fresh in (False, True):
            try:
                got = await self._fetch_once(url, app_id, most_bytes)
            except TokenUnavailable as fault:
                self._log.error("teams_token_unavailable", app_id=app_id, fault=str(fault))
                return Refusal.UNAVAILABLE
            except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as fault:
                self._log.warning("teams_attachment_failed", fault=type(fault).__name__)
                return Refusal.UNAVAILABLE
            if got is not None:
                return got
            if not fresh:
                self._tokens.discard(app_id)
        return Refusal.UNAVAILABLE

    async def _fetch_once(self, url: str, app_id: str, most_bytes: int) -> bytes | Refusal | None:
        """Return the bytes or the refusal; None when the service refused the token."""
        headers = {"Accept": "image/*", "Accept-Encoding": "identity"}
        if (token := await self._tokens.get(app_id)) is not None:
            headers["Authorization"] = f"Bearer {token}"
        async with self._session.get(
            URL(url, encoded=True), headers=headers, timeout=self._timeout, allow_redirects=False
        ) as response:
            if response.status == 401:
                return None
            if response.status != 200:
                self._log.warning("teams_attachment_failed", status=response.status)
                return Refusal.UNAVAILABLE
            body = bytearray()
            async for chunk in response.content.iter_chunked(65_536):
                body += chunk
                if len(body) > most_bytes:
                    return Refusal.TOO_LARGE
            return bytes(body)

    async def _call(
        self,
        method: str,
        target: ConversationTarget,
        path: str,
        body: bytes | None,
        *,
        most_bytes: int = MAX_ANSWER_BYTES,
    ) -> Answer | Faulted:
        """Call the connector and record whether it works for the tenant. A refused message counts as working."""
        answer = await self._tried(method, target, path, body, most_bytes)
        name = f"{TEAMS}/{target.tenant_id}"
        if isinstance(answer, Faulted):
            self._dependencies.failed(name, answer.reason)
        elif answer.status == 401 or answer.status >= 500:
            self._dependencies.failed(name, f"http_{answer.status}")
        else:
            self._dependencies.healed(name)
        return answer

    async def _tried(
        self, method: str, target: ConversationTarget, path: str, body: bytes | None, most_bytes: int
    ) -> Answer | Faulted:
        if not self._hosts.allows(target.service_url):
            self._log.error("teams_host_not_allowed", tenant_id=target.tenant_id)
            return Faulted(reason="host_not_allowed", again=False)
        url = URL(target.service_url.rstrip("/") + path, encoded=True)
        for fresh in (False, True):
            try:
                answer = await self._once(method, url, target.app_id, body, most_bytes)
            except TokenUnavailable as fault:
                self._log.debug("teams_token_unavailable", app_id=target.app_id, fault=str(fault))
                return Faulted(reason="token_unavailable", again=True)
            except TimeoutError:
                return Faulted(reason="timeout", again=True, unsure=True)
            except (aiohttp.ClientError, OSError) as fault:
                never_left = isinstance(fault, aiohttp.ClientConnectorError)
                return Faulted(reason=f"network_{type(fault).__name__}", again=True, unsure=not never_left)
            if answer.status != 401 or fresh:
                return answer
            self._tokens.discard(target.app_id)
        raise AssertionError("unreachable")

    async def _once(self, method: str, url: URL, app_id: str, body: bytes | None, most_bytes: int) -> Answer:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if (token := await self._tokens.get(app_id)) is not None:
            headers["Authorization"] = f"Bearer {token}"
        async with self._session.request(
            method, url, data=body, headers=headers, timeout=self._timeout, allow_redirects=False
        ) as response:
            return Answer(
                status=response.status,
                body=_object(await _read_body(response, most_bytes)),
                retry_after_seconds=retry_after(response.headers.get("Retry-After"), self._clock.now()),
            )


async def _read_body(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    """Return at most ``most_bytes`` of the answer; the connector sends no longer ones."""
    try:
        return await response.content.readexactly(most_bytes)
    except asyncio.IncompleteReadError as whole:
        return whole.partial


def _object(raw: bytes) -> Mapping[str, Any]:
    try:
        body = external_json(raw)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _activity_path(target: ConversationTarget, activity_id: str) -> str:
    return f"/v3/conversations/{_segment(target.conversation_id)}/activities/{_segment(activity_id)}"


def _segment(id: str) -> str:
    """Return the id as one path segment. An id of dots only would climb the path, so dots are then escaped too."""
    return quote(id, safe="") if id.strip(".") else id.replace(".", "%252E")
