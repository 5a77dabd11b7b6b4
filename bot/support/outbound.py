"""HTTP session for outbound calls."""

import aiohttp


def open_session(*, connections: int = 100, trust_env: bool = False) -> aiohttp.ClientSession:
    """Return the session for all outbound calls: pooled, cookies ignored. ``trust_env`` obeys HTTPS_PROXY."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, ttl_dns_cache=300),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=trust_env,
    )
