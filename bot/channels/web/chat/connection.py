"""Connections to open pages: a push reaches every open page of a person."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

Push = Mapping[str, Any]

MAX_WAITING: Final = 500
MAX_PAGES: Final = 20
REMEMBERED: Final = timedelta(seconds=60)
MAX_REMEMBERED: Final = 5000


class PageConnection:
    """Connection to one open page. A page that reads too slowly is disconnected; it reads the store on return."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Push | None] = asyncio.Queue(MAX_WAITING)
        self._versions: dict[str, int] = {}
        self._news = asyncio.Event()
        self._change = asyncio.Event()
        # The newest of the person's own messages that the page has.
        self.said_id: str | None = None

    def wake(self) -> None:
        """Make the page read the store."""
        self._news.set()
        self.nudge()

    def nudge(self) -> None:
        """Make the page reload the recipient and the delivery state."""
        self._change.set()

    async def wait_for_change(self, timeout_seconds: float) -> None:
        """Return after a nudge, or after the timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._change.wait()
        self._change.clear()

    async def wait_for_news(self, timeout_seconds: float) -> None:
        """Return when there may be news in the store, or after the timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._news.wait()
        self._news.clear()

    def push(self, push: Push) -> None:
        """Queue ``push`` if the page does not have it yet."""
        if not self.is_news(push):
            return
        try:
            self._waiting.put_nowait(push)
        except asyncio.QueueFull:
            self.disconnect()

    def disconnect(self) -> None:
        """Close the connection and drop the queued pushes."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    def finish(self) -> None:
        """Close the connection after sending the queued pushes."""
        try:
            self._waiting.put_nowait(None)
        except asyncio.QueueFull:
            self.disconnect()

    async def next(self) -> Push | None:
        """Return the next push; None when the connection is closed."""
        return await self._waiting.get()

    def is_news(self, push: Push) -> bool:
        """Return whether the push is news to the page, and record it as known.

        News is a newer version than the page has of that slot.
        """
        slot, version = _slot_and_version(push)
        if slot is None:
            return True
        if self._versions.get(slot, 0) >= version:
            return False
        self._versions[slot] = version
        if push["type"] == "said":
            self.said_id = push["id"]
        # A hand-off that begins, ends or goes elsewhere shows a message to both ends.
        if push["type"] == "said" or push["slot"].startswith("handoff/"):
            self.nudge()
        return True


def _slot_and_version(push: Push) -> tuple[str | None, int]:
    match push["type"]:
        case "message" | "gone":
            return f"slot {push['slot']}", push["version"]
        case "said":
            return f"said {push['id']}", 1
        case _:
            return None, 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _RecentPush:
    at: datetime
    person_id: str
    push: Push


class ConnectionRegistry:
    """All open page connections of this process.

    A message is pushed before the store records it as delivered, and a page opened between the two would miss it.
    Pushes of the last minute are therefore kept for new connections, which pass on only those the page does not have.
    """

    def __init__(self) -> None:
        self._connections: dict[str, list[PageConnection]] = {}
        self._recent: deque[_RecentPush] = deque(maxlen=MAX_REMEMBERED)

    def connect(self, person_id: str) -> PageConnection | None:
        """Return a new connection to the person, or None when too many are open already."""
        connections = self._connections.setdefault(person_id, [])
        if len(connections) >= MAX_PAGES:
            return None
        connection = PageConnection()
        connections.append(connection)
        return connection

    def disconnect(self, person_id: str, connection: PageConnection) -> None:
        """Remove a connection."""
        connections = self._connections.get(person_id, [])
        if connection in connections:
            connections.remove(connection)
        if not connections:
            self._connections.pop(person_id, None)

    def push(self, person_id: str, push: Push, *, at: datetime) -> int:
        """Push to every page of the person and return the number of pages."""
        self._drop_old_pushes(at)
        if "slot" in push:
            self._recent.append(_RecentPush(at=at, person_id=person_id, push=push))
        connections = self._connections.get(person_id, [])
        for connection in connections:
            connection.push(push)
        return len(connections)

    def recent(self, person_id: str, *, at: datetime) -> Sequence[Push]:
        """Return the messages pushed to the person during the last minute, oldest first."""
        self._drop_old_pushes(at)
        return [kept.push for kept in self._recent if kept.person_id == person_id]

    def nudge(self, person_id: str) -> None:
        """Make the person's pages reload the recipient."""
        for connection in self._connections.get(person_id, []):
            connection.nudge()

    def wake(self, person_id: str) -> None:
        """Make the person's pages read the store; an empty id means all pages."""
        for connections in [self._connections.get(person_id, [])] if person_id else list(self._connections.values()):
            for connection in connections:
                connection.wake()

    def disconnect_all(self) -> None:
        """Close every connection, when the server stops."""
        for connections in self._connections.values():
            for connection in connections:
                connection.disconnect()

    def __len__(self) -> int:
        return sum(len(connections) for connections in self._connections.values())

    def _drop_old_pushes(self, now: datetime) -> None:
        while self._recent and now - self._recent[0].at > REMEMBERED:
            self._recent.popleft()
