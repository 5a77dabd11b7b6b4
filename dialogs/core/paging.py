"""A page of a long list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")
PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged(Generic[T]):
    """One page of a list. ``number`` is from 1 and never beyond ``pages``; ``total`` counts the whole list."""

    items: tuple[T, ...]
    number: int
    pages: int
    total: int

    def showing(self, rows: Iterable[R]) -> "Paged[R]":
        """Return the page with a row for each item, so that only the rows of one page are made."""
        return Paged(items=tuple(rows), number=self.number, pages=self.pages, total=self.total)


def paged(items: Sequence[T], number: int, *, size: int = PAGE_SIZE) -> Paged[T]:
    """Return the page ``number`` of a list; the last one if there are fewer."""
    pages = max(1, -(-len(items) // size))
    number = min(max(1, number), pages)
    return Paged(items=tuple(items[(number - 1) * size : number * size]), number=number, pages=pages, total=len(items))
