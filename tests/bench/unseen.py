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
from contextlib import asynccontextmanager
from dataclasses import dataclass
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
START_SECONDS: Final = 600
QUIET_SECONDS: Final = 1.0
_SEED: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What messages cost: milliseconds of processor each, and of wall-clock time at the median.

    Attributes:
        turn: beyond the encoder.
        encoder: its own reading.
        question: median of a match beyond its reading.
    """

    turn: float
    encoder: float
    question: float

    def __str__(self) -> str:
        return (
            f"{self.turn:.2f} ms of processor a turn beside {self.encoder:.2f} ms of the encoder; "
            f"one question p50 {self.question:.2f} ms above its reading"
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


def _from_sample_person(number: int, *, service_url: str, turn: int, text: str) -> dict[str, Any]:
    said = message(service_url=service_url, user=number, turn=turn, text=text)
    said["from"]["aadObjectId"] = f"00000000-0000-4000-8000-{number:012}"
    tenant = "00000000-0000-0000-0000-000000000001"
    said["conversation"]["tenantId"] = said["channelData"]["tenant"]["id"] = tenant
    return said


async def ask(heia: TimedProgram, connector: Connector, texts: Sequence[str], round_: int) -> Cost:
    """Say all texts, one after another, and return what they cost."""
    service_url = connector.service_url()
    first = time.time_ns() // 1_000_000  # kept data remembers the ids of earlier runs
    async with aiohttp.ClientSession() as session:

        async def say(at: int, turn: int, text: str) -> None:
            body = _from_sample_person(1 + at % PEOPLE, service_url=service_url, turn=turn, text=text)
            async with session.post(f"{heia.url}/api/messages", json=body) as answer:
                assert answer.status < 300, answer.status

        if not round_:
            for at in range(PEOPLE):  # everybody has been greeted
                await say(at, first + at, "hei")
        await connector.reset(Limits(), keep_bodies=False)
        await heia.quiet()
        before = await heia.tally()
        for at, text in enumerate(texts):
            await say(at, first + PEOPLE + at, text)
        await heia.quiet()
        after = await heia.tally()
    landed = (await connector.tally()).landed
    assert landed >= len(texts), f"{len(texts)} messages, but only {landed} replies"
    asked = after["matching"][len(before["matching"]) :]
    encoder = after["encoder"] - before["encoder"]
    return Cost(
        turn=(after["processor"] - before["processor"] - encoder) / len(texts) * 1000,
        encoder=encoder / len(texts) * 1000,
        question=median(asked) * 1000,
    )


async def compare(connector: Connector, trees: Sequence[Path], *, rounds: int = 2) -> list[list[Cost]]:
    """Measure the checkouts in alternation, and return the costs of each."""
    costs: list[list[Cost]] = [[] for _ in trees]
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(os.environ.get(f"HEIA_BENCH_STATE_{at}", f"{folder}/{at}")) for at in range(len(trees))]
        for round_ in range(rounds):
            for tree, place, found in zip(trees, places, costs, strict=True):
                async with timed_program(tree, place) as heia:
                    found.append(await ask(heia, connector, unseen_texts(round_), round_))
                print(f"  round {round_ + 1}, {tree.name}: {found[-1]}", flush=True)
    return costs
