"""What the running server has counted, asked over this machine's own network."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from bot.doctor.finding import Finding, warn
from bot.settings import Settings

PATIENCE_SECONDS: Final = 2.0
EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - what is listened at, not listening


async def running_findings(settings: Settings) -> AsyncIterator[Finding]:
    """Look at the counters of a server that runs with these settings; yield nothing when there is none."""
    counted = await _counted(settings)
    hidden = int(counted.get("heia_requests_without_address_total", 0))
    if hidden:
        advice = "Let the proxy send X-Forwarded-For (docs/operating.md), and name it in HEIA_TRUSTED_PROXIES."
        yield warn("proxy", f"{hidden:,} requests came through a proxy that forwards no address", advice)


async def _counted(settings: Settings) -> Mapping[str, float]:
    host = EVERYWHERE.get(settings.host, settings.host)
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    try:
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            aiohttp.ClientSession() as session,
            session.get(f"http://{shown}:{settings.port}/metrics") as answer,
        ):
            page = await answer.text()
        families = list(text_string_to_metric_families(page))
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return {}
    return {sample.name: sample.value for family in families for sample in family.samples if not sample.labels}
