"""The file of signed statements: one a line, appended, shared by the processes of one machine."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.audit.statements import SignedStatement, StatementKind, replace_file, sync_folder
from bot.ports import AuditPoint

HEADS_FILE: Final = "audit-heads.jsonl"
_BEGINNING: Final = b'{"kind": "'
_TAIL_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class StatementLog:
    """Appends and reads statements. Every method may block on the disk and raises OSError."""

    path: Path

    def append(self, statement: SignedStatement) -> None:
        """Add a statement durably, or leave the file as it was. A torn last line, of a crash, is removed first."""
        with self._open() as descriptor:
            self._append(descriptor, statement)

    def append_head(self, statement: SignedStatement) -> bool:
        """Add a head unless another process has added the same; return whether it was added."""
        with self._open() as descriptor:
            last = _last_head(_tail(descriptor))
            if last is not None and last.point == statement.point:
                return False
            self._append(descriptor, statement)
            return True

    def last_head(self) -> SignedStatement | None:
        """Return the newest head; None without one."""
        try:
            with self.path.open("rb") as file:
                return _last_head(_tail(file.fileno())) or _last_head(file.read())
        except FileNotFoundError:
            return None

    def drop_heads(self, point: AuditPoint) -> None:
        """Drop the heads before a checkpoint, which no entry can be compared with any more."""
        with self._open() as descriptor:
            size = os.fstat(descriptor).st_size
            lines = os.pread(descriptor, size, 0).splitlines(keepends=True)
            kept = [line for line in lines if not _is_before(line, point)]
            if len(kept) < len(lines):
                replace_file(self.path, b"".join(kept).decode("utf-8", "replace"))

    @contextmanager
    def _open(self) -> Iterator[int]:
        """Yield the file's descriptor, locked. A file replaced meanwhile is opened again."""
        while True:
            created = not self.path.exists()
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                with suppress(FileNotFoundError):
                    if os.fstat(descriptor).st_ino == self.path.stat().st_ino:
                        if created:
                            sync_folder(self.path.parent)
                        yield descriptor
                        return
            finally:
                os.close(descriptor)

    def _append(self, descriptor: int, statement: SignedStatement) -> None:
        size = os.fstat(descriptor).st_size
        torn = _tail(descriptor).rpartition(b"\n")[2]
        if not torn.startswith(_BEGINNING[: len(torn)]):
            raise OSError(errno.EINVAL, "it is no file of signed heads", str(self.path))  # set to some other file
        whole = size - len(torn)
        try:
            if whole < size:
                os.ftruncate(descriptor, whole)
            line = statement.line().encode("ascii")
            while line:
                line = line[os.write(descriptor, line) :]
            os.fsync(descriptor)
        except OSError:
            # If this fails too, the next append removes the torn line.
            with suppress(OSError):
                os.ftruncate(descriptor, whole)
            raise


def _tail(descriptor: int) -> bytes:
    size = os.fstat(descriptor).st_size
    return os.pread(descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))


def _last_head(data: bytes) -> SignedStatement | None:
    """Return the last whole line that is a head."""
    for line in reversed(data.split(b"\n")[:-1]):
        with suppress(ValueError):
            statement = SignedStatement.parse(line)
            if statement.kind is StatementKind.HEAD:
                return statement
    return None


def _is_before(line: bytes, point: AuditPoint) -> bool:
    with suppress(ValueError):
        statement = SignedStatement.parse(line)
        return statement.kind is StatementKind.HEAD and statement.point.number < point.number
    return False
