"""Records in memory, found by id or by term."""

import sys
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.ports import Conflict, FindRead, Key, RecordRead, RecordWrite, Stored
from bot.stores.document import from_json, record_document, stored_from

_BODY = b',"body":'


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """A record to put or remove, with its old and new terms.

    ``document`` None removes it.
    """

    key: Key
    document: bytes | None
    before: frozenset[str]
    after: frozenset[str]


def stored_of(document: bytes) -> Stored:
    """Return the record of a JSON document."""
    return stored_from(from_json(document))


def last_of_each(writes: Iterable[RecordWrite]) -> list[RecordWrite]:
    """Return the last write of each record, ordered by key."""
    last = {(write.key.kind, write.key.id): write for write in writes}
    # In key order, so that concurrent commits in a database lock rows in the same order.
    return [last[key] for key in sorted(last)]


class RecordIndex:
    """Records by key, with an index from (kind, term) to ordered ids.

    A record is stored as its JSON document: a third of the size of the decoded one, and callers cannot change it.
    """

    def __init__(self) -> None:
        self._records: dict[str, dict[str, bytes]] = {}
        # Most terms belong to only one record: store its id alone, without a list.
        self._ids: dict[str, dict[str, str | list[str]]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._records.values()))

    def __iter__(self) -> Iterator[Key]:
        for kind, records in self._records.items():
            for id_ in records:
                yield Key(kind=kind, id=id_)

    def row_ids(self) -> list[str]:
        """Return the row id of every record. Without a key for each, which takes ten times as long."""
        return [f"{kind}/{id_}" for kind, records in self._records.items() for id_ in records]

    def ids(self, kind: str) -> Collection[str]:
        return self._records.get(kind, {}).keys()

    def get(self, key: Key) -> Stored | None:
        document = self.document(key)
        return None if document is None else stored_of(document)

    def document(self, key: Key) -> bytes | None:
        """Return the record's JSON document, or None."""
        return self._records.get(key.kind, {}).get(key.id)

    def find(self, kind: str, term: str, *, after: str, limit: int | None) -> Sequence[Stored]:
        """Return records with ``term`` and an id above ``after``, ordered by id."""
        return list(map(stored_of, self.documents(kind, term, after=after, limit=limit)))

    def documents(self, kind: str, term: str, *, after: str, limit: int | None) -> list[bytes]:
        """Return the JSON documents of the records that ``find`` returns."""
        ids = self._ids_with(kind, term)
        start = bisect_right(ids, after) if after else 0
        stop = len(ids) if limit is None else start + limit
        return [self._records[kind][id_] for id_ in ids[start:stop]]

    def find_any(self, kind: str, terms: Iterable[str]) -> Sequence[Stored]:
        """Return records with any of ``terms``, ordered by id."""
        return list(map(stored_of, self.documents_of_any(kind, terms)))

    def documents_of_any(self, kind: str, terms: Iterable[str]) -> list[bytes]:
        """Return the JSON documents of the records that ``find_any`` returns."""
        ids = {id_ for term in terms for id_ in self._ids_with(kind, term)}
        return [self._records[kind][id_] for id_ in sorted(ids)]

    def count(self, kind: str, term: str) -> int:
        return len(self._ids_with(kind, term))

    def prepare(self, write: RecordWrite) -> RecordChange:
        """Return the change for ``write`` without applying it.

        Raises Conflict: the stored version is not the expected one; TypeError or ValueError: the body is not JSON.
        """
        old = self.document(write.key)
        head = {} if old is None else _head(old)
        version = head.get("version", 0)
        if write.expected is not None and write.expected != version:
            raise Conflict(write.key)
        return RecordChange(
            key=write.key,
            document=None if write.body is None else record_document(write, version + 1),
            before=frozenset(head.get("terms", ())),
            after=frozenset() if write.body is None else frozenset(write.terms),
        )

    def check(self, reads: Iterable[RecordRead], finds: Iterable[FindRead]) -> None:
        """Raise Conflict if a record has changed since it was read, or another one is found."""
        for read in reads:
            old = self.document(read.key)
            if read.version != (0 if old is None else _head(old).get("version", 0)):
                raise Conflict(read.key)
        for find in finds:
            for id_ in self._ids_with(find.kind, find.term):
                if id_ not in find.ids:
                    raise Conflict(Key(kind=find.kind, id=id_))

    def put(self, change: RecordChange) -> None:
        """Apply a change from ``prepare``."""
        kind, id_ = change.key.kind, change.key.id
        records = self._records.setdefault(kind, {})
        if change.document is None:
            records.pop(id_, None)
        else:
            records[id_] = change.document
        index = self._ids.setdefault(kind, {})
        for term in change.before - change.after:
            ids = index[term]
            if isinstance(ids, str) or len(ids) == 1:
                del index[term]
            else:
                del ids[bisect_left(ids, id_)]
        for term in change.after - change.before:
            _add(index, term, id_, insort)

    def restore(self, key: Key, document: bytes | None) -> None:
        """Restore an earlier record; None removes it."""
        now = self.document(key)
        before, after = (frozenset(_head(version)["terms"]) if version else frozenset() for version in (now, document))
        self.put(RecordChange(key=key, document=document, before=before, after=after))

    def load(self, document: bytes) -> None:
        """Add a stored record; call ``sort`` after the last one."""
        stored = _head(document)
        kind, id_ = sys.intern(stored["kind"]), stored["id"]
        self._records.setdefault(kind, {})[id_] = document
        index = self._ids.setdefault(kind, {})
        for term in stored["terms"]:
            _add(index, term, id_, list.append)

    def sort(self) -> None:
        """Sort the index after loading."""
        for index in self._ids.values():
            for ids in index.values():
                if not isinstance(ids, str):
                    ids.sort()

    def _ids_with(self, kind: str, term: str) -> list[str]:
        ids = self._ids.get(kind, {}).get(term, [])
        return [ids] if isinstance(ids, str) else ids


def _add(index: dict[str, str | list[str]], term: str, id_: str, add: Callable[[list[str], str], None]) -> None:
    ids = index.get(term)
    if ids is None:
        index[term] = id_
        return
    if isinstance(ids, str):
        ids = index[term] = [ids]
    add(ids, id_)


def _head(document: bytes) -> dict[str, Any]:
    """Return a record without its body.

    The body is most of the document and its last field.

    The search is safe: in JSON the bytes can only be a key, because a quotation mark in a string is escaped.
    """
    end = document.find(_BODY)
    head: dict[str, Any] = from_json(document if end < 0 else document[:end] + b"}")
    return head if "terms" in head and "version" in head else from_json(document)
