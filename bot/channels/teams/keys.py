"""Microsoft's signing keys for calls to bots, cached and refreshed without delaying requests.

Source: Microsoft, "Authentication with the Bot Connector API", section "Connector to bot".
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import aiohttp
import jwt
from structlog.typing import FilteringBoundLogger
from yarl import URL

from bot.ports import Clock
from bot.support.dependencies import TEAMS_KEYS, Dependencies

METADATA_URL = "https://login.botframework.com/v1/.well-known/openidconfiguration"
FRESH_FOR = timedelta(hours=24)
USABLE_FOR = timedelta(days=5)
PAUSE_BETWEEN_FETCHES = timedelta(minutes=1)
MAX_DOCUMENT_BYTES = 1_048_576
FETCH_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedKey:
    """A public RSA key and the channels it may sign for."""

    key: Any
    endorsements: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Published:
    keys: Mapping[str, PublishedKey]
    at: datetime


class KeysUnreadable(Exception):
    """The published keys could not be read; the text names the kind of fault."""


class KeyRing:
    """Published keys by id.

    They are fetched at first use, after 24 hours, and for an unknown id; at most once a minute, so that invented ids
    cause no flood of requests. While fetching fails, the old keys stay valid for up to five days.
    """

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        clock: Clock,
        log: FilteringBoundLogger,
        metadata_url: str = METADATA_URL,
        dependencies: Dependencies | None = None,
    ) -> None:
        self._dependencies = dependencies or Dependencies(clock=clock, log=log)
        self._session = session
        self._clock = clock
        self._log = log
        self._metadata_url = URL(metadata_url)
        self._published: _Published | None = None
        self._tried_at: datetime | None = None
        self._fetching = asyncio.Lock()

    async def get(self, key_id: str) -> PublishedKey | None:
        """Return the key with this id, or None if it is not available."""
        # A request with a known key, even an old one, does not wait for another request's fetch.
        waits = key_id not in self._usable() or not self._fetching.locked()
        if waits and not self._has(key_id) and self._may_fetch():
            async with self._fetching:
                if not self._has(key_id) and self._may_fetch():
                    await self._refresh()
        return self._usable().get(key_id)

    def _has(self, key_id: str) -> bool:
        published, now = self._published, self._clock.now()
        return published is not None and key_id in published.keys and now - published.at < FRESH_FOR

    def _may_fetch(self) -> bool:
        return self._tried_at is None or self._clock.now() - self._tried_at >= PAUSE_BETWEEN_FETCHES

    def _usable(self) -> Mapping[str, PublishedKey]:
        if self._published is None or self._clock.now() - self._published.at >= USABLE_FOR:
            return {}
        return self._published.keys

    async def _refresh(self) -> None:
        self._tried_at = self._clock.now()
        try:
            keys = await self._fetch_keys()
        except KeysUnreadable as fault:
            self._dependencies.failed(TEAMS_KEYS, str(fault))
            self._log.debug("teams_keys_not_fetched", keys_kept=len(self._usable()))
            return
        self._dependencies.healed(TEAMS_KEYS)
        self._published = _Published(keys=keys, at=self._clock.now())
        self._log.info("teams_keys_fetched", keys=len(keys))

    async def _fetch_keys(self) -> Mapping[str, PublishedKey]:
        keys_url = (await self._fetch(self._metadata_url)).get("jwks_uri")
        if not isinstance(keys_url, str) or not _same_origin(keys_url, self._metadata_url):
            raise KeysUnreadable("jwks_uri points elsewhere")
        published = (await self._fetch(URL(keys_url))).get("keys")
        if not isinstance(published, list):
            raise KeysUnreadable("keys is no list")
        keys = {key["kid"]: read for key in published if (read := _read_key(key)) is not None}
        if not keys:
            raise KeysUnreadable("no usable key among them")
        return keys

    async def _fetch(self, url: URL) -> Mapping[str, Any]:
        try:
            async with self._session.get(
                url, timeout=aiohttp.ClientTimeout(total=FETCH_SECONDS), allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise KeysUnreadable(f"http_{response.status}")
                raw = bytearray()
                async for chunk in response.content.iter_chunked(65_536):
                    raw += chunk
                    if len(raw) > MAX_DOCUMENT_BYTES:
                        raise KeysUnreadable("too large")
                document = json.loads(raw)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, RecursionError) as fault:
            raise KeysUnreadable(type(fault).__name__) from fault
        if not isinstance(document, dict):
            raise KeysUnreadable("no JSON object")
        return document


def _same_origin(text: str, origin: URL) -> bool:
    try:
        return URL(text).origin() == origin.origin()
    except ValueError:
        return False


def _read_key(published: Any) -> PublishedKey | None:
    """Return a published RSA signing key, or None for anything else."""
    # One odd key does not affect the others.
    if not isinstance(published, dict) or published.get("kty") != "RSA" or not isinstance(published.get("kid"), str):
        return None
    if published.get("use", "sig") != "sig":
        return None
    endorsements = published.get("endorsements", [])
    if not isinstance(endorsements, list):
        return None
    try:
        key = jwt.PyJWK.from_dict(published, algorithm="RS256").key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return PublishedKey(key=key, endorsements=frozenset(e for e in endorsements if isinstance(e, str)))
