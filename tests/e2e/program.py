"""The program itself, as its operator starts it: a process of its own that can be killed and started again."""

import asyncio
import os
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import IO, Protocol

import aiohttp

START_SECONDS = 60


class Process(Protocol):
    """What is used of an operating system's process."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def send_signal(self, signal: signal.Signals, /) -> None: ...

    async def wait(self) -> int: ...


class Program:
    """``heia serve --dev`` on a free port, keeping its data in ``folder``.

    ``settings`` are further HEIA_* variables, ``command`` may be ``work`` instead. With ``dev`` False it runs as for
    real.
    ``under`` is a command that runs it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        command: str = "serve",
        dev: bool = True,
        under: Sequence[str] = (),
        **settings: str,
    ) -> None:
        self.folder = folder
        self._command = command
        self._under = under
        self._dev = dev
        # Without --dev it answers its public address only, so the port is chosen before it starts.
        self.port = 0 if dev or command != "serve" else free_port()
        public = {} if not self.port else {"HEIA_PUBLIC_URL": f"http://127.0.0.1:{self.port}"}
        self._settings = {**public, **settings}
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def messages(self) -> str:
        return f"{self.url}/api/messages"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text("utf-8")

    async def start(self) -> None:
        """Start, or start again on the same port; returns when it listens."""
        self.folder.mkdir(parents=True, exist_ok=True)
        words = [self._command, *(["--dev"] if self._dev else []), "--port", str(self.port)]
        own = {"HEIA_SEMANTIC": "off", "HEIA_DATA_DIR": str(self.folder / "data"), **self._settings}
        with (self.folder / "log").open("ab") as log:
            async with asyncio.timeout(START_SECONDS):
                line = await self._first_line(words, {**os.environ, **own}, log)
        listening = re.search(r"http://127\.0\.0\.1:(\d+)/", line)
        assert listening, f"the program did not start: {line} {self.log}"
        self.port = int(listening[1])

    async def _first_line(self, words: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> str:
        """Start the process; return the first line it prints."""
        self._process = started = await asyncio.create_subprocess_exec(
            *self._under, str(Path(sys.executable).with_name("heia")), *words,
            env=environment, cwd=self.folder, stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
        assert started.stdout is not None
        return (await started.stdout.readline()).decode()

    async def restart(self) -> None:
        """Kill it and start it again on the same port and data."""
        await self.kill()
        await self.start()

    async def person_named(self, name: str) -> str:
        """Return the id of the sample person with this name."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.url}/chat/people") as answer:
            people = (await answer.json())["people"]
        return next(str(person["id"]) for person in people if person["name"] == name)

    async def kill(self) -> None:
        """End it at once, as a power cut would."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """Ask it to stop; return its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, sign: signal.Signals) -> int:
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(sign)
        code = await self._process.wait()
        self._process = None
        return code


def free_port() -> int:
    """Return a port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def running(started: Program) -> AsyncIterator[Program]:
    """Run the program while the block does."""
    try:
        await started.start()
        yield started
    finally:
        await started.kill()


def program(
    folder: Path,
    *,
    command: str = "serve",
    dev: bool = True,
    under: Sequence[str] = (),
    **settings: str,
) -> AbstractAsyncContextManager[Program]:
    """Run the program while the block does."""
    return running(Program(folder, command=command, dev=dev, under=under, **settings))
