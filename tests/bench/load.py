"""Many people writing to a bot at once, as the Bot Connector would hand it in; the same for every bot measured."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

import aiohttp

TENANT = "00000000-0000-4000-8000-000000000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What came of it. A turn is done when the bot has answered the request, its reply sent."""

    turns: int
    failed: int
    seconds: float
    p50_ms: float
    p99_ms: float

    @property
    def per_second(self) -> float:
        """Turns done each second."""
        return self.turns / self.seconds


def message(*, service_url: str, user: int, turn: int, text: str, bot_id: str = "28:heia") -> dict[str, Any]:
    """Return the message activity of one made-up colleague in their own chat."""
    return {
        "type": "message",
        "id": f"{user}-{turn}",
        "timestamp": "2026-11-02T12:00:00.000Z",
        "channelId": "msteams",
        "serviceUrl": service_url,
        "from": {"id": f"29:{user}", "name": f"Ansatt {user}", "aadObjectId": f"00000000-0000-4000-9000-{user:012}"},
        "conversation": {"id": f"a:{user}", "conversationType": "personal", "tenantId": TENANT},
        "recipient": {"id": bot_id, "name": "Heia"},
        "text": text,
        "textFormat": "plain",
        "channelData": {"tenant": {"id": TENANT}},
    }


async def drive(
    url: str,
    *,
    make: Callable[[int, int], dict[str, Any]],
    seconds: float,
    users: int = 50,
    warm_up_turns: int = 2,
    pause: float = 0.0,
    stop: asyncio.Event | None = None,
) -> Load:
    """Let ``users`` write to the bot at ``url`` for ``seconds``, each the next message when the last was answered.

    It ends sooner when ``stop`` is set.

    ``make`` gives the activity of a user's nth turn. The first turns of each warm the bot up and are not counted. Each
    waits ``pause`` seconds before the next message.
    """
    took: list[float] = []
    failed = 0
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=users)) as session:

        async def turn(user: int, number: int) -> bool:
            body = json.dumps(make(user, number)).encode()
            async with session.post(url, data=body, headers={"Content-Type": "application/json"}) as answer:
                await answer.read()
                return answer.status < 300

        async def person(user: int) -> None:
            nonlocal failed
            number = warm_up_turns
            while (started := time.perf_counter()) < until and not (stop and stop.is_set()):
                if await turn(user, number):
                    took.append(time.perf_counter() - started)
                else:
                    failed += 1
                number += 1
                await asyncio.sleep(pause)

        for number in range(warm_up_turns):
            await asyncio.gather(*(turn(user, number) for user in range(users)))
        begun = time.perf_counter()
        until = begun + seconds
        await asyncio.gather(*(person(user) for user in range(users)))
        elapsed = time.perf_counter() - begun
    cuts = quantiles(took, n=100) if len(took) > 1 else [float("nan")] * 99
    return Load(turns=len(took), failed=failed, seconds=elapsed, p50_ms=cuts[49] * 1000, p99_ms=cuts[98] * 1000)
