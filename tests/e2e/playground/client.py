"""Drives Microsoft 365 Agents Playground, a Teams client of another maker, through its own page's interface."""

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import aiohttp

from tests.needs import NODE

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
CLI = ROOT / "node_modules/@microsoft/m365agentsplayground/cli.js"
READY_SECONDS = 60
ANSWER_SECONDS = 15

Json = dict[str, Any]


class Playground:
    """One running Playground. Its current user writes through the page's interface; others by raw activities."""

    def __init__(self, *, base: str, session: aiohttp.ClientSession) -> None:
        self._base = base
        self._session = session
        self._messages: asyncio.Queue[Json] = asyncio.Queue()
        self.seen: list[Json] = []
        self.log: list[Json] = []

    async def join(self, tasks: asyncio.TaskGroup) -> Self:
        """Read the configuration and listen to what the bot sends."""
        config = (await self._call("GET", "/_internal/v1/testConfig"))["config"]
        self.me: Json = config["currentUser"]
        self.people: dict[str, Json] = {u["aadObjectId"][-2:]: u for u in [self.me, *config["users"]]}
        self.bot: Json = config["bot"]
        self.personal: str = config["personalChat"]["id"]
        self.group: str = config["groupChats"][0]["id"]
        self.channel: str = config["teams"][0]["channels"][0]["id"]
        stream = await self._session.ws_connect(f"{self._base}/_ws_conversation/v1/conversations/stream")
        logs = await self._session.ws_connect(f"{self._base}/_ws/log/stream")
        self._pumps = [
            tasks.create_task(self._pump(stream, self._heard)),
            tasks.create_task(self._pump(logs, self.log.append)),
        ]
        return self

    def leave(self) -> None:
        """Stop listening."""
        for pump in self._pumps:
            pump.cancel()

    async def say(self, text: str, *, conversation: str | None = None, mention: bool = False) -> None:
        """Write as the current user."""
        body: Json = {"from": {"id": self.me["id"]}, "text": text, "textFormat": "plain"}
        if mention:
            at = f"<at>{self.bot['name']}</at>"
            body |= {"text": f"{at} {text}", "mentions": [{"mentioned": {"id": self.bot["id"]}, "text": at}]}
        place = quote(conversation or self.personal, safe="")
        await self._call("POST", f"/_conversation/v1/conversations/{place}/messages", body)

    async def press(self, shown: Json, verb: str, **inputs: str) -> Json:
        """Press the action with ``verb`` on a shown card; return the bot's invoke response."""
        return await self._call(
            "POST",
            "/_conversation/v1/invoke",
            {
                "name": "adaptiveCard/action",
                "value": _pressing(shown, verb, inputs),
                "from": {"id": self.me["id"]},
                "conversation": {"id": shown["actionConversationId"]},
                "replyToId": shown["message"]["messageId"],
            },
        )

    async def say_as(self, who: str, text: str) -> None:
        """Write in the personal chat as the person whose object id ends in ``who``."""
        await self.raw(who, {"text": text, "textFormat": "plain"})

    async def press_as(self, who: str, shown: Json, verb: str, **inputs: str) -> None:
        """Press an action as the person whose object id ends in ``who``."""
        invoke = {
            "type": "invoke",
            "name": "adaptiveCard/action",
            "value": _pressing(shown, verb, inputs),
            "replyToId": shown["message"]["messageId"],
        }
        await self.raw(who, invoke)

    async def tell(self, who: str, event: str, *, conversation: str) -> None:
        """Let one of the Playground's own events happen there: install, channelRenamed and so on."""
        place = quote(conversation, safe="")
        template = await self._call(
            "GET", f"/_internal/v1/customActivities/template?conversationId={place}&type={event}"
        )
        person = self.people[who]
        sender = {"id": person["id"], "name": person["name"], "aadObjectId": person["aadObjectId"]}
        await self.again({**template, "id": str(uuid.uuid4()), "from": sender})

    async def raw(self, who: str, activity: Mapping[str, Any], *, conversation: str | None = None) -> Json:
        """Send a raw activity as the person whose object id ends in ``who``; return it as it was sent."""
        person = self.people[who]
        place = conversation or self.personal
        template = await self._call(
            "GET", f"/_internal/v1/customActivities/template?conversationId={quote(place, safe='')}"
        )
        template |= {
            "type": "message",
            "id": str(uuid.uuid4()),
            "from": {"id": person["id"], "name": person["name"], "aadObjectId": person["aadObjectId"]},
            **activity,
        }
        await self.again(template)
        return dict(template)

    async def again(self, activity: Mapping[str, Any]) -> None:
        """Send an activity as it is; one that was sent before, as Teams does when an answer is late."""
        await self._call("POST", "/_internal/v1/customActivities", dict(activity))

    async def next(self, kind: str = "createMessage") -> Json:
        """Return the next thing the bot showed of this kind."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                shown = await self._messages.get()
                if shown.get("action") == kind:
                    return shown

    async def next_card(self, verb: str) -> Json:
        """Return the next message or update whose card offers ``verb``."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                shown = await self._messages.get()
                if verb in json.dumps(shown):
                    return shown

    async def next_text(self, text: str) -> Json:
        """Return the next message or update in which ``text`` stands."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                shown = await self._messages.get()
                if text in json.dumps(shown, ensure_ascii=False):
                    return shown

    def _heard(self, shown: Json) -> None:
        self.seen.append(shown)
        self._messages.put_nowait(shown)

    async def _pump(self, stream: aiohttp.ClientWebSocketResponse, hear: Any) -> None:
        async for frame in stream:
            if frame.type is aiohttp.WSMsgType.TEXT:
                hear(json.loads(frame.data))

    async def _call(self, method: str, path: str, body: Json | None = None) -> Any:
        async with self._session.request(method, self._base + path, json=body) as response:
            text = await response.text()
            if response.status >= 400:
                raise AssertionError(f"{method} {path}: {response.status} {text}")
            return json.loads(text) if text else {}


def _pressing(shown: Json, verb: str, inputs: Mapping[str, str]) -> Json:
    action = find_action(shown, verb)
    data = {**action.get("data", {}), **inputs}
    execute = {"type": "Action.Execute", "title": action.get("title"), "verb": verb, "data": data}
    return {"action": execute, "trigger": "manual"}


def find_action(shown: Json, verb: str) -> Json:
    """Return the action with ``verb``, wherever on the card it stands."""
    found = _search(shown, verb)
    if found is None:
        raise AssertionError(f"no action {verb} in {json.dumps(shown, ensure_ascii=False)[:2000]}")
    return found


def _search(value: Any, verb: str) -> Json | None:
    if isinstance(value, dict):
        if value.get("verb") == verb:
            return value
        value = list(value.values())
    if isinstance(value, list):
        return next((hit for item in value if (hit := _search(item, verb)) is not None), None)
    return None


@asynccontextmanager
async def playing(*, bot: str, port: int) -> AsyncIterator[Playground]:
    """Run Playground on ``port`` against the bot whose messages endpoint is ``bot``; missing parts fail."""
    if not (CLI.exists() and NODE.exists()):
        raise AssertionError("Agents Playground is not installed: run make setup")
    base = f"http://127.0.0.1:{port}"
    process = await asyncio.create_subprocess_exec(
        str(NODE), "-r", str(HERE / "loopback.cjs"), str(CLI), "start",
        "-e", bot, "-c", "msteams", "-p", str(port), "--disable-telemetry", "--service-url", f"{base}/_connector",
        env=_environment(),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as tasks:
            await _ready(session, base)
            playground = await Playground(base=base, session=session).join(tasks)
            yield playground
            playground.leave()
    finally:
        process.kill()
        await process.wait()


async def _ready(session: aiohttp.ClientSession, base: str) -> None:
    async with asyncio.timeout(READY_SECONDS):
        while True:
            try:
                async with session.get(f"{base}/_debug/ping") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(0.2)


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "TEAMSAPPTESTER_BROWSER": "none",
        "M365_AGENTS_PLAYGROUND_CONFIG_PATH": str(HERE / "playground.yml"),
    }
