"""Search all rows of a store for words, such as a person's id."""

import json
import re
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, runtime_checkable

from bot.stores.memory.state import Table

PAGE: Final = 1000
_EDGE: Final = "A-Za-z0-9_-"


@runtime_checkable
class Readable(Protocol):
    """A store that can be read row by row."""

    async def read_rows(self, table: Table, *, after: str, limit: int) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Return rows ordered by id, after ``after``."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One row that contains a searched word.

    Attributes:
        row_id: the id of the row.
        document: the row as stored.
    """

    table: Table
    row_id: str
    document: Mapping[str, Any]


def pattern_of(words: Collection[str]) -> re.Pattern[str]:
    """Return the pattern that finds any of ``words`` as a whole word. Raises ValueError without a word."""
    if not any(words):
        raise ValueError("nothing to search for")
    listed = "|".join(sorted((re.escape(word) for word in words if word), key=len, reverse=True))
    return re.compile(rf"(?<![{_EDGE}])(?:{listed})(?![{_EDGE}])")


async def mentions(store: Readable, words: Collection[str]) -> AsyncIterator[Mention]:
    """Yield every row with any of ``words`` in its id or document, table by table."""
    pattern = pattern_of(words)
    for table in Table:
        after = ""
        while rows := await store.read_rows(table, after=after, limit=PAGE):
            for row_id, document in rows:
                if pattern.search(row_id) or pattern.search(json.dumps(document, ensure_ascii=False)):
                    yield Mention(table=table, row_id=row_id, document=document)
            after = rows[-1][0]
