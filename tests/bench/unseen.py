"""Processor time of a turn with unseen messages and the encoder, beyond what the encoder itself takes to read.

One message at a time, from the HTTP request until the reply is sent and everything that follows is done.
"""

import asyncio
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

import aiohttp

from knowledge.matching.damage import typing_errors
from tests.bench.load import message
from tests.bench.processor import cpu_seconds_of
from tests.fakes.connector import Connector, Limits

ROOT: Final = Path(__file__).parents[2]
QUESTIONS: Final = ROOT / "tests" / "questions"
MESSAGES: Final = 500
# People of the sample, each with as many messages.
PEOPLE: Final = 250
# Messages to one program before the next one's turn.
AT_A_TIME: Final = 50
START_SECONDS: Final = 600
QUIET_SECONDS: Final = 1.0
_SEED: Final = 30


@dataclass(slots=True, kw_only=True)
class Cost:
    """What messages cost: seconds of processor, and seconds of each match beyond the encoder's reading.

    Attributes:
        turns: beyond the encoder.
        encoder: its own reading.
    """

    messages: int = 0
    turns: float = 0.0
    encoder: float = 0.0
    matches: list[float] = field(default_factory=list)

    def add(self, messages: int, before: dict[str, Any], after: dict[str, Any]) -> None:
        """Count messages between two tallies of a program."""
        encoder = after["encoder"] - before["encoder"]
        self.messages += messages
        self.encoder += encoder
        self.turns += after["processor"] - before["processor"] - encoder
        self.matches += after["matching"][len(before["matching"]) :]

    def __str__(self) -> str:
        turn, encoder = (1000 * seconds / self.messages for seconds in (self.turns, self.encoder))
        return (
            f"{turn:.2f} ms of processor a turn beside {encoder:.2f} ms of the encoder; "
            f"one question p50 {1000 * median(self.matches):.2f} ms above its reading"
        )


def unseen_texts(round_: int, number: int = MESSAGES) -> list[str]:
    """Return different messages with typing errors, no two alike; another round has others."""
    asked = [
        str(query["text"])
        for file in sorted(QUESTIONS.glob("*.json"))
        if file.stem not in {"follow_up", "single_word"}
        for query in json.loads(file.read_text("utf-8"))["queries"]
    ]
    random.Random(_SEED).shuffle(asked)
    texts = [typing_errors(text, seed=round_ * 10_000 + at) for at, text in enumerate(asked)]
    return list(dict.fromkeys(texts))[:number]


class TimedProgram:
    """``heia serve --dev`` of a checkout, with the encoder, that tells its processor time."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self.tree = tree
        self._folder = folder
        self._tally = folder / "tally.json"
        self._process: asyncio.subprocess.Process | None = None
        self.url = ""

    @property
    def _pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Return when the encoder takes part."""
        self._folder.mkdir(parents=True, exist_ok=True)
        log = (self._folder / "log").open("wb")
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__).with_name("timed_serve.py")), "serve", "--dev", "--port", "0",
            env={
                **os.environ,
                "PYTHONPATH": str(self.tree),
                "HEIA_BENCH_TALLY": str(self._tally),
                "HEIA_DATA_DIR": str(self._folder / "data"),
                "HEIA_SEMANTIC": "auto",
                "HEIA_LOG_LEVEL": "info",
                "HEIA_LOG_FORMAT": "json",
            },
            cwd=self._folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )  # fmt: skip
        log.close()
        assert self._process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = (await self._process.stdout.readline()).decode()
            self.url = line.partition(" is at ")[2].partition("/chat")[0]
            assert self.url, (self._folder / "log").read_text("utf-8")
            while '"semantic": true' not in (self._folder / "log").read_text("utf-8"):  # noqa: ASYNC110
                await asyncio.sleep(0.5)
        await self.quiet()

    async def quiet(self) -> None:
        """Return when nothing is left to do."""
        before = -1.0
        while (now := cpu_seconds_of(self._pid)) - before > 0.05 * QUIET_SECONDS:
            before = now
            await asyncio.sleep(QUIET_SECONDS)

    async def tally(self) -> dict[str, Any]:
        """Return its numbers."""
        self._tally.unlink(missing_ok=True)
        os.kill(self._pid, signal.SIGUSR1)
        while not self._tally.exists():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        told: dict[str, Any] = json.loads(self._tally.read_text())
        return told

    async def stop(self) -> None:
        """End it."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def timed_program(tree: Path, folder: Path) -> AsyncIterator[TimedProgram]:
    """Run the program of a checkout while the block does."""
    heia = TimedProgram(tree, folder)
    try:
        await heia.start()
        yield heia
    finally:
        await heia.stop()


def from_sample_person(number: int, *, service_url: str, turn: int, text: str) -> dict[str, Any]:
    """Return the message of a person of the sample in their own chat."""
    said = message(service_url=service_url, user=number, turn=turn, text=text)
    said["from"]["aadObjectId"] = f"00000000-0000-4000-8000-{number:012}"
    tenant = "00000000-0000-0000-0000-000000000001"
    said["conversation"]["tenantId"] = said["channelData"]["tenant"]["id"] = tenant
    return said


async def ask(heia: TimedProgram, connector: Connector, texts: Sequence[str], *, first: int = 0) -> None:
    """Say texts one after another, each as the next person; return when everything is done."""
    await connector.reset(Limits(), keep_bodies=False)
    service_url = connector.service_url()
    turn = time.time_ns() // 1_000_000  # kept data remembers the ids of earlier runs
    async with aiohttp.ClientSession() as session:
        for at, text in enumerate(texts):
            person = 1 + (first + at) % PEOPLE
            body = from_sample_person(person, service_url=service_url, turn=turn + at, text=text)
            async with session.post(f"{heia.url}/api/messages", json=body) as answer:
                assert answer.status < 300, answer.status
    await heia.quiet()
    landed = (await connector.tally()).landed
    assert landed >= len(texts), f"{len(texts)} messages, but only {landed} replies"


async def compare(connector: Connector, trees: Sequence[Path]) -> list[Cost]:
    """Measure the checkouts in alternation, some messages at a time, and return the cost of each."""
    costs = [Cost() for _ in trees]
    texts = unseen_texts(0)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        places = [Path(os.environ.get(f"HEIA_BENCH_STATE_{at}", f"{folder}/{at}")) for at in range(len(trees))]
        programs = [
            await stack.enter_async_context(timed_program(tree, place))
            for tree, place in zip(trees, places, strict=True)
        ]
        for heia in programs:
            await ask(heia, connector, ["hei"] * PEOPLE)  # everybody has been greeted
        for first in range(0, len(texts), AT_A_TIME):
            some = texts[first : first + AT_A_TIME]
            for heia, cost in zip(programs, costs, strict=True):
                before = await heia.tally()
                await ask(heia, connector, some, first=first)
                cost.add(len(some), before, await heia.tally())
    for tree, cost in zip(trees, costs, strict=True):
        print(f"  {tree.name}: {cost}", flush=True)
    return costs
