"""A run: inputs over every surface, everything checked after each, findings made small."""

import asyncio
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, Final

from tests.fuzz.machine import Breach, open_files, resident_bytes, waiting
from tests.fuzz.mutate import Mutator
from tests.fuzz.rig import CHECKED_SECONDS, Rig, open_rig
from tests.fuzz.surface import Case, Seen, Surface, breaches_seen
from tests.fuzz.surfaces import SURFACES

EPOCH: Final = 10_000
"""After so many inputs the applications are stopped and fresh ones begin: what memory stays then is a leak."""
CHECK_EVERY: Final = 500
MAX_CPU_SECONDS: Final = 5.0
"""Of processor time for one input, a hundred times what the slowest sound one takes."""
MAX_SECONDS: Final = 300.0
"""For one input to be answered. Only a hang takes so long."""
MAX_LEAKED_BYTES: Final = 24_000_000
"""What the second half of a run may add to memory, applications stopped."""
MAX_FINDINGS: Final = 40
PAUSES: Final = (0.0, 0.0, 1.0, 9.0, 30.0, 24.0 * 40, 24.0 * 400)
"""Hours that pass at a check: promised times run out, sessions end, nights clear away what is too old."""
STEP: Final = timedelta(seconds=1)
"""So much time passes with every input, so that rates per person and the like bind as they would in a day's use."""


class TookTooLong(BaseException):
    """One input kept the processor for too long. No handler of the application's may take it for its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A breach and the inputs that lead to it, the last one at last."""

    breach: Breach
    cases: tuple[tuple[str, Case], ...]


