"""A fork server: a process with the program loaded, which forks one that runs ``heia`` for each request.

It reads requests from a socket: arguments, environment and folder as JSON, with the file descriptors of output, of
errors, and of a socket for the process id and, at its end, the exit code.
"""

import gc
import json
import os
import signal
import socket
import sys
import time
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Final

from bot.app.cli import COMMANDS, main
from tests.learned import sample_built_once, sample_knowledge

HEIA: Final = str(Path(sys.executable).with_name("heia"))
LARGEST_REQUEST: Final = 200_000


def serve(requests: socket.socket) -> bool:
    """Fork for each request; return True in a process that is to run ``heia``, False when no more come."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers that end leave nothing behind
    while True:
        request, passed, _, _ = socket.recv_fds(requests, LARGEST_REQUEST, 3)
        if not request:
            return False
        if os.fork() == 0:
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return keep(request, *passed)
        for file in passed:
            os.close(file)


def keep(request: bytes, output: int, errors: int, status: int) -> bool:
    """Fork the process that is to run, tell when it ends, and end as well."""
    with closing(socket.socket(fileno=status)) as told:
        process = os.fork()
        if process:
            os.close(output)
            os.close(errors)
            told.send(str(process).encode())
            _, ended = os.waitpid(process, 0)
            told.send(str(os.waitstatus_to_exitcode(ended)).encode())
            os._exit(0)
    become(output, errors, **json.loads(request))
    return True


def become(output: int, errors: int, *, arguments: list[str], environment: dict[str, str], folder: str) -> None:
    """Make this process what a shell would have started."""
    os.dup2(output, 1)
    os.dup2(errors, 2)
    os.close(output)
    os.close(errors)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = [HEIA, *arguments]


def load() -> None:
    """Load every command, and the sample content."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    for module in ("bot.app.server", *{module for module, _ in COMMANDS.values()}):
        import_module(module)
    sample_knowledge()
    gc.collect()
    gc.freeze()


def run() -> None:
    """Load, and serve until the tests end."""
    sys.path[0] = str(Path(HEIA).parent)
    with sample_built_once():
        load()
        if serve(socket.socket(fileno=int(sys.argv[1]))):
            sys.exit(main())
