"""What a process and its children do outside themselves, as the kernel sees it: native code and threads included.

strace records each system call that can reach another machine or change a file. Nothing is blocked.
"""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.needs import STRACE, found, sentence

PATIENCE_SECONDS = 30
PACE_SECONDS = 0.05
CHANGING = (
    "open", "openat", "openat2", "creat", "truncate", "mkdir", "mkdirat", "mknod", "mknodat", "rename", "renameat",
    "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir",
)  # fmt: skip
SENDING = ("connect", "sendto", "sendmsg", "sendmmsg")
OPENING = frozenset({"open", "openat", "openat2"})
FOR_WRITING = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")
NO_FILE = "/dev/null"
SEEN_FAMILIES = frozenset({"AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK"})
"""Families seen by address when used, and the kernel's own."""

CALL = re.compile(r"^\d+ +(?:(\w+)\(|<\.\.\. (\w+) resumed>)(.*)$")
TEXT = r'"((?:\\x[0-9a-f]{2})*)"'
FILE = re.compile(rf"(?:(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{{2}})*)>, )?{TEXT}")
PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
ADDRESS = re.compile(rf"inet_(?:addr\(|pton\(AF_INET6, ){TEXT}")
LOCAL = re.compile(rf"sun_path=@?{TEXT}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """``names`` asked of a resolver, ``destinations`` called as host:port or path, ``changed`` files and folders.

    ``unseen`` are ways out whose traffic strace cannot show: io_uring and unusual socket families.
    """

    names: frozenset[str]
    destinations: frozenset[str]
    changed: frozenset[Path]
    unseen: frozenset[str]

    def changed_outside(self, folder: Path) -> set[Path]:
        """Return what was changed outside ``folder``."""
        return {path for path in self.changed if not path.is_relative_to(folder)}


class Recorder:
    """Records one program, started with ``command`` before its own words, in the working folder ``folder``."""

    def __init__(self, folder: Path) -> None:
        if found(STRACE) is None:
            pytest.fail(sentence([STRACE]), pytrace=False)
        self._folder = folder
        self._file = folder / "system-calls"

    @property
    def command(self) -> tuple[str, ...]:
        """What stands before the program's own words; the program keeps its process id and gets its signals."""
        traced = ",".join(("%network", "?io_uring_setup", *(f"?{call}" for call in CHANGING)))
        return (
            STRACE, "-D", "-f", "-q", "-y", "-xx", "-s", "8192", "-e", "signal=none", "-e", f"trace={traced}",
            "--seccomp-bpf", "-o", str(self._file),
        )  # fmt: skip

    def _read(self) -> Recording:
        names, destinations, changed, unseen = set[str](), set[str](), set[Path](), set[str]()
        for line in self._file.read_text("ascii").splitlines():
            if not (entry := CALL.match(line)):
                continue
            call, words = entry[1] or entry[2], entry[3]
            family = words.split(",")[0]
            if call in SENDING:
                names.update(_names(words))
                destinations.update(_destinations(words))
            elif call in CHANGING and (call not in OPENING or FOR_WRITING.search(words)):
                changed.update(self._folder / path for path in _paths(words))
            elif call == "io_uring_setup" or (entry[1] == "socket" and family not in SEEN_FAMILIES):
                unseen.add(f"{call} {family}")
        return Recording(
            names=frozenset(names),
            destinations=frozenset(destinations),
            changed=frozenset(changed - {Path(NO_FILE)}),
            unseen=frozenset(unseen),
        )

    async def whole(self, pid: int) -> Recording:
        """Return everything recorded, once the process ``pid`` has ended and strace has written its last line."""
        ended = re.compile(rf"^{pid} +\+\+\+ ", re.MULTILINE)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                if self._file.exists() and ended.search(self._file.read_text("ascii")):
                    return self._read()
                await asyncio.sleep(PACE_SECONDS)


def _text(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


def _paths(words: str) -> Iterator[Path]:
    for folder, name in FILE.findall(words):
        yield Path(_text(folder).decode()) / _text(name).decode()


def _destinations(words: str) -> Iterator[str]:
    port, address, local = PORT.search(words), ADDRESS.search(words), LOCAL.search(words)
    if port and address:
        yield f"{_text(address[1]).decode()}:{port[1]}"
    elif local:
        yield _text(local[1]).decode()


def _names(words: str) -> Iterator[str]:
    for escaped in re.findall(TEXT, words):
        if (name := _question(_text(escaped))) is not None:
            yield name


def _question(packet: bytes) -> str | None:
    """Return the name a DNS query asks for; None for anything else."""
    if len(packet) < 17 or packet[2] & 0xF8 or packet[4:10] != b"\0\1\0\0\0\0":
        return None
    labels, at = [], 12
    while at < len(packet) and (length := packet[at]):
        labels.append(packet[at + 1 : at + 1 + length].decode("ascii", "replace"))
        at += 1 + length
    return ".".join(labels) if packet[at + 3 : at + 5] == b"\0\1" else None
