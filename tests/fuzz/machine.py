"""What a run holds still: time that the run moves, ids from a seed, log lines in a list, memory measured."""

import asyncio
import ctypes
import gc
import json
import logging
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, Final

import structlog

from bot.app.log import configure_log
from tests.fuzz.mutate import MARK

ELEVEN_DIGITS: Final = re.compile(r"(?<![0-9A-Za-z.-])\d{11}(?![0-9A-Za-z.-])")


class MovedClock:
    """Time that goes on by itself and that ``advance`` moves forward, waking sleepers that are due."""

    def __init__(self, start: datetime) -> None:
        self._offset = start - datetime.now(UTC)
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def advance(self, by: timedelta) -> None:
        """Let time pass at once."""
        self._offset += by
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        until = self.now() + timedelta(seconds=seconds)
        while (left := (until - self.now()).total_seconds()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._moved.wait()
            except TimeoutError:
                return


class SeededChance:
    """Ids and draws that a seed decides."""

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)

    def new_id(self, prefix: str) -> str:
        return f"{prefix}-{self._random.getrandbits(128):032x}"

    def uniform(self) -> float:
        return self._random.random()


class LogLines:
    """Everything logged since the last ``take``, as the lines an operator would see."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def take(self) -> list[str]:
        lines, self._lines = self._lines, []
        return lines

    def msg(self, line: str) -> None:
        self._lines.append(line)

    log = debug = info = warn = warning = error = exception = critical = fatal = msg

    def __call__(self, *_: Any) -> "LogLines":
        return self


@contextmanager
def logged() -> Iterator[LogLines]:
    """Collect log lines of the bot and its libraries in the block, rendered as in production."""
    lines, root = LogLines(), logging.getLogger()
    handlers = list(root.handlers)
    configure_log("debug", "json")
    structlog.configure(logger_factory=lines)
    try:
        yield lines
    finally:
        structlog.reset_defaults()
        root.handlers = handlers


@dataclass(frozen=True, slots=True)
class Breach:
    """A broken promise. Breaches of one ``kind`` have one cause; ``detail`` is what was seen this time."""

    kind: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


def breaches_logged(lines: list[str], allowed: frozenset[str] = frozenset()) -> Iterator[Breach]:
    """Yield what is wrong with log lines: an error, a library's warning, a planted word, eleven digits in a row."""
    for line in lines:
        told = json.loads(line)
        if told["level"] in {"error", "critical"} and told["event"] not in allowed:
            last = [each for each in str(told.get("exception", "")).splitlines() if not each.startswith(("  ", "bec"))]
            yield Breach(
                f"an error is logged, {told.get('source', told['event'])} {last[-1] if last else ''}", line[:3000]
            )
        if str(told.get("source", "")).startswith("aiohttp") and told["level"] == "warning":
            yield Breach(f"a client makes a library warn, {told['source']}", line[:1000])
        if MARK in line or ELEVEN_DIGITS.search(line):
            yield Breach(f"the log holds what a person wrote, {told['event']}", line[:1000])


def resident_bytes() -> int:
    """Return the memory this process holds, after giving back what is free."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def let_go() -> None:
    """Forget what aiohttp holds on to for a while after a page has closed: its next heartbeat."""
    for timer in list(asyncio.get_running_loop()._scheduled):  # type: ignore[attr-defined]
        if "_send_heartbeat" in repr(timer):
            timer.cancel()


def open_files() -> int:
    """Return how many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))


def waiting() -> str:
    """Return where every task waits, the most frequent places first."""
    return "; ".join(f"{number} x {place}" for place, number in Counter(map(_where, asyncio.all_tasks())).most_common())


def _where(task: asyncio.Task[Any]) -> str:
    frames = [
        f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}" for frame in _frames(task)
    ]
    return " > ".join(frames[-4:])


def _frames(task: asyncio.Task[Any]) -> Iterator[FrameType]:
    inner: Any = task.get_coro()
    while inner is not None:
        frame = getattr(inner, "cr_frame", None) or getattr(inner, "gi_frame", None) or getattr(inner, "ag_frame", None)
        if frame is not None:
            yield frame
        inner = (
            getattr(inner, "cr_await", None) or getattr(inner, "gi_yieldfrom", None) or getattr(inner, "ag_await", None)
        )