@dataclass(slots=True)
class Tally:
    """What one surface was given; ``seconds`` are of the processor, ``slowest`` is the dearest input."""

    inputs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class Report:
    """What a run found. ``resident`` is memory in bytes after each epoch."""

    tallies: dict[str, Tally]
    findings: list[Finding] = field(default_factory=list)
    resident: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)
    peak: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0

    @property
    def inputs(self) -> int:
        return sum(tally.inputs for tally in self.tallies.values())

    @property
    def leaked(self) -> int:
        """Bytes of memory that the second half of the run left behind."""
        return self.resident[-1] - self.resident[len(self.resident) // 2] if len(self.resident) > 1 else 0


async def run(
    seed: str,
    inputs: int,
    *,
    surfaces: Sequence[Surface] = SURFACES,
    epoch: int = EPOCH,
    start: int = 0,
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Play ``inputs`` inputs, the same ones for the same seed and surfaces; ``start`` leaves out earlier epochs."""
    report = Report(tallies={surface.name: Tally() for surface in surfaces})
    began, began_processor = time.perf_counter(), time.process_time()
    done = start
    while done < inputs and len(report.findings) < MAX_FINDINGS:
        number = min(epoch, inputs - done)
        with TemporaryDirectory() as folder:
            before = len(report.findings)
            try:
                async with open_rig(Path(folder), f"{seed}/{done}") as rig:
                    await _epoch(rig, Random(f"{seed}/{done}"), number, surfaces, report)
                    report.peak = max(report.peak, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
            except Exception as fault:
                _note(report, [_raised("a start or a stop", fault)], [], [])
            for finding in report.findings[before:]:
                tell(f"FOUND {str(finding.breach)[:2000]}")
        done += number
        report.resident.append(resident_bytes())
        report.files.append(open_files())
        tell(f"{done:,} inputs, {report.resident[-1] / 1e6:.0f} MB, {len(report.findings)} findings")
    report.seconds = time.perf_counter() - began
    report.processor_seconds = time.process_time() - began_processor
    return report


async def _epoch(rig: Rig, random: Random, number: int, surfaces: Sequence[Surface], report: Report) -> None:
    shares = [surface.share / surface.together for surface in surfaces]
    since_check: list[tuple[str, Case]] = []
    played = unchecked = 0
    while played < number:
        [surface] = random.choices(surfaces, shares)
        together = min(surface.together, number - played)
        cases = [surface.make(Mutator(Random(random.getrandbits(64))), rig) for _ in range(together)]
        found = await play(rig, surface, cases, report.tallies[surface.name])
        played, unchecked = played + together, unchecked + together
        since_check += [(surface.name, case) for case in cases]
        _note(report, found, [(surface.name, case) for case in cases], since_check)
        if unchecked >= CHECK_EVERY or played >= number:
            unchecked = 0
            _note(report, await check(rig, random.choice(PAUSES)), [], since_check)
            since_check.clear()


def _note(
    report: Report, found: Sequence[Breach], cases: list[tuple[str, Case]], history: list[tuple[str, Case]]
) -> None:
    for breach in found:
        if breach.kind not in {each.breach.kind for each in report.findings}:
            report.findings.append(Finding(breach=breach, cases=tuple(cases or history)))


async def check(rig: Rig, hours: float = 0.0) -> list[Breach]:
    """Let time pass, what is owed go out and what is due ring; return what is not whole."""
    try:
        async with asyncio.timeout(CHECKED_SECONDS):
            return [*await rig.settle(hours), *await rig.check_whole()]
    except Exception as fault:
        return [_raised("a check", fault)]


async def play(rig: Rig, surface: Surface, cases: Sequence[Case], tally: Tally | None = None) -> list[Breach]:
    """Play cases of one surface at once and return what went wrong."""
    tally = tally if tally is not None else Tally()
    rig.clock.advance(STEP)
    began = time.process_time()
    found: list[Breach] = []
    results: Sequence[Seen | BaseException]
    try:
        with stopping(MAX_CPU_SECONDS, 2 * MAX_SECONDS):
            playing = (_within(MAX_SECONDS, surface.play(rig, case)) for case in cases)
            results = await asyncio.gather(*playing, return_exceptions=True)
    except TookTooLong as stopped:  # in a callback of the loop's own
        results = [stopped]
    for result in results:
        if isinstance(result, TookTooLong):
            found.append(Breach(f"an input of {surface.name} takes too long", _place(result)))
        elif isinstance(result, Seen):
            tally.outcomes.update(result.outcomes)
            found += breaches_seen(result)
        else:
            found.append(_raised(f"an input of {surface.name}", result))
    tally.inputs += len(cases)
    spent = time.process_time() - began
    tally.seconds += spent
    tally.slowest = max(tally.slowest, spent / len(cases))
    return found + rig.logged()


async def _within(seconds: float, played: Coroutine[Any, Any, Seen]) -> Seen:
    async with asyncio.timeout(seconds):
        return await played


def _raised(what: str, fault: BaseException) -> Breach:
    """Return the breach that an exception is; a TimeoutError means that something is waited for in vain."""
    if isinstance(fault, TimeoutError):
        return Breach(f"{what} hangs {_place(fault.__cause__ or fault)}", waiting())
    return Breach(f"{type(fault).__name__} is raised {_place(fault)}", str(fault)[:500])


def _place(fault: BaseException) -> str:
    trace, place = fault.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if "site-packages" not in code.co_filename and "/lib/python" not in code.co_filename:
            place = f"at {Path(code.co_filename).name}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
    return place


@contextmanager
def stopping(processor_seconds: float, seconds: float) -> Iterator[None]:
    """Raise TookTooLong in the block after so much processor time, or after so much time in a call that blocks."""

    def stop(_sign: int, _frame: FrameType | None) -> None:
        raise TookTooLong

    limits = ((signal.SIGPROF, signal.ITIMER_PROF, processor_seconds), (signal.SIGALRM, signal.ITIMER_REAL, seconds))
    before = [signal.signal(sign, stop) for sign, _, _ in limits]
    for _, timer, limit in limits:
        signal.setitimer(timer, limit)
    try:
        yield
    finally:
        for (sign, timer, _), handler in zip(limits, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(sign, handler)
