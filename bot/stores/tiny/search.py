"""Search of every file of the data folder, byte by byte."""

import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Final

from bot.ports import Searched, SearchedPlace, Trace
from bot.stores.tiny import journal
from bot.stores.words import WordSearch

_STORE_FILE: Final = re.compile(r"store-[0-9]{6}\.(?:snapshot|journal)")

# What the matcher has computed from the content: gigabytes, and rebuilt from the rows at any time.
CACHE: Final = "cache"

Rows = frozenset[tuple[str, str]]


def with_files(searched: Searched, words: Collection[str], directory: Path) -> Searched:
    """Return a search of the rows together with one of every file of the data folder."""
    live = frozenset((trace.place, trace.row) for trace in searched.traces)
    files, traces = search_folder(directory, WordSearch(words), live)
    return replace(searched, store="tiny", places=searched.places + files, traces=searched.traces + traces)


def search_folder(
    directory: Path, search: WordSearch, live: Rows
) -> tuple[tuple[SearchedPlace, ...], tuple[Trace, ...]]:
    """Return the files searched, and the traces outside the rows ``live``, which were found in memory."""
    places, traces = [], []
    folders = (child for child in directory.iterdir() if child.name != CACHE)
    paths = (path for child in folders for path in ([child] if child.is_file() else child.rglob("*")))
    for path in sorted(path for path in paths if path.is_file()):
        name = path.relative_to(directory).as_posix()
        try:
            size = path.stat().st_size
        except FileNotFoundError:  # replaced by the running bot
            continue
        places.append(SearchedPlace(name=name, size_bytes=size, is_file=True))
        traces += [Trace(place=name, row="name", words=words) for words in [search.words_in(name.encode())] if words]
        if size:
            with suppress(FileNotFoundError):
                traces += _in_file(path, name, search, live)
    return tuple(places), tuple(traces)


def _in_file(path: Path, name: str, search: WordSearch, live: Rows) -> Iterator[Trace]:
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        for position, word in search.in_bytes(content):
            if not (_STORE_FILE.fullmatch(name) and _row_at(content, position) in live):
                yield Trace(place=name, row=f"byte {position}", words=(word,))


def _row_at(content: mmap, position: int) -> tuple[str, str] | None:
    """Return table and id of the row at a position; None outside."""
    start = content.rfind(b"\n", 0, position) + 1
    end = content.find(b"\n", position)
    line = content[start : len(content) if end < 0 else end + 1]
    if line.count(b"\t") < 2:
        return None
    table, id_, _ = journal.parts_of(line)
    return table.decode("ascii"), journal.id_of(id_)
