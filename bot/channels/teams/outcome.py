"""Interpret the connector's answer to a message.

Source: Microsoft, "Conversation messages", status codes (2026) and "Optimize your bot: rate limiting" (2026-10-08).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from bot.ports import Faulted, Missing, Throttled, Unreachable

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
