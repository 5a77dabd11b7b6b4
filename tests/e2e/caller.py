"""People without a screen: a colleague in Teams over plain HTTP, and a page of the web chat over its socket."""

import asyncio
import io
import json
import uuid
from collections.abc import Mapping
from itertools import count
from typing import Any, Final

import aiohttp

from tests.fakes.connector import Connector

TENANT: Final = "00000000-0000-4000-8000-000000000001"
PATIENCE_SECONDS: Final = 20
_numbers = count(1)


class TeamsCaller:
    """Somebody in their own chat with the bot. ``object_id`` says who; ``heard`` is what stands in the chat now."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, connector: Connector, object_id: str, *, name: str = ""
    ) -> None:
        self._http = http
        self._url = url
        self._connector = connector
        self.object_id = object_id
        self.name = name
        self.conversation = f"a:{object_id}"

    def activity(self, **changes: Any) -> dict[str, Any]:
        """Return a message of theirs with a fresh id, and these fields changed."""
        return {
            "type": "message",
            "id": f"{next(_numbers)}",
            "timestamp": "2026-11-02T12:00:00.000Z",
            "channelId": "msteams",
            "serviceUrl": self._connector.service_url(),
            "from": {"id": f"29:{self.object_id}", "name": self.name, "aadObjectId": self.object_id},
            "conversation": {"id": self.conversation, "conversationType": "personal", "tenantId": TENANT},
            "recipient": {"id": "28:heia", "name": "Heia"},
            "text": "hei",
            "textFormat": "plain",
            "channelData": {"tenant": {"id": TENANT}},
            **changes,
        }

    def pressing(self, verb: Any, data: Any = None, **changes: Any) -> dict[str, Any]:
        """Return the invoke of a pressed Action.Execute."""
        value = {"action": {"type": "Action.Execute", "verb": verb, "data": data or {}}}
        return self.activity(type="invoke", name="adaptiveCard/action", value=value, **changes)

    async def post(self, activity: Mapping[str, Any]) -> tuple[int, str]:
        """Hand an activity in; return status and body."""
        return await self.post_raw(json.dumps(activity).encode())

    async def post_raw(self, body: bytes, **headers: str) -> tuple[int, str]:
        """Hand in bytes that claim to be JSON."""
        sent = {"Content-Type": "application/json", **headers}
        async with self._http.post(self._url, data=io.BytesIO(body), headers=sent) as answer:
            return answer.status, await answer.text()

    async def say(self, text: str) -> None:
        status, body = await self.post(self.activity(text=text))
        assert status == 200, body

    async def press(self, verb: str, data: Mapping[str, Any] | None = None) -> str:
        """Press; return what the press was answered with, as text."""
        status, body = await self.post(self.pressing(verb, dict(data or {})))
        assert status == 200, f"{verb}: {body}"
        return body

    async def heard(self) -> list[str]:
        """Return the messages in their chat as they are now, as JSON, oldest first."""
        messages = (await self._connector.messages()).get(self.conversation, {})
        ordered = sorted(messages.items(), key=lambda pair: int(pair[0]))
        return [json.dumps(activity, ensure_ascii=False) for _, activity in ordered]

    async def hears(self, words: str) -> str:
        """Wait until a message holds these words, and return it."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                for message in reversed(await self.heard()):
                    if words in message:
                        return message
                await asyncio.sleep(0.05)


