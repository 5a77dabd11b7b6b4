"""A Bot Connector on this machine: Microsoft's conversation API, its documented limits, and faults on request.

Run it as a process of its own (``ConnectorProcess``) where speed or crashes matter, or serve ``ConnectorServer().app``
inside a test. Either way ``Connector`` scripts it and reads what it saw. A service URL is ``<base>/<tenant>``, so that
limits count per tenant as Microsoft's do.
"""

import argparse
import asyncio
import json
import math
import os
import signal
import sys
import time
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web

# Microsoft, "Optimize your bot: rate limiting" (2026-10-08): sends to one conversation as (number, seconds), and
# requests of one app in one tenant.
CONVERSATION_WINDOWS = ((7, 1.0), (8, 2.0), (60, 30.0), (1800, 3600.0))
TENANT_WINDOWS = ((50, 1.0),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How many requests each window admits; empty tuples admit all."""

    conversation: Sequence[tuple[int, float]] = ()
    tenant: Sequence[tuple[int, float]] = ()


DOCUMENTED = Limits(conversation=CONVERSATION_WINDOWS, tenant=TENANT_WINDOWS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What to do with requests that match (``*`` matches all), the first ``times`` of them; None: for ever.

    ``status`` None lets the request through, after ``delay_seconds``. ``drop`` closes the connection without an answer;
    with ``landed`` the message is there nevertheless, as when the answer is lost on the way.
    """

    status: int | None = None
    code: str = ""
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "*"
    tenant: str = "*"
    conversation: str = "*"
    times: int | None = None
    delay_seconds: float = 0.0
    drop: bool = False
    landed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it came. ``status`` 0: no answer was given. ``at`` is the machine's monotonic time."""

    number: int
    method: str
    tenant: str
    conversation: str
    activity_id: str
    authorization: str
    body: Any
    status: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What the server counted since the last reset.

    ``early`` are requests made although a Retry-After they were given had not run out.
    """

    landed: int = 0
    throttled: int = 0
    early: int = 0
    requests: int = 0
    connections: int = 0
    most_in_flight: int = 0


class _Windows:
    """Sliding windows over the requests of one conversation or tenant."""

    def __init__(self, windows: Sequence[tuple[int, float]]) -> None:
        self._windows = windows
        self._times: deque[float] = deque(maxlen=max((number for number, _ in windows), default=0))

    def wait(self, now: float) -> float:
        """Return 0 when a request is admitted now, else the seconds until one is."""
        waits = [0.0]
        for number, seconds in self._windows:
            if len(self._times) >= number:
                waits.append(self._times[-number] + seconds - now)
        return max(waits)

    def count(self, now: float) -> None:
        self._times.append(now)


class ConnectorServer:
    """The server's state and its routes."""

    def __init__(self, *, journal: Path | None = None) -> None:
        self._journal = journal
        self._landed_file = journal.open("a", encoding="utf-8") if journal else None
        self.reset(Limits(), keep_bodies=True)
        if journal:
            for line in journal.read_text(encoding="utf-8").splitlines():
                self._apply(json.loads(line))
        self.app = web.Application(client_max_size=256 * 1024)
        post, put, delete = self.app.router.add_post, self.app.router.add_put, self.app.router.add_delete
        for prefix in ("", "/{tenant}"):
            post(prefix + "/v3/conversations", self._create)
            self.app.router.add_get(prefix + "/v3/teams/{conversation}", self._team)
            self.app.router.add_get(prefix + "/v3/teams/{conversation}/conversations", self._channels)
            post(prefix + "/v3/conversations/{conversation}/activities", self._send)
            post(prefix + "/v3/conversations/{conversation}/activities/{activity}", self._send)
            put(prefix + "/v3/conversations/{conversation}/activities/{activity}", self._update)
            delete(prefix + "/v3/conversations/{conversation}/activities/{activity}", self._delete)
        post("/_control/reset", self._control_reset)
        post("/_control/rules", self._control_rules)
        post("/_control/limits", self._control_limits)
        self.app.router.add_get("/_control/calls", self._control_calls)
        self.app.router.add_get("/_control/messages", self._control_messages)
        self.app.router.add_get("/_control/tally", self._control_tally)

    def reset(self, limits: Limits, *, keep_bodies: bool) -> None:
        """Forget everything, except what a journal holds. ``keep_bodies`` False counts calls without keeping them."""
        self._keep_bodies = keep_bodies
        self._calls: list[Call] = []
        self._rules: list[tuple[Rule, list[int]]] = []
        self._messages: dict[str, dict[str, Any]] = defaultdict(dict)
        self._next_id = 1
        self._counts: dict[str, int] = defaultdict(int)
        self._peers: set[str] = set()
        self._in_flight = 0
        self._limit(limits)

    def _limit(self, limits: Limits) -> None:
        self._limits = limits
        self._by_conversation: dict[str, _Windows] = defaultdict(lambda: _Windows(limits.conversation))
        self._by_tenant: dict[str, _Windows] = defaultdict(lambda: _Windows(limits.tenant))
        self._pauses: dict[tuple[str, str], float] = {}

    # The service

    async def _create(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, self._open)

    async def _send(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, self._put_new)

    async def _update(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, self._replace)

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, self._take_away)

    async def _serve(self, request: web.Request, act: Any) -> web.StreamResponse:
        tenant, conversation = request.match_info.get("tenant", ""), request.match_info.get("conversation", "")
        activity_id = request.match_info.get("activity", "")
        body = await _json(request)
        now = time.monotonic()
        self._counts["requests"] += 1
        self._peers.add(str(request.transport.get_extra_info("peername")) if request.transport else "")
        self._in_flight += 1
        self._counts["most_in_flight"] = max(self._counts["most_in_flight"], self._in_flight)
        status, dropped = 0, False
        headers: dict[str, str] = {}
        answer: Any = {}
        try:
            rule = self._match(request.method, tenant, conversation)
            wait = self._throttle(tenant, conversation, now)
            if rule and rule.delay_seconds:
                await asyncio.sleep(rule.delay_seconds)
            if rule and rule.landed:
                act(conversation, activity_id, body)
            if rule and rule.drop:
                dropped = True
            elif rule and rule.status is not None:
                status, headers, answer = rule.status, dict(rule.headers), rule.body or _error(rule.code)
            elif wait > 0:
                status, headers, answer = 429, {"Retry-After": str(math.ceil(wait))}, _error("Throttled")
                self._pauses[tenant, conversation] = now + wait
                self._counts["throttled"] += 1
            else:
                status, answer = act(conversation, activity_id, body)
        finally:
            self._in_flight -= 1
        if self._keep_bodies:
            authorization = request.headers.get("Authorization", "")
            call = Call(
                number=len(self._calls),
                method=request.method,
                tenant=tenant,
                conversation=conversation,
                activity_id=activity_id,
                authorization=authorization,
                body=body,
                status=status,
                at=now,
            )
            self._calls.append(call)
        if dropped and request.transport:
            request.transport.close()
        return web.json_response(answer, status=status or 500, headers=headers)

    def _match(self, method: str, tenant: str, conversation: str) -> Rule | None:
        for rule, used in self._rules:
            wanted = (rule.method, rule.tenant, rule.conversation)
            fits = all(w in {"*", have} for w, have in zip(wanted, (method, tenant, conversation), strict=True))
            if fits and (rule.times is None or used[0] < rule.times):
                used[0] += 1
                return rule
        return None

    def _throttle(self, tenant: str, conversation: str, now: float) -> float:
        if now < self._pauses.get((tenant, conversation), 0.0):
            self._counts["early"] += 1
        windows = (self._by_conversation[conversation], self._by_tenant[tenant])
        wait = max(window.wait(now) for window in windows)
        if wait <= 0:
            for window in windows:
                window.count(now)
        return wait

    async def _team(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, self._name)

    def _name(self, team: str, _activity_id: str, _body: Any) -> tuple[int, Any]:
        return 200, {"id": team, "name": "Lag", "aadGroupId": "00000000-0000-0000-0000-000000000031"}

    async def _channels(self, request: web.Request) -> web.StreamResponse:
        return await self._serve(request, self._list)

    def _list(self, team: str, _activity_id: str, _body: Any) -> tuple[int, Any]:
        """Tell the channels of a team: the one every team has, without a name, and one more."""
        return 200, {"conversations": [{"id": team}, {"id": f"{team}-drift", "name": "Drift"}]}

    def _open(self, _conversation: str, _activity_id: str, body: Any) -> tuple[int, Any]:
        if isinstance(body, dict) and body.get("isGroup"):
            return self._begin_thread(body)
        members = body.get("members") if isinstance(body, dict) else None
        if not members or not body.get("bot"):
            return 400, _error("BadArgument")
        return 201, {"id": f"a:chat-{members[0]['id']}"}

    def _begin_thread(self, body: Any) -> tuple[int, Any]:
        channel, activity = (body.get("channelData") or {}).get("channel"), body.get("activity")
        if not channel or not isinstance(activity, dict) or "type" not in activity:
            return 400, _error("BadArgument")
        activity_id = str(self._next_id)
        thread = f"{channel['id']};messageid={activity_id}"
        self._land({"conversation": thread, "id": activity_id, "activity": activity})
        return 201, {"id": thread, "activityId": activity_id}

    def _put_new(self, conversation: str, _activity_id: str, body: Any) -> tuple[int, Any]:
        if not isinstance(body, dict) or "type" not in body:
            return 400, _error("BadArgument")
        activity_id = str(self._next_id)
        self._land({"conversation": conversation, "id": activity_id, "activity": body})
        # Teams makes several messages of several attachments, and names none of them.
        return (201, {"id": activity_id}) if len(body.get("attachments") or ()) < 2 else (202, {})

    def _replace(self, conversation: str, activity_id: str, body: Any) -> tuple[int, Any]:
        if activity_id not in self._messages[conversation]:
            return 404, _error("ActivityNotFoundInConversation")
        if len(body.get("attachments") or ()) > 1:
            return 400, _error("BadSyntax")
        self._land({"conversation": conversation, "id": activity_id, "activity": body})
        return 200, {"id": activity_id}

    def _take_away(self, conversation: str, activity_id: str, _body: Any) -> tuple[int, Any]:
        if activity_id not in self._messages[conversation]:
            return 404, _error("ActivityNotFoundInConversation")
        self._land({"conversation": conversation, "id": activity_id, "activity": None})
        return 200, {}

    def _land(self, landed: Mapping[str, Any]) -> None:
        self._apply(landed)
        self._counts["landed"] += 1
        if self._landed_file:
            self._landed_file.write(json.dumps(landed) + "\n")
            self._landed_file.flush()

    def _apply(self, landed: Mapping[str, Any]) -> None:
        self._next_id = max(self._next_id, int(landed["id"]) + 1)
        messages = self._messages[landed["conversation"]]
        if landed["activity"] is None:
            messages.pop(landed["id"], None)
        elif landed["activity"].get("type") == "message":
            messages[landed["id"]] = landed["activity"] if self._keep_bodies else {}

    # The strings

    async def _control_reset(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.reset(Limits(**body["limits"]), keep_bodies=body["keep_bodies"])
        return web.json_response({})

    async def _control_rules(self, request: web.Request) -> web.Response:
        self._rules = [(Rule(**rule), [0]) for rule in await request.json()]
        return web.json_response({})

    async def _control_limits(self, request: web.Request) -> web.Response:
        self._limit(Limits(**await request.json()))
        return web.json_response({})

    async def _control_calls(self, request: web.Request) -> web.Response:
        return web.json_response([asdict(call) for call in self._calls[int(request.query.get("after", 0)) :]])

    async def _control_messages(self, _request: web.Request) -> web.Response:
        return web.json_response({name: messages for name, messages in self._messages.items() if messages})

    async def _control_tally(self, _request: web.Request) -> web.Response:
        return web.json_response({**self._counts, "connections": len(self._peers)})


class Connector:
    """The test's hand on a running server."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()

    def service_url(self, tenant: str = "tenant-1") -> str:
        """Return the service URL activities of this tenant carry."""
        return f"{self.base_url}/{tenant}/"

    async def reset(self, limits: Limits | None = None, *, keep_bodies: bool = True) -> None:
        """Forget calls, messages, rules and counts; enforce ``limits`` (none by default) from here on."""
        await self._ask("POST", "reset", {"limits": asdict(limits or Limits()), "keep_bodies": keep_bodies})

    async def limit(self, limits: Limits) -> None:
        """Enforce these limits from here on and keep all else."""
        await self._ask("POST", "limits", asdict(limits))

    async def script(self, *rules: Rule) -> None:
        """Follow these rules, the first that matches, in place of earlier ones."""
        await self._ask("POST", "rules", [asdict(rule) for rule in rules])

    async def calls(self, after: int = 0) -> list[Call]:
        """Return the calls in the order they were answered, from number ``after`` on."""
        return [Call(**call) for call in await self._ask("GET", f"calls?after={after}")]

    async def messages(self) -> dict[str, dict[str, Any]]:
        """Return what stands in each conversation now: conversation id to message id to activity."""
        messages: dict[str, dict[str, Any]] = await self._ask("GET", "messages")
        return messages

    async def tally(self) -> Tally:
        """Return the counts since the last reset."""
        return Tally(**await self._ask("GET", "tally"))

    async def _ask(self, method: str, path: str, body: Any = None) -> Any:
        assert self._session, "use it as an asynchronous context manager"
        async with self._session.request(method, f"{self.base_url}/_control/{path}", json=body) as response:
            response.raise_for_status()
            return await response.json()


class ConnectorProcess(Connector):
    """A server in a process of its own, that can be killed and started again at the same address.

    With ``journal`` what landed outlives a kill.
    """

    def __init__(self, *, journal: Path | None = None) -> None:
        super().__init__("http://127.0.0.1:0")
        self._journal = journal
        self._process: asyncio.subprocess.Process | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return await super().__aenter__()

    async def __aexit__(self, *_: object) -> None:
        await super().__aexit__()
        await self.kill()

    async def start(self) -> None:
        """Start and return when it answers; the first start picks a free port, later ones keep it."""
        arguments = ["--port", str(self._port)] + (["--journal", str(self._journal)] if self._journal else [])
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fakes.connector", *arguments, stdout=asyncio.subprocess.PIPE, cwd=_ROOT
        )
        assert self._process.stdout
        self._port = int(await self._process.stdout.readline())
        self.base_url = f"http://127.0.0.1:{self._port}"

    async def kill(self) -> None:
        """End it at once, whatever is under way. A killed one may be killed again."""
        if self._process and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
            await self._process.wait()


_ROOT = Path(__file__).parents[2]


async def _json(request: web.Request) -> Any:
    raw = await request.read()
    return json.loads(raw) if raw else None


def _error(code: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": ""}} if code else {}


async def _serve(port: int, journal: Path | None) -> None:
    runner = web.AppRunner(ConnectorServer(journal=journal).app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    print(runner.addresses[0][1], flush=True)
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - an abandoned test leaves no server behind
        await asyncio.sleep(1.0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--journal", type=Path)
    options = parser.parse_args()
    asyncio.run(_serve(options.port, options.journal))
