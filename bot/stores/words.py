"""Search of stored documents for whole words, such as a person's id, and for hashed runs of words."""

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from mmap import mmap
from typing import Any, Final

from bot.ports import FoundRow, RunRow
from bot.stores.document import Document
from bot.stores.memory.state import Table
from dialogs.core.word_runs import BASE, RUN, RunHasher, sentences_in

_EDGE: Final = "A-Za-z0-9_-"
_PLAIN: Final = re.compile(rf"[{_EDGE}]+")
_RUN: Final = re.compile(rb"[%b]+" % _EDGE.encode())
_FEW: Final = 8


class WordSearch:
    """Finds any of some words in the rows of a store. Raises ValueError without a word."""

    def __init__(self, words: Collection[str]) -> None:
        wanted = sorted({word for word in words if word}, key=lambda word: (-len(word), word))
        if not wanted:
            raise ValueError("nothing to search for")
        self._words = wanted
        self._pattern = re.compile(rf"(?<![{_EDGE}])(?:{'|'.join(map(re.escape, wanted))})(?![{_EDGE}])")
        self.needles: tuple[str, ...] = tuple(dict.fromkeys(form for word in wanted for form in (word, _escaped(word))))
        """Every form in which a word may stand in a document of JSON."""
        forms = b"|".join(re.escape(needle.encode("utf-8", "surrogatepass")) for needle in self.needles)
        edge = _EDGE.encode()
        # The letter of an escape, such as the n of a line break, is no part of the word after it.
        start = rb"(?:(?<![%b])|(?<=\\[bfnrt])|(?<=\\u[0-9a-fA-F]{4}))" % edge
        self._bytes = re.compile(rb"%b(?:%b)(?![%b])" % (start, forms, edge))
        self._needles = tuple(needle.encode("utf-8", "surrogatepass") for needle in self.needles)
        # Many plain words, such as hashes: one pass over a document instead of one for each word.
        many = len(wanted) > _FEW and all(_PLAIN.fullmatch(word) for word in wanted)
        self._many = frozenset(self._needles) if many else frozenset()

    def may_match(self, document: bytes) -> bool:
        """Return whether a JSON document contains a needle, so that ``matches`` is worth calling."""
        if self._many:
            # A word may follow an escape, such as the n of a line break or the u00e6 of a letter.
            runs = _RUN.findall(document)
            return any(run in self._many or run[1:] in self._many or run[5:] in self._many for run in runs)
        return any(needle in document for needle in self._needles)

    def matches(self, row_id: str, document: Mapping[str, Any]) -> bool:
        """Return whether a row contains one of the words as a whole word."""
        return self.in_text(row_id) or any(map(self.in_text, _texts(document)))

    def in_bytes(self, content: bytes | mmap) -> Iterator[tuple[int, str]]:
        """Yield position and word of each occurrence in bytes, as UTF-8 or as JSON."""
        for match in self._found_in(content):
            needle = match.group().decode("utf-8", "surrogatepass")
            yield match.start(), next((word for word in self._words if needle in {word, _escaped(word)}), needle)

    def _found_in(self, content: bytes | mmap) -> Iterator[re.Match[bytes]]:
        if len(self._needles) > 2 * _FEW:
            yield from self._bytes.finditer(content)
            return
        # The search for a fixed needle is many times faster than the pattern, which then looks at its edges.
        begins = {start for needle in self._needles for start in _starts(content, needle)}
        end = 0
        for start in sorted(begins):
            if start >= end and (match := self._bytes.match(content, start)):
                yield match
                end = match.end()

    def words_in(self, document: bytes) -> tuple[str, ...]:
        """Return the words that stand in bytes, in order."""
        return tuple(sorted({word for _, word in self.in_bytes(document)}))

    def in_text(self, text: str) -> bool:
        """Return whether a text contains one of the words as a whole word."""
        return self._pattern.search(text) is not None


def _starts(content: bytes | mmap, needle: bytes) -> Iterator[int]:
    start = content.find(needle)
    while start >= 0:
        yield start
        start = content.find(needle, start + 1)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Mapping():
            for key, part in value.items():
                yield key
                yield from _texts(part)
        case list() | tuple():
            for part in value:
                yield from _texts(part)


def _escaped(word: str) -> str:
    return json.dumps(word)[1:-1]


# Search of stored documents for hashed runs of words.

RUN_TABLES: Final = (Table.RECORD, Table.CONTENT)
RUN_PAGE: Final = 500
# Between two texts: no word has this hash, so no run crosses it.
_END: Final = 0


class RunSearch:
    """Finds rows with any of some runs. A page of rows is looked through at once, and row by row only if it has one."""

    def __init__(self, key: str, runs: frozenset[int]) -> None:
        import numpy as np  # noqa: PLC0415 - 12 MB that only erasures need

        self._hasher = RunHasher(key)
        self._runs = runs
        self._sorted = np.array(sorted(runs), dtype=np.uint64)

    def matching_rows(self, table: Table, rows: Iterable[tuple[str, Document]]) -> Iterator[RunRow]:
        """Yield the rows with any of the runs."""
        page = [(id_, document, list(sentences_in(document))) for id_, document in rows]
        if not self._runs or not self._has_any([text for _, _, texts in page for text in texts]):
            return
        for id_, document, texts in page:
            if shared := self._hasher.runs_in(texts) & self._runs:
                yield RunRow(row=FoundRow(table=table, id=id_, document=document), runs=frozenset(shared))

    def _has_any(self, texts: Sequence[str]) -> bool:
        import numpy as np  # noqa: PLC0415 - see __init__

        hashes: list[int] = []
        for text in texts:
            words = self._hasher.words(text)
            if 1 < len(words) < RUN and not self._runs.isdisjoint(self._hasher.runs(text)):
                return True
            hashes += words
            hashes.append(_END)
        values = np.array(hashes, dtype=np.uint64)
        run = np.zeros(max(0, len(values) - RUN + 1), dtype=np.uint64)
        for offset in range(RUN):
            run = run * np.uint64(BASE) + values[offset : offset + len(run)]
        at = np.searchsorted(self._sorted, run)
        return bool(np.any(self._sorted[np.minimum(at, len(self._sorted) - 1)] == run))
