"""The program as a fork of a process in which it is loaded: for tests of anything but its start.

It answers, dies and starts again as the one of ``tests.e2e.program``, at an eighth of the processor time.
"""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from tests.e2e.program import Program, running

ROOT = Path(__file__).parents[2]


class Fork:
    """A process of the fork server, used as one of asyncio.subprocess."""

    def __init__(self, status: socket.socket, pid: int) -> None:
        self._status = status
        self.pid = pid
        self.returncode: int | None = None

    def send_signal(self, sign: signal.Signals) -> None:
        """Send a signal, unless the process has ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, sign)

    async def wait(self) -> int:
        """Return the exit code when the process has ended."""
        if self.returncode is None:
            self.returncode = int(await asyncio.get_running_loop().sock_recv(self._status, 16))
            self._status.close()
        return self.returncode


async def fork(
    arguments: Sequence[str], *, environment: Mapping[str, str], folder: Path, output: int, errors: int
) -> Fork:
    """Run ``heia`` with these arguments."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    request = {"arguments": arguments, "environment": dict(environment), "folder": str(folder)}
    with theirs:
        socket.send_fds(_server(), [json.dumps(request).encode()], [output, errors, theirs.fileno()])
    ours.setblocking(False)
    return Fork(ours, int(await asyncio.get_running_loop().sock_recv(ours, 16)))


class ForkedProgram(Program):
    """A program that the fork server starts."""

    _output: socket.socket | None = None

    async def _first_line(self, words: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> str:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        self._output = ours  # open as long as the process may print
        with theirs:
            self._process = await fork(
                words, environment=environment, folder=self.folder, output=theirs.fileno(), errors=log.fileno()
            )
        return (await asyncio.get_running_loop().sock_recv(ours, 1000)).decode()

    async def _end(self, sign: signal.Signals) -> int:
        code = await super()._end(sign)
        if self._output is not None:
            self._output.close()
        return code


def program(
    folder: Path, *, command: str = "serve", dev: bool = True, **settings: str
) -> AbstractAsyncContextManager[Program]:
    """Run the program while the block does."""
    return running(ForkedProgram(folder, command=command, dev=dev, **settings))


async def heia(folder: Path, *words: str, **settings: str) -> tuple[int, str, str]:
    """Run a command in a program's folder; return exit code, output and errors."""
    environment = {**os.environ, "HEIA_SEMANTIC": "off", "HEIA_DATA_DIR": str(folder / "data"), **settings}
    with TemporaryFile() as output, TemporaryFile() as errors:
        process = await fork(
            words, environment=environment, folder=folder, output=output.fileno(), errors=errors.fileno()
        )
        code = await process.wait()
        output.seek(0)
        errors.seek(0)
        return code, output.read().decode(), errors.read().decode()


@cache
def _server() -> socket.socket:
    """Start the fork server of this run."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        words = [sys.executable, "-c", "from tests.e2e.fork_server import run; run()", str(theirs.fileno())]
        process = subprocess.Popen(words, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    atexit.register(process.wait)
    atexit.register(ours.close)  # called first; the server ends when nothing more can come
    return ours
