"""JSON from an identity provider, within limits of size and time, and reasons why a sign-in ends."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp

# Reasons why a sign-in at a provider ends without a session.


class FaultReason(StrEnum):
    """Reason shown to the user. Each has a text, ``signin.fault.…``."""

    CANCELLED = "cancelled"
    EXPIRED = "expired"
    PROVIDER = "provider"
    INVALID = "invalid"
    STALE = "stale"
    WEAK = "weak"
    UNKNOWN = "unknown"
    NOT_ALLOWED = "not_allowed"
    LEFT = "left"
    STORE = "store"


class SignInFault(Exception):
    """A sign-in ended without a session. ``detail`` is a code for the log, never a value from outside."""

    def __init__(self, reason: FaultReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


MOST_BYTES: Final = 262_144
TIMEOUT: Final = aiohttp.ClientTimeout(total=10.0, connect=5.0)
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def is_endpoint(address: object, hosts: frozenset[str]) -> bool:
    """Return whether an address is https (http on this machine) at one of ``hosts``."""
    if not isinstance(address, str) or len(address) > 2000 or not address.isascii() or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    secure = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK)
    return secure and host in hosts and "@" not in parts.netloc and not parts.fragment and " " not in address


async def fetch_json(
    session: aiohttp.ClientSession,
    address: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    accept_errors: bool = False,
) -> Mapping[str, Any]:
    """Return the JSON object at an address; post ``form`` if given. Redirects are not followed.

    Args:
        accept_errors: also return the object of an answer 400 or 401, as token endpoints give them.
    Raises:
        SignInFault: unreachable, slow, too large, an error, or no JSON object.
    """
    method = "GET" if form is None else "POST"
    try:
        async with session.request(
            method,
            address,
            data=form,
            headers={"Accept": "application/json", **(headers or {})},
            timeout=TIMEOUT,
            allow_redirects=False,
        ) as answer:
            if answer.status != 200 and not (accept_errors and answer.status in {400, 401}):
                raise SignInFault(FaultReason.PROVIDER, f"http_{answer.status}")
            raw = bytearray()
            async for chunk in answer.content.iter_chunked(65_536):
                raw += chunk
                if len(raw) > MOST_BYTES:
                    raise SignInFault(FaultReason.PROVIDER, "too_large")
        document = json.loads(raw)
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        raise SignInFault(FaultReason.PROVIDER, type(fault).__name__) from fault
    except (ValueError, RecursionError) as fault:
        raise SignInFault(FaultReason.PROVIDER, "no_json") from fault
    if not isinstance(document, dict):
        raise SignInFault(FaultReason.PROVIDER, "no_json_object")
    return document
