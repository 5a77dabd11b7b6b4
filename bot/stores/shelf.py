"""Records in memory, found by id or by term."""

import sys
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.ports import Conflict, Key, RecordWrite, Stored
from bot.stores.document import from_json, record_document, stored_from


@dataclass(frozen=True, slots=True)
class Shelved:
    """A record as its JSON document, a third of the size of the decoded one and safe from whoever reads it."""

    document: bytes
    version: int
    terms: tuple[str, ...]


def last_of_each(writes: Iterable[RecordWrite]) -> list[RecordWrite]:
    """Return the last write of each record, ordered by key."""
    last = {(write.key.kind, write.key.id): write for write in writes}
    return [last[key] for key in sorted(last)]


class Shelf:
    """Records under their key, with an index from (kind, term) to ordered ids."""

    def __init__(self) -> None:
        self._records: dict[tuple[str, str], Shelved] = {}
        self._ids: dict[tuple[str, str], list[str]] = {}

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[tuple[Key, Shelved]]:
        for (kind, id_), shelved in self._records.items():
            yield Key(kind=kind, id=id_), shelved

    def get(self, key: Key) -> Stored | None:
        """Return the record, or None."""
        shelved = self._records.get((key.kind, key.id))
        return None if shelved is None else stored_from(from_json(shelved.document))

    def document(self, key: Key) -> bytes | None:
        """Return the record's JSON document, or None."""
        shelved = self._records.get((key.kind, key.id))
        return None if shelved is None else shelved.document

    def find(self, kind: str, term: str, *, after: str, limit: int | None) -> Sequence[Stored]:
        """Return records carrying ``term`` with ids after ``after``, ordered by id."""
        ids = self._ids.get((kind, term), [])
        start = bisect_right(ids, after) if after else 0
        stop = len(ids) if limit is None else start + limit
        return [stored_from(from_json(self._records[kind, id_].document)) for id_ in ids[start:stop]]

    def count(self, kind: str, term: str) -> int:
        """Return how many records carry ``term``."""
        return len(self._ids.get((kind, term), ()))

    def prepare(self, write: RecordWrite) -> Shelved | None:
        """Return what to put for ``write``, None to remove; changes nothing.

        Raises Conflict: the stored version is not the expected one; TypeError or ValueError: the body is not JSON.
        """
        old = self._records.get((write.key.kind, write.key.id))
        version = old.version if old else 0
        if write.expected is not None and write.expected != version:
            raise Conflict(write.key)
        if write.body is None:
            return None
        return Shelved(record_document(write, version + 1), version + 1, _shared(write.terms))

    def put(self, key: Key, new: Shelved | None) -> None:
        """Put the record, or remove it (None)."""
        name = (key.kind, key.id)
        old = self._records.get(name)
        before = old.terms if old else ()
        after = new.terms if new else ()
        if new is None:
            self._records.pop(name, None)
        else:
            self._records[name] = new
        if before == after:
            return
        for term in set(before) - set(after):
            ids = self._ids[key.kind, term]
            del ids[bisect_left(ids, key.id)]
            if not ids:
                del self._ids[key.kind, term]
        for term in set(after) - set(before):
            insort(self._ids.setdefault((key.kind, term), []), key.id)

    def load(self, document: bytes) -> None:
        """Take in a stored record; ``sort`` must follow the last one."""
        stored = from_json(document)
        kind, id_ = sys.intern(stored["kind"]), stored["id"]
        terms = _shared(stored["terms"])
        self._records[kind, id_] = Shelved(document, stored["version"], terms)
        for term in terms:
            self._ids.setdefault((kind, term), []).append(id_)

    def sort(self) -> None:
        """Put the index in order after loading."""
        for ids in self._ids.values():
            ids.sort()


def _shared(terms: Iterable[str]) -> tuple[str, ...]:
    # A term stands on thousands of records: one string for all of them.
    return tuple(sys.intern(term) for term in sorted(terms))
