"""Connections to open pages: a push reaches every open page of a person."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

Push = Mapping[str, Any]

MOST_WAITING: Final = 500
MOST_PAGES: Final = 20
REMEMBERED: Final = timedelta(seconds=60)
MOST_REMEMBERED: Final = 5000


class PageConnection:
    """Connection to one open page. A page that reads too slowly is disconnected; it reads the store on return."""

    def __init__(self) -> None:
        self._waiting: asyncio.Queue[Push | None] = asyncio.Queue(MOST_WAITING)
        self._versions: dict[str, int] = {}
        self._stirred = asyncio.Event()

    def stir(self) -> None:
        """Make the page read the store."""
        self._stirred.set()

    async def stirred(self, timeout_seconds: float) -> None:
        """Return when there may be news in the store, or after the timeout."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._stirred.wait()
        self._stirred.clear()

    def push(self, push: Push) -> None:
        """Queue ``push`` if the page does not have it yet."""
        if not self.is_news(push):
            return
        try:
            self._waiting.put_nowait(push)
        except asyncio.QueueFull:
            self.hang_up()

    def hang_up(self) -> None:
        """Close the connection and drop the queued pushes."""
        while not self._waiting.empty():
            self._waiting.get_nowait()
        self._waiting.put_nowait(None)

    def finish(self) -> None:
        """Close the connection after sending the queued pushes."""
        try:
            self._waiting.put_nowait(None)
        except asyncio.QueueFull:
            self.hang_up()

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
class _Remembered:
    at: datetime
    person_id: str
    push: Push


class ConnectionRegistry:
    """All open page connections of this process.

    A message is pushed before the store records it as delivered, and a page opened between the two would miss it.
    Pushes of the last minute are therefore kept for new connections, which pass on only those the page does not have.
    """

    def __init__(self) -> None:
        self._lines: dict[str, list[PageConnection]] = {}
        self._remembered: deque[_Remembered] = deque(maxlen=MOST_REMEMBERED)

    def open(self, person_id: str) -> PageConnection | None:
        """Return a new connection to the person, or None when too many are open already."""
        lines = self._lines.setdefault(person_id, [])
        if len(lines) >= MOST_PAGES:
            return None
        line = PageConnection()
        lines.append(line)
        return line

    def close(self, person_id: str, line: PageConnection) -> None:
        """Remove a connection."""
        lines = self._lines.get(person_id, [])
        if line in lines:
            lines.remove(line)
        if not lines:
            self._lines.pop(person_id, None)

    def push(self, person_id: str, push: Push, *, at: datetime) -> int:
        """Push to every page of the person and return the number of pages."""
        self._forget(at)
        if "slot" in push:
            self._remembered.append(_Remembered(at=at, person_id=person_id, push=push))
        lines = self._lines.get(person_id, [])
        for line in lines:
            line.push(push)
        return len(lines)

    def recent(self, person_id: str, *, at: datetime) -> Sequence[Push]:
        """Return the messages pushed to the person during the last minute, oldest first."""
        self._forget(at)
        return [kept.push for kept in self._remembered if kept.person_id == person_id]

    def stir(self, person_id: str) -> None:
        """Make the person's pages read the store; an empty id means all pages."""
        for lines in [self._lines.get(person_id, [])] if person_id else list(self._lines.values()):
            for line in lines:
                line.stir()

    def hang_up(self) -> None:
        """Close every connection, when the server stops."""
        for lines in self._lines.values():
            for line in lines:
                line.hang_up()

    def __len__(self) -> int:
        return sum(len(lines) for lines in self._lines.values())

    def _forget(self, now: datetime) -> None:
        while self._remembered and now - self._remembered[0].at > REMEMBERED:
            self._remembered.popleft()
