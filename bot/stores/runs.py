"""Search of stored documents for hashed runs of words."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from bot.ports import FoundRow, RunRow
from bot.stores.document import Document
from bot.stores.memory.state import Table
from dialogs.core.origin import RUN
from dialogs.core.word_runs import BASE, RunHasher, sentences_in

RUN_TABLES: Final = (Table.RECORD, Table.CONTENT)
RUN_PAGE: Final = 500
# Between two texts: no word has this hash, so no run crosses it.
_END: Final = 0


class RunSearch:
    """Finds rows with any of some runs. A page of rows is looked through at once, and row by row only if it has one."""

    def __init__(self, key: str, runs: frozenset[int]) -> None:
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
