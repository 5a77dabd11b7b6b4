"""People at the other end of each channel: what they see, say and press."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import aiohttp

from tests.fakes.connector import Connector
from tests.unit.read_cards import actions_of, words_of

PATIENCE_SECONDS: Final = 20.0
TENANT: Final = "00000000-0000-0000-0000-000000000001"


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it stands: its words, its buttons, and the slot they send back."""

    words: str
    card: Any = None
    slot: str = ""

    def action(self, title: str) -> Mapping[str, Any] | None:
        """Return the button that begins with ``title``."""
        return next((each for each in actions_of(self.card) if each["title"].startswith(title)), None)

    def inputs(self) -> dict[str, Any]:
        """Return the inputs with the values they were shown with."""
        return {each["id"]: each.get("value", "") for each in _inputs(self.card)}


class Client(ABC):
    """One person in one channel."""

    @abstractmethod
    async def shown(self) -> list[Shown]:
        """Return the messages that stand now, the oldest first."""

    @abstractmethod
    async def say(self, words: str) -> None:
        """Write a message."""

    @abstractmethod
    async def press(self, title: str, **inputs: str) -> None:
        """Press the newest button that begins with ``title``, once it is there."""

    @abstractmethod
    async def leave(self) -> None:
        """Hang up."""

    async def sees(self, words: str) -> None:
        """Wait until a message with these words stands."""
        await self.until(lambda messages: any(words in each.words for each in messages), words)

    async def sees_no(self, words: str) -> None:
        """Wait until no message with these words stands."""
        await self.until(lambda messages: not any(words in each.words for each in messages), f"no {words}")

    async def until(self, holds: Callable[[list[Shown]], bool], what: str) -> list[Shown]:
        """Wait until what is shown is as it should be, and return it."""
        seen: list[Shown] = []
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not holds(seen := await self.shown()):  # noqa: ASYNC110 - a service that must be asked
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"{what!r} is not what is seen: {[each.words for each in seen]}") from None
        return seen

    async def button(self, title: str) -> tuple[Shown, Mapping[str, Any]]:
        """Return the newest message with this button, and the button."""
        seen = await self.until(lambda messages: any(each.action(title) for each in messages), f"[{title}]")
        found = [(each, action) for each in seen if (action := each.action(title)) is not None]
        return found[-1]


class WebClient(Client):
    """A page of the web chat."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._slots: dict[str, Shown] = {}

    async def run(self) -> None:
        """Follow what the page is sent."""
        async for frame in self._socket:
            push = frame.json()
            for entry in push["entries"] if push["type"] == "hello" else [push]:
                if entry["type"] == "message":
                    message = entry["message"]
                    words = "\n".join((message["text"], *words_of(message["card"])))
                    self._slots.pop(entry["slot"], None) if entry["version"] == 1 else None
                    self._slots[entry["slot"]] = Shown(words, message["card"], entry["slot"])
                elif entry["type"] == "gone":
                    self._slots.pop(entry["slot"], None)

    async def leave(self) -> None:
        await self._socket.close()

    async def shown(self) -> list[Shown]:
        return list(self._slots.values())

    async def say(self, words: str) -> None:
        await self._socket.send_json({"type": "say", "id": str(uuid4()), "text": words})

    async def press(self, title: str, **inputs: str) -> None:
        shown, action = await self.button(title)
        data = {**action["data"], **shown.inputs(), **inputs}
        frame = {"type": "press", "id": str(uuid4()), "verb": action["verb"], "data": data, "slot": shown.slot}
        await self._socket.send_json(frame)


class TeamsClient(Client):
    """A person in Teams, whose client keeps its messages in the fake connector."""

    def __init__(self, session: aiohttp.ClientSession, origin: str, connector: Connector, person_id: str) -> None:
        self._session, self._origin, self._connector = session, origin, connector
        self._number = person_id.removeprefix("p").zfill(12)
        self._chat = f"a:{person_id}"

    async def shown(self) -> list[Shown]:
        here = (await self._connector.messages()).get(self._chat, {})
        return [_in_teams(here[id_]) for id_ in sorted(here, key=int)]

    async def say(self, words: str) -> None:
        await self._post({"type": "message", "text": words, "textFormat": "plain"})

    async def leave(self) -> None:
        """Do nothing: there is no connection."""

    async def install(self) -> None:
        """Add the bot."""
        await self._post({"type": "installationUpdate", "action": "add"})

    async def press(self, title: str, **inputs: str) -> None:
        shown, action = await self.button(title)
        data = {**action["data"], **shown.inputs(), **inputs}
        pressed = {"type": "Action.Execute", "verb": action["verb"], "data": data}
        await self._post({"type": "invoke", "name": "adaptiveCard/action", "value": {"action": pressed}})

    async def _post(self, activity: Mapping[str, Any]) -> None:
        body = {
            "id": uuid4().hex,
            "channelId": "msteams",
            "serviceUrl": self._connector.service_url(TENANT),
            "from": {"id": f"29:{self._number}", "aadObjectId": f"00000000-0000-0000-0000-{self._number}"},
            "conversation": {"id": self._chat, "conversationType": "personal", "tenantId": TENANT},
            "recipient": {"id": "28:heia"},
            **activity,
        }
        async with self._session.post(f"{self._origin}/api/messages", json=body) as answer:
            assert answer.status < 300, (answer.status, await answer.text())


class LinesClient(Client):
    """A terminal: whatever was written stays written."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.lines: list[str] = []

    async def run(self) -> None:
        """Follow what is written."""
        while raw := await self._reader.readline():
            self.lines.append(raw.decode().rstrip("\n"))

    async def leave(self) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def shown(self) -> list[Shown]:
        return [Shown(line) for line in self.lines]

    async def say(self, words: str) -> None:
        self._writer.write(f"{words}\n".encode())
        await self._writer.drain()

    async def press(self, title: str, **inputs: str) -> None:
        seen = await self.until(lambda messages: any(f". {title}" in each.words for each in messages), f"[{title}]")
        lines = [each.words for each in seen if f". {title}" in each.words]
        # "Det hjalp" is not "Det hjalp ikke", where both are listed.
        line = next((each for each in reversed(lines) if each.endswith(f". {title}")), lines[-1])
        await self.say(" ".join((line.partition(".")[0], *inputs.values())))


def _in_teams(activity: Mapping[str, Any]) -> Shown:
    [card] = [each["content"] for each in activity.get("attachments", ())] or [None]
    slots = {str(each["data"].get("slot", "")) for each in actions_of(card)}
    words = (activity.get("text", ""), *words_of(card))
    return Shown("\n".join(words), card, next(iter(slots), ""))


def _inputs(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        if str(node.get("type", "")).startswith("Input."):
            yield node
        for each in node.values():
            yield from _inputs(each)
    elif isinstance(node, list | tuple):
        for each in node:
            yield from _inputs(each)
