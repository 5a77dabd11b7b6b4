"""Links of the audit log in memory, in the order of their numbers."""

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from bot.ports import Key, RecordWrite, Stored
from bot.ports.audit import AUDIT_FORMAT, AUDIT_KIND, AuditPoint, AuditRow, audit_content, audit_hash
from bot.stores.document import Document, from_json, to_json


def new_entries(writes: Sequence[RecordWrite]) -> list[tuple[str, str]]:
    """Return ids and canonical texts of a commit's audit entries in its order, the last write of each.

    Raises ValueError for a removal: the audit log is append-only; TypeError or ValueError: not JSON.
    """
    entries = {write.key.id: write for write in writes if write.key.kind == AUDIT_KIND}
    if any(write.body is None for write in entries.values()):
        raise ValueError("audit entries are never removed one by one")
    return [(id_, audit_content(write.schema, write.body or {})) for id_, write in entries.items()]


def never_replaced(write: RecordWrite) -> RecordWrite:
    """Return the write; that of an audit entry must not find a record."""
    return replace(write, expected=0) if write.key.kind == AUDIT_KIND else write


def in_order(entries: Iterable[Stored]) -> list[Stored]:
    """Return unlinked entries in the order in which they are linked: by time, then id."""
    return sorted(entries, key=lambda entry: (datetime.fromisoformat(entry.body["at"]), entry.key.id))


def link_row_id(number: int) -> str:
    """Return the id of a link's row. Ids sort like the numbers."""
    return f"{number:012d}"


class AuditChain:
    """Links by number, as JSON documents: ``number``, ``id``, ``format``, ``previous`` and ``hash``."""

    def __init__(self) -> None:
        self._documents: dict[int, bytes] = {}
        self._numbers: list[int] = []

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    @property
    def head(self) -> AuditPoint:
        """The last link."""
        if not self._numbers:
            return AuditPoint()
        last = self.link(self._numbers[-1])
        return AuditPoint(number=last.number, hash=last.hash)

    def document(self, number: int) -> bytes | None:
        """Return a link's document, or None."""
        return self._documents.get(number)

    def next_link(self, id_: str, content: str) -> tuple[int, bytes]:
        """Return number and document of a link that would follow the last one."""
        before = self.head
        number = before.number + 1
        database = {
            "number": number,
            "id": id_,
            "format": AUDIT_FORMAT,
            "previous": before.hash,
            "hash": audit_hash(number, before.hash, content),
        }
        return number, to_json(database)

    def put(self, number: int, document: bytes | None) -> None:
        """Put a link, or remove it (None)."""
        known = number in self._documents
        if document is None:
            if known:
                del self._documents[number]
                self._numbers.remove(number)
            return
        self._documents[number] = document
        if known:
            return
        if self._numbers and number < self._numbers[-1]:
            insort(self._numbers, number)
        else:
            self._numbers.append(number)

    def up_to(self, number: int) -> list[int]:
        """Return the numbers up to ``number``, without the last link of all: the chain needs one to go on from."""
        return self._numbers[: min(bisect_right(self._numbers, number), len(self._numbers) - 1)]

    def links(self, *, after: int, limit: int) -> Sequence[AuditRow]:
        """Return links after a number, in order, without their entries."""
        start = bisect_right(self._numbers, after)
        return [self.link(number) for number in self._numbers[start : start + limit]]

    def ids(self) -> set[str]:
        """Return the ids of all linked entries."""
        return {self.link(number).id for number in self._numbers}

    def link(self, number: int) -> AuditRow:
        """Return a link without its entry."""
        return link_from(number, from_json(self._documents[number]))


def link_from(number: int, document: Document) -> AuditRow:
    """Return the link of a document, also of a damaged one: the check of the log then names it."""
    id_, previous, hash_ = (str(document.get(name, "")) for name in ("id", "previous", "hash"))
    form = document.get("format")
    return AuditRow(
        number=number,
        id=id_,
        format=form if isinstance(form, int) else 0,
        previous=previous,
        hash=hash_,
        schema=None,
        body=None,
    )


def entry_key(id_: str) -> Key:
    """Return the key of an audit entry's record."""
    return Key(kind=AUDIT_KIND, id=id_)
