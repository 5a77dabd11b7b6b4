"""Runs: moves drawn from a seed, made one after another, with every promise checked after each.

A run that breaks a promise is made shorter, move by move, as long as it breaks the same one.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from traceback import format_exception

from tests.crash.handoff_life import promise
from tests.crash.handoff_life.life import Life
from tests.crash.handoff_life.move import Move, make, moves

SHORTEST, LONGEST = 3, 8
SILENT_EVERY = 20
"""Of so many runs one is left alone at its end, for longer than anything may stay open."""
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - a folder of its own is made in it
"""A folder that no disk slows down, where the system has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A run that broke a promise: the fewest moves that still do, and what they led to."""

    seed: int
    durable: bool
    moves: tuple[Move, ...]
    trace: str

    def __str__(self) -> str:
        """Return everything needed to make the run again."""
        store = "tiny" if self.durable else "memory"
        return f"seed {self.seed} on the {store} store, shortest: {self.moves}\n{self.trace}"


async def run_many(seeds: Sequence[int], *, durable: bool) -> Broken | None:
    """Make one run a seed; return the first that breaks a promise, shortened."""
    for seed in seeds:
        rng = random.Random(f"{seed} {durable}")  # the two stores live through different things
        chosen = moves(rng, rng.randint(SHORTEST, LONGEST))
        fault = await _fault_of(chosen, seed, durable=durable)
        if fault is not None:
            return await _shortened(chosen, fault, seed, durable=durable)
    return None


async def _shortened(chosen: tuple[Move, ...], fault: Exception, seed: int, *, durable: bool) -> Broken:
    shorter = True
    while shorter:
        shorter = False
        for number in range(len(chosen)):
            fewer = chosen[:number] + chosen[number + 1 :]
            again = await _fault_of(fewer, seed, durable=durable)
            if again is not None and _kind(again) == _kind(fault):
                chosen, fault, shorter = fewer, again, True
                break
    return Broken(seed=seed, durable=durable, moves=chosen, trace="".join(format_exception(fault)))


def _kind(fault: Exception) -> tuple[str, str]:
    return type(fault).__name__, str(fault).partition("\n")[0]


async def _fault_of(chosen: Sequence[Move], seed: int, *, durable: bool) -> Exception | None:
    with TemporaryDirectory(dir=MEMORY) as folder:
        try:
            await live(chosen, Path(folder) if durable else None, silence=seed % SILENT_EVERY == 0)
        except Exception as fault:  # whatever it is, it should not have been
            return fault
    return None


async def live(chosen: Sequence[Move], folder: Path | None, *, silence: bool) -> None:
    """Make the moves. Raises AssertionError, or whatever else went wrong."""
    life = Life(folder)
    await life.begin()
    try:
        album = promise.Album()
        now = await album.take(life)
        for move in chosen:
            rung = await make(life, move, now)
            before, now = now, await album.take(life)
            promise.check(before, now)
            if rung:
                promise.nobody_who_cannot_is_waited_for(now)
            await promise.askers_see_how_it_stands(life, before, now)
        if silence:
            await life.pass_until(life.clock.at + promise.SILENCE)
            before, now = now, await album.take(life)
            promise.check(before, now)
            promise.nobody_owns_in_silence(now)
        await life.carry_all()
        await promise.everything_has_arrived(life, now)
    finally:
        await life.end()
