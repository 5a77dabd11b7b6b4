"""Compaction: a new snapshot from the old one and its journals.

It reads the files, not the memory.

A row in a journal overrides the row in the snapshot, so it is enough to remember each changed row's last position in
the journals.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from bot.stores.tiny import journal

_PIECE_BYTES = 256 * 1024


class _Place(NamedTuple):
    """Position of a line: file descriptor, offset and length."""

    descriptor: int
    begin_bytes: int
    length_bytes: int


def pieces(directory: Path, *, base: int, journals: Sequence[int], generation: int) -> Iterator[bytes]:
    """Yield the snapshot of ``generation``: snapshot ``base`` (0: none) with the changes of ``journals``.

    A piece is at most about 256 KB; it is empty after a step that only read. Memory use: the names of changed rows.
    Raises OSError; StoreRefused: a file is damaged.
    """
    with ExitStack() as files:
        places: dict[bytes, _Place | None] = {}
        for number in journals:
            descriptor = os.open(journal.journal_path(directory, number), os.O_RDONLY | os.O_CLOEXEC)
            files.callback(os.close, descriptor)
            for batch in journal.read_journal(journal.journal_path(directory, number), number, last=False):
                begin = batch.begin_bytes
                for line in batch.lines:
                    name, removed = _row_of(line)
                    places[name] = None if removed else _Place(descriptor, begin, len(line))
                    begin += len(line)
                yield b""
        yield from _whole(_lines(directory, base, places), generation)


def _lines(directory: Path, base: int, places: dict[bytes, _Place | None]) -> Iterator[bytes]:
    if base:
        for line in journal.read_snapshot(journal.snapshot_path(directory, base), base):
            if _row_of(line)[0] not in places:
                yield line
    for place in places.values():
        if place is not None:
            yield os.pread(place.descriptor, place.length_bytes, place.begin_bytes)


def _whole(lines: Iterator[bytes], generation: int) -> Iterator[bytes]:
    checksum, count = 0, 0
    piece = bytearray(journal.envelope("snapshot", generation))
    for line in lines:
        piece += line
        count += 1
        if len(piece) >= _PIECE_BYTES:
            checksum = crc32(piece, checksum)
            yield bytes(piece)
            piece.clear()
    checksum = crc32(piece, checksum)
    yield bytes(piece) + journal.snapshot_end(count, checksum)


def _row_of(line: bytes) -> tuple[bytes, bool]:
    """Return a line's table and id, and whether it removes the row."""
    end = line.index(b"\t", line.index(b"\t") + 1) + 1
    return line[:end], len(line) == end + 1
