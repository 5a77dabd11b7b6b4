"""File formats of the tiny store: a snapshot, and journals of later commits.

Both are lines of text: ``table TAB id TAB document``; an empty document removes the row. Id and document are JSON,
which contains no raw tab or line break. A journal groups lines in batches with length and checksum; a batch is valid
only as a whole. A snapshot ends with its number of rows and checksum, and is renamed into place when it is complete.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from bot.ports import StoreRefused

FORMAT = "heia-store"
VERSION = 1

_BATCH = re.compile(rb"batch ([0-9a-f]{8}) ([0-9a-f]{8})\n")
_BATCH_BYTES = len(b"batch 00000000 00000000\n")
_TABS = 2
_END = re.compile(rb"end ([0-9]+) ([0-9a-f]{8})\n")


class Batch(NamedTuple):
    """Journal lines that became durable together, with their offsets."""

    lines: Sequence[bytes]
    begin_bytes: int
    end_bytes: int


def snapshot_path(directory: Path, generation: int) -> Path:
    """Return the file with all rows before the journal of this generation."""
    return directory / f"store-{generation:06d}.snapshot"


def journal_path(directory: Path, generation: int) -> Path:
    """Return the file of commits after the snapshot of this generation."""
    return directory / f"store-{generation:06d}.journal"


def generations(directory: Path, suffix: str) -> list[int]:
    """Return the generations with a file of this suffix, lowest first."""
    names = (re.fullmatch(rf"store-([0-9]{{6}})\.{suffix}", path.name) for path in directory.iterdir())
    return sorted(int(name[1]) for name in names if name)


def envelope(kind: str, generation: int) -> bytes:
    """Return the first line of a file."""
    head = {"format": FORMAT, "version": VERSION, "file": kind, "generation": generation}
    return json.dumps(head).encode() + b"\n"


def line_of(table: str, id_: str, document: bytes | None) -> bytes:
    """Return a row as a line."""
    return b"%b\t%b\t%b\n" % (table.encode("ascii"), json.dumps(id_).encode("ascii"), document or b"")


def parts_of(line: bytes) -> tuple[bytes, bytes, bytes]:
    """Return table, id (JSON) and document of a line; an empty document removes the row."""
    table, id_, document = line[:-1].split(b"\t", _TABS)
    return table, id_, document


def id_of(id_: bytes) -> str:
    """Return the id from its JSON, the inverse of ``line_of``."""
    return str(json.loads(id_)) if b"\\" in id_ else id_[1:-1].decode("ascii")


def batch_of(lines: Iterable[bytes]) -> bytes:
    payload = b"".join(lines)
    return b"batch %08x %08x\n" % (len(payload), crc32(payload)) + payload


def snapshot_end(rows: int, checksum: int) -> bytes:
    """Return the last line of a snapshot; ``checksum`` covers the rest."""
    return b"end %d %08x\n" % (rows, checksum)


def read_snapshot(path: Path, generation: int) -> Iterator[bytes]:
    """Yield the lines of a snapshot. Raises StoreRefused: unknown version, damaged or incomplete."""
    rows, checksum, offset = 0, 0, 0
    with path.open("rb") as file:
        for line in file:
            if offset == 0:
                _check_envelope(path, line, "snapshot", generation)
            elif line.startswith(b"end "):
                end = _END.fullmatch(line)
                if end is None or int(end[1]) != rows or int(end[2], 16) != checksum or file.read(1):
                    raise _damaged(path, offset)
                return
            elif line.count(b"\t", 0, -1) < _TABS or not line.endswith(b"\n"):
                raise _damaged(path, offset)
            else:
                rows += 1
                yield line
            checksum = crc32(line, checksum)
            offset += len(line)
    raise _damaged(path, offset)


def read_journal(path: Path, generation: int, *, last: bool) -> Iterator[Batch]:
    """Yield the batches of a journal; the first one is empty and ends with the header line.

    An incomplete batch at the very end of the ``last`` journal was being written when the process died. It was never
    acknowledged and is ignored; a last journal without a complete header has no batches. Raises StoreRefused: unknown
    version, or damage anywhere else.
    """
    head = envelope("journal", generation)
    with path.open("rb") as file:
        first = file.readline()
        # The process died while it began this journal, before anything in it was acknowledged.
        if last and len(first) < len(head) and head.startswith(first):
            return
        if last and not first.strip(b"\0"):
            return  # a power failure after the file got its size but before its data was written
        _check_envelope(path, first, "journal", generation)
        yield Batch((), len(first), len(first))
        with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
            offset = len(first)
            while offset < len(data):
                payload = _payload(data, offset)
                if payload is None:
                    # A torn end is normal after a kill. Whole batches behind it were acknowledged, so that is damage.
                    if not last or _whole_batch_after(data, offset):
                        raise _damaged(path, offset)
                    return
                lines = payload.splitlines(keepends=True)
                if not all(line.count(b"\t", 0, -1) >= _TABS for line in lines):
                    raise _damaged(path, offset)
                begin, offset = offset + _BATCH_BYTES, offset + _BATCH_BYTES + len(payload)
                yield Batch(lines, begin, offset)


def sync_directory(directory: Path) -> None:
    """Make created, renamed and removed names durable."""
    # A synced file can still lose its name in a power failure: names belong to the directory.
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _payload(data: mmap, offset: int) -> bytes | None:
    head = _BATCH.match(data, offset)
    if head is None:
        return None
    payload = data[head.end() : head.end() + int(head[1], 16)]
    return payload if len(payload) == int(head[1], 16) and crc32(payload) == int(head[2], 16) else None


def _whole_batch_after(data: mmap, offset: int) -> bool:
    # Only a batch header starts with this word: every other line starts with the name of a table.
    at = data.find(b"\nbatch ", offset)
    while at >= 0:
        if _payload(data, at + 1) is not None:
            return True
        at = data.find(b"\nbatch ", at + 1)
    return False


def _check_envelope(path: Path, line: bytes, kind: str, generation: int) -> None:
    try:
        head = json.loads(line)
        known = head["format"] == FORMAT and head["file"] == kind and head["generation"] == generation
        version = head["version"]
    except (ValueError, KeyError, TypeError):
        raise _damaged(path, 0) from None
    if version != VERSION:
        raise StoreRefused(
            f"{path} has version {version!r} of the store format; this program knows {VERSION}. "
            "Start the program version that wrote it. Nothing was changed."
        )
    if not known:
        raise _damaged(path, 0)


def _damaged(path: Path, offset: int) -> StoreRefused:
    return StoreRefused(
        f"{path} is damaged at byte {offset}. Restore the data directory from a backup, or move it aside to start "
        "empty. Nothing was changed."
    )