class PageCaller:
    """One open page of the web chat. ``heard`` keeps every frame that ever came, as JSON."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[str] = []
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._pongs: asyncio.Queue[None] = asyncio.Queue()
        self._news = asyncio.Event()
        self.hello: dict[str, Any] = {}
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def of(cls, http: aiohttp.ClientSession, url: str, person_id: str) -> "PageCaller":
        """Open the page as a sample person."""
        async with http.post(f"{url}/chat/session", json={"as": person_id}, headers={"Origin": url}) as answer:
            assert answer.status == 200, person_id
            token = (await answer.json())["token"]
        return await cls.open(http, url, token)

    @classmethod
    async def guest(cls, url: str) -> "PageCaller":
        """Open the page as somebody nobody knows."""
        http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        async with http.post(f"{url}/chat/guest", headers={"Origin": url}) as answer:
            assert answer.status == 200
        page = await cls.open(http, url, None)
        page._own = http
        return page

    _own: aiohttp.ClientSession | None = None

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, url: str, token: str | None) -> "PageCaller":
        socket = await http.ws_connect(f"{url}/chat/socket", headers={"Origin": url})
        await socket.send_json({"type": "open", "token": token})
        page = cls(socket)
        hello = await socket.receive_str(timeout=PATIENCE_SECONDS)
        page.heard.append(hello)
        page.hello = json.loads(hello)
        page._reader = asyncio.create_task(page._read())
        return page

    @property
    def person_id(self) -> str:
        return str(self.hello["person"]["id"])

    async def close(self) -> None:
        await self.socket.close()
        if self._reader:
            await self._reader
        if self._own:
            await self._own.close()

    async def ended(self) -> int | None:
        """Wait until the server hangs up; return its code."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.shield(self._reader) if self._reader else None
        return self.socket.close_code

    async def _read(self) -> None:
        async for message in self.socket:
            self.heard.append(message.data)
            frame = json.loads(message.data)
            if frame["type"] == "pong":
                self._pongs.put_nowait(None)
            waiting = self._answers.pop(frame.get("id") or "", None) if frame["type"] != "said" else None
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)
            self._news.set()
        for future in self._answers.values():
            future.cancel()

    async def send(self, frame: dict[str, Any]) -> dict[str, Any]:
        """Send a frame with an id and return what it was answered with."""
        future = asyncio.get_running_loop().create_future()
        self._answers[frame["id"]] = future
        await self.socket.send_json(frame)
        async with asyncio.timeout(PATIENCE_SECONDS):
            answer: dict[str, Any] = await future
        return answer

    async def ping(self) -> None:
        """Return when the page is answered; everything unreadable sent before has been refused by then."""
        await self.socket.send_json({"type": "ping"})
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._pongs.get()

    async def say(self, text: str) -> dict[str, Any]:
        return await self.send({"type": "say", "id": str(uuid.uuid4()), "text": text})

    async def press(self, verb: str, data: Mapping[str, Any] | None = None, slot: str | None = None) -> dict[str, Any]:
        frame = {"type": "press", "id": str(uuid.uuid4()), "verb": verb, "data": dict(data or {}), "slot": slot}
        return await self.send(frame)

    async def hears(self, words: str) -> str:
        """Wait until a frame holds these words, and return the newest."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (found := self._found(words)) is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"never heard {words}, only: {self.heard[-3:]}") from None
        return found

    def slots(self, words: str) -> set[str]:
        """Return the slots of the messages that were ever shown with these words, after the page was opened."""
        shown = [frame for frame in map(json.loads, self.heard[1:]) if frame["type"] == "message"]
        return {frame["slot"] for frame in shown if words in json.dumps(frame, ensure_ascii=False)}

    def _found(self, words: str) -> str | None:
        told = (json.dumps(json.loads(frame), ensure_ascii=False) for frame in reversed(self.heard))
        return next((each for each in told if words in each), None)

    async def finds(self, verb: str) -> dict[str, Any]:
        """Wait until a card has a button with this verb, and return the data of the newest such button."""
        frame = await self.hears(f'"verb": "{verb}"')
        return {name: value for name, value in buttons_of(frame)[verb].items() if name != "slot"}


def buttons_of(message: str) -> dict[str, dict[str, Any]]:
    """Return the data of every button in a message, by verb."""
    found: dict[str, dict[str, Any]] = {}

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("verb"), str):
                found[value["verb"]] = value.get("data", {})
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(json.loads(message))
    return found
