"""Sharing of the places of a result among what a request may mean."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from knowledge.software.index import ProgramHit

# Exponent of a share: below 1, so that a likely meaning leaves places to less likely ones.
TEMPER: Final = 0.5


def weight_of(spoken: Sequence[ProgramHit]) -> float:
    """Return the weight of the programs that the words themselves find, 0 to 1: that of the best."""
    return min(1.0, spoken[0].score) ** 2 if spoken else 0.0


def share_places(lists: Sequence[tuple[float, Sequence[ProgramHit]]], limit: int) -> tuple[ProgramHit, ...]:
    """Return the first programs of each list in proportion to its weight, each program once.

    A list gets places by the highest averages of its tempered weight. So of equally likely lists each has one, and a
    sure one has all. A program of several lists takes a place of each.

    Source: the method of D'Hondt, https://en.wikipedia.org/wiki/D%27Hondt_method, read 2026-11-27.
    """
    placed: dict[str, ProgramHit] = {}
    seats = [0] * len(lists)
    while len(placed) < limit:
        open_ = [at for at, (weight, hits) in enumerate(lists) if weight > 0 and seats[at] < len(hits)]
        if not open_:
            break
        at = max(open_, key=lambda number: (lists[number][0] ** TEMPER / (seats[number] + 1), -number))
        hit = lists[at][1][seats[at]]
        seats[at] += 1
        before = placed.get(hit.program.id)
        placed[hit.program.id] = hit if before is None else _better(before, hit)
    return tuple(placed.values())


def _better(one: ProgramHit, other: ProgramHit) -> ProgramHit:
    """Return a program of two lists with the greater of each score."""
    return replace(
        one,
        name=max(one.name, other.name),
        purpose=max(one.purpose, other.purpose),
        cover=max(one.cover, other.cover),
    )
