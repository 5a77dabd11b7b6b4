"""The first start of ``heia serve --dev``: an empty data folder, the sample content, with the encoder.

Prints when the port answers, when questions are answered by words and with the encoder, the processor time until then,
memory at its highest and after questions, and the size of the data folder.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import aiohttp

from tests.bench.load import drive, message
from tests.bench.processor import cpu_seconds_of
from tests.e2e.program import Program, free_port
from tests.fakes.connector import ConnectorProcess

STARTS: Final = 3
PATIENCE_SECONDS: Final = 120
ASKING_SECONDS: Final = 10.0
QUESTIONS: Final = Path(__file__).parents[1] / "questions" / "facts.json"


def megabytes(pid: int, field: str) -> float:
    """Return a field of the process's memory: ``VmRSS`` now, ``VmHWM`` at its highest."""
    for line in Path(f"/proc/{pid}/status").read_text("utf-8").splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("the process has no memory")


def folder_megabytes(folder: Path) -> float:
    """Return the size of all files in a folder."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


async def start(folder: Path, connector: ConnectorProcess) -> None:
    """Start once, ask for a while, and print the numbers."""
    heia = Program(folder, HEIA_SEMANTIC="auto", HEIA_LOG_FORMAT="json")
    heia.port = free_port()
    begun = time.perf_counter()
    starting = asyncio.create_task(heia.start())
    phases: dict[str, tuple[float, float]] = {}

    def reached(phase: str) -> None:
        phases.setdefault(phase, (time.perf_counter() - begun, cpu_seconds_of(heia.pid)))

    await until(lambda: is_open(heia.port))
    reached("port answers")
    await starting
    reached("by words")
    await until(lambda: says(heia, '"semantic": true'))
    reached("with the encoder")
    highest = megabytes(heia.pid, "VmHWM")
    await ask(heia, connector.service_url())
    print(
        "   ".join(f"{phase} {wall:.1f} s ({used:.1f} s processor)" for phase, (wall, used) in phases.items()),
        f"   memory at most {highest:.0f} MB, after questions {megabytes(heia.pid, 'VmRSS'):.0f} MB",
        f"(at most {megabytes(heia.pid, 'VmHWM'):.0f})   data folder {folder_megabytes(folder / 'data'):.1f} MB",
        flush=True,
    )
    await heia.kill()


async def is_open(port: int) -> bool:
    """Return whether the port answers, with whatever status."""
    try:
        async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}/chat"):
            return True
    except aiohttp.ClientConnectionError:
        return False


async def says(heia: Program, words: str) -> bool:
    """Return whether the log has these words."""
    return words in heia.log


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Wait until an asynchronous condition holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await holds():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.02)


async def ask(heia: Program, service_url: str) -> None:
    """Let people ask for a while."""
    texts = [query["text"] for query in json.loads(QUESTIONS.read_text("utf-8"))["queries"]]
    await drive(
        heia.messages,
        make=lambda user, turn: message(
            service_url=service_url, user=user, turn=turn, text=texts[(user * 31 + turn) % len(texts)]
        ),
        seconds=ASKING_SECONDS,
        users=5,
    )


async def measure() -> None:
    """Start several times, each time from an empty folder."""
    async with ConnectorProcess() as connector:
        for _ in range(STARTS):
            with tempfile.TemporaryDirectory() as folder:
                await start(Path(folder), connector)


def main() -> None:
    """Print the numbers."""
    asyncio.run(measure())


if __name__ == "__main__":
    main()
