"""Findings made small: fewer inputs, fewer pieces, fewer values, as long as the same fault comes back."""

import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

from tests.fuzz.machine import Breach
from tests.fuzz.rig import open_rig
from tests.fuzz.run import Finding, check, play
from tests.fuzz.surface import Case, Surface
from tests.fuzz.surfaces import SURFACES

T = TypeVar("T")
MAX_TRIES: Final = 150
BY_NAME: Final[dict[str, Surface]] = {surface.name: surface for surface in SURFACES}
Cases = Sequence[tuple[str, Case]]


async def replay(cases: Cases, *, until: str | None = None) -> list[Breach]:
    """Play cases one after the other on fresh applications; return what went wrong, up to the kind ``until``."""
    found: list[Breach] = []
    with TemporaryDirectory() as folder:
        async with open_rig(Path(folder), "replay") as rig:
            for name, case in cases:
                found += await play(rig, BY_NAME[name], [case])
                if any(breach.kind == until for breach in found):
                    return found
            return found + await check(rig)


async def minimise(finding: Finding) -> Finding | None:
    """Return the smallest cases found that break the same promise; None when it does not come back."""
    left = MAX_TRIES

    async def breaks(cases: Cases) -> bool:
        nonlocal left
        left -= 1
        if left < 0 or not cases:
            return False
        kind = finding.breach.kind
        return any(breach.kind == kind for breach in await replay(cases, until=kind))

    if not await breaks(finding.cases):
        return None
    cases = list(finding.cases)
    if len(cases) > 1:
        cases = await smaller(cases, breaks)
    for at, (name, case) in enumerate(cases):
        shrunk = list(case)
        for place in range(len(shrunk)):
            shrunk[place] = await _smaller_piece(shrunk[place], _in_place(cases, at, place, breaks))
            cases[at] = (name, tuple(shrunk))
    return Finding(breach=finding.breach, cases=tuple(cases))


def _in_place(
    cases: list[tuple[str, Case]], at: int, place: int, breaks: Callable[[Cases], Awaitable[bool]]
) -> Callable[[bytes], Awaitable[bool]]:
    """Return what tells whether the cases still break with another piece there."""

    async def still(piece: bytes) -> bool:
        name, case = cases[at]
        tried = (name, (*case[:place], piece, *case[place + 1 :]))
        return await breaks([*cases[:at], tried, *cases[at + 1 :]])

    return still


async def smaller(items: list[T], breaks: Callable[[list[T]], Awaitable[bool]]) -> list[T]:
    """Return fewer items that still break (delta debugging: leave out halves, then quarters, and so on)."""
    size = max(1, len(items) // 2)
    while items:
        at, shrunk = 0, False
        while at < len(items) and len(items) > 1:
            fewer = items[:at] + items[at + size :]
            if await breaks(fewer):
                items, shrunk = fewer, True
            else:
                at += size
        if size == 1 and not shrunk:
            return items
        size = max(1, size // 2)
    return items


async def _smaller_piece(piece: bytes, breaks: Callable[[bytes], Awaitable[bool]]) -> bytes:
    try:
        value = json.loads(piece)
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict | list):
        for simpler in _simpler(value):
            raw = json.dumps(simpler()).encode()
            if not await breaks(raw):
                simpler(undo=True)
        piece_of_json = json.dumps(value).encode()
        return piece_of_json if await breaks(piece_of_json) else piece
    if not 1 < len(piece) < 20_000:
        return piece

    async def still(letters: list[int]) -> bool:
        return await breaks(bytes(letters))

    return bytes(await smaller(list(piece), still))


class _LeaveOut:
    """Leaves a member out of a value in place, and puts it back."""

    def __init__(self, root: Any, holder: Any, key: Any) -> None:
        self._root, self._holder, self._key = root, holder, key
        self._value: Any = None

    def __call__(self, *, undo: bool = False) -> Any:
        if undo and isinstance(self._holder, list):
            self._holder.insert(self._key, self._value)
        elif undo:
            self._holder[self._key] = self._value
        else:
            self._value = self._holder.pop(self._key)
        return self._root


def _simpler(root: Any, holder: Any = None) -> Iterator[_LeaveOut]:
    """Yield ways to leave out one member, the outermost first."""
    holder = root if holder is None else holder
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder) - 1, -1, -1))
    for key in keys:
        yield _LeaveOut(root, holder, key)
    for inner in holder.values() if isinstance(holder, dict) else holder:
        if isinstance(inner, dict | list):
            yield from _simpler(root, inner)
