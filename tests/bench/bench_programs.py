"""Look-up of programs in a register of 5,000: how often the right one is among three, and the time of each request.

The blind requests (``tests/data/programs``) were written before the search and its word tables. All times are processor
time.
"""

import gc
import time
from statistics import quantiles

from knowledge.software.program import Program
from knowledge.software.register import ProgramChange, ProgramPlace, Register
from tests.program_register import SIZE, TODAY, ProgramRequest, register_programs, requests

ROUNDS = 5
CHANGED = 100


def accuracy(register: Register, asked: tuple[ProgramRequest, ...]) -> float:
    """Return the share of requests with a right program among the first three."""
    return sum(_is_right(register, each) for each in asked) / len(asked)


def _is_right(register: Register, request: ProgramRequest) -> bool:
    hits = register.find_programs(request.text, ProgramPlace(), day=TODAY)
    return any(hit.program.id in request.right for hit in hits)


def changed(programs: tuple[Program, ...]) -> list[ProgramChange]:
    """Return changes of every fiftieth program, as decisions make them."""
    return [ProgramChange(program_id=each.id, number=1, program=each) for each in programs[:: SIZE // CHANGED]]


def main() -> None:
    """Print accuracy and times."""
    programs = register_programs()
    began = time.process_time()
    register = Register.from_files(programs)
    print(f"index of {len(programs)} programs: {time.process_time() - began:.2f} s")
    began = time.process_time()
    register = register.with_changes(changed(programs))
    print(f"{CHANGED} changed programs: {(time.process_time() - began) * 1000:.0f} ms")
    blind, tuning = requests(), requests("requests-tuning.csv")
    times: list[float] = []
    gc.collect()
    gc.disable()
    for request in blind * ROUNDS:
        began = time.process_time()
        register.find_programs(request.text, ProgramPlace(), day=TODAY)
        times.append((time.process_time() - began) * 1000)
    gc.enable()
    found = quantiles(times, n=100)
    print(f"{len(blind)} blind requests: {accuracy(register, blind):.1%} have the right program among three")
    print(f"{len(tuning)} requests of the tuning: {accuracy(register, tuning):.1%}")
    print(f"time of a request: median {found[49]:.2f} ms, p99 {found[98]:.2f} ms, longest {max(times):.2f} ms")
