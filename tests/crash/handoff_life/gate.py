"""Turns that run side by side, one step at a time, in an order drawn from a seed; and a death between two steps."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from bot.ports import Commit, Delivery, Key, Settled, Store, Stored

_gate: ContextVar["Gate | None"] = ContextVar("gate", default=None)
_number: ContextVar[int] = ContextVar("number", default=0)

PAUSES = 0.4
"""How often a turn stops before it reads: always stopping would only make the same orders slower."""


class Gate:
    """Where turns stop and wait to be let on. One of them runs at a time, so that the seed alone decides the order."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._stopped: dict[int, asyncio.Future[None]] = {}
        self._still: asyncio.Future[None] | None = None

    async def run(self, turns: Sequence[Coroutine[Any, Any, Any]], *, dies_after: int | None = None) -> bool:
        """Let the turns run to their ends, or until the process dies; return whether it lived."""
        tasks: list[asyncio.Task[Any]] = []
        for number, turn in enumerate(turns):
            await self._until_still(lambda number=number, turn=turn: tasks.append(self._start(number, turn)))
        steps = 0
        while self._stopped:
            if steps == dies_after:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                return False
            waiting = sorted(self._stopped)
            chosen = self._stopped.pop(waiting[self._rng.randrange(len(waiting))])
            await self._until_still(lambda chosen=chosen: chosen.set_result(None))
            steps += 1
        for task in tasks:
            task.result()
        return True

    async def stop(self, number: int, *, always: bool) -> None:
        """Wait to be let on, mostly."""
        if not always and self._rng.random() > PAUSES:
            return
        let_on: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stopped[number] = let_on
        self._rest()
        await let_on

    def _start(self, number: int, turn: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        async def gated() -> None:
            _gate.set(self)
            _number.set(number)
            await turn

        task = asyncio.get_running_loop().create_task(gated())
        task.add_done_callback(lambda _: self._rest())
        return task

    async def _until_still(self, act: Any) -> None:
        self._still = asyncio.get_running_loop().create_future()
        act()
        await self._still

    def _rest(self) -> None:
        if self._still is not None and not self._still.done():
            self._still.set_result(None)


async def _stop(*, always: bool = False) -> None:
    gate = _gate.get()
    if gate is not None:
        await gate.stop(_number.get(), always=always)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unheard:
    """A step that is durable, while its caller does not know: the files' length before and after, in bytes."""

    serial: int
    start: int
    end: int


class GatedStore:
    """A store whose callers stop at the gate before each step, and once more before they hear that it is durable.

    ``promised`` holds what callers were told is durable: the number of the step and the version of each record, None
    for one that is gone. ``unheard`` is the last step nobody was told of yet; ``doubtful`` are the records of all such.
    ``watch`` looks at each step before anything else happens.
    """

    def __init__(self, store: Store, *, size: Callable[[], int], watch: Callable[[Commit], Awaitable[None]]) -> None:
        self._store = store
        self._watch = watch
        self._size = size
        self._serial = 0
        self._pending: dict[int, frozenset[Key]] = {}
        self.promised: dict[Key, tuple[int, int | None]] = {}
        self.unheard: Unheard | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @property
    def doubtful(self) -> frozenset[Key]:
        """Records of steps whose callers were told nothing."""
        return frozenset().union(*self._pending.values())

    async def get(self, keys: Sequence[Key]) -> Mapping[Key, Stored]:
        """See ``Store.get``."""
        await _stop()
        return await self._store.get(keys)

    async def find(self, kind: str, term: str, *, after: str = "", limit: int | None = None) -> Sequence[Stored]:
        """See ``Store.find``."""
        await _stop()
        return await self._store.find(kind, term, after=after, limit=limit)

    async def commit(self, commit: Commit) -> Sequence[Delivery]:
        """See ``Store.commit``."""
        await _stop(always=True)
        self._serial += 1
        serial, start = self._serial, self._size()
        deliveries = await self._store.commit(commit)
        await self._watch(commit)
        keys = frozenset(write.key for write in commit.records)
        self._pending[serial] = keys
        self.unheard = Unheard(serial=serial, start=start, end=self._size())
        await _stop(always=True)
        if self.unheard is not None and self.unheard.serial == serial:
            self.unheard = None
        del self._pending[serial]
        for write in commit.records:
            if self.promised.get(write.key, (0, None))[0] < serial:
                version = (write.expected or 0) + 1
                self.promised[write.key] = (serial, None if write.body is None else version)
        return deliveries

    async def settle(self, outcomes: Sequence[Settled], *, later: bool = False) -> None:
        """See ``Store.settle``."""
        await _stop()
        await self._store.settle(outcomes, later=later)
