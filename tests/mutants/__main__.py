"""Change modules one thing at a time and report which changes no test notices: ``make mutants``."""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from itertools import zip_longest
from pathlib import Path
from typing import Final

from tests.mutants.child import TESTS_FAILED, TESTS_PASSED, downstream, run_tests
from tests.mutants.mutate import Mutant, mutants_of

HERE: Final = Path(__file__).parent
LEAST_OF_ALL: Final = 0.85
LEAST_OF_AN_AREA: Final = 0.75
COLLECT: Final = """
import sys, pytest
pytest.main(["--collect-only", "-qq", "-p", "no:xdist", "-p", "no:cacheprovider", *sys.argv[1:]])
print("\\n".join(sys.modules))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Modules that belong together, and the tests that have to notice a change in them."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]

    def paths(self) -> list[str]:
        """Return the files of its modules."""
        found = {pattern: sorted(str(path) for path in Path().glob(pattern)) for pattern in self.modules}
        missing = [pattern for pattern, paths in found.items() if not paths]
        if missing:
            sys.exit(f"areas.toml: {self.name}: no module is at {', '.join(missing)}")
        return [path for paths in found.values() for path in paths]

    def mutants(self) -> list[Mutant]:
        """Return every mutant of its modules."""
        return [mutant for path in self.paths() for mutant in mutants_of(path, Path(path).read_text("utf-8"))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process under way. ``mutant`` None: a module as it is."""

    area: Area
    mutant: Mutant | None
    output: Path
    began: float
    most_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A process that has ended, by itself or for taking too long (a negative code)."""

    run: Run
    code: int
    seconds: float


class Workers:
    """Processes forked from this one, a few at a time."""

    def __init__(self, number: int, folder: str) -> None:
        self._number = number
        self._folder = Path(folder)
        self._begun = 0
        self._runs: dict[int, Run] = {}
        self._downstream = cache(downstream)

    def start(self, area: Area, mutant: Mutant | None, *, most_seconds: float) -> None:
        """Begin a run; ``mutant`` None: the first module of the area as it is."""
        path = mutant.path if mutant else area.paths()[0]
        source = Path(path).read_text("utf-8")
        self._begun += 1
        output = self._folder / f"{self._begun}.txt"
        stale = self._downstream(path)
        run = Run(area=area, mutant=mutant, output=output, began=time.monotonic(), most_seconds=most_seconds)
        pid = os.fork()
        if pid == 0:
            os.setpgid(0, 0)
            run_tests(path, mutant.apply(source) if mutant else source, stale, area.tests, output)
        self._runs[pid] = run

    def ended(self, *, all_of_them: bool = False) -> Iterator[Ended]:
        """Yield runs as they end, until another may be started, or until none is left."""
        while len(self._runs) >= (1 if all_of_them else self._number):
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid in self._runs:
                run = self._runs.pop(pid)
                yield Ended(run=run, code=os.waitstatus_to_exitcode(status), seconds=time.monotonic() - run.began)
                continue
            for late, run in self._runs.items():
                if time.monotonic() - run.began > run.most_seconds:
                    os.killpg(late, signal.SIGKILL)
            time.sleep(0.02)


def read_areas(only: Sequence[str]) -> list[Area]:
    """Return the areas of the data file, or those of them that are named."""
    read = tomllib.loads((HERE / "areas.toml").read_text("utf-8"))["area"]
    found = [Area(name=each["name"], modules=tuple(each["modules"]), tests=tuple(each["tests"])) for each in read]
    unknown = set(only) - {area.name for area in found}
    if unknown:
        names = ", ".join(area.name for area in found)
        sys.exit(f"areas.toml has no area {', '.join(sorted(unknown))}. There are: {names}")
    return [area for area in found if not only or area.name in only]


def read_equivalent() -> frozenset[str]:
    """Return the fingerprints of changes that change nothing."""
    read = tomllib.loads((HERE / "equivalent.toml").read_text("utf-8"))
    return frozenset(each["fingerprint"] for each in read.get("mutant", ()))


def sample(every: Mapping[str, Sequence[Mutant]], number: int, seed: int) -> list[tuple[str, Mutant]]:
    """Return so many mutants, equally many of each area as far as there are.

    Which ones of an area does not depend on the other areas: areas can be tried one at a time.
    """
    order = {name: random.Random(f"{seed} {name}").sample(found, len(found)) for name, found in every.items()}
    shuffled = [[(name, each) for each in found] for name, found in order.items()]
    return [each for row in zip_longest(*shuffled) for each in row if each is not None][:number]


def preload(tests: Iterable[str]) -> None:
    """Import what the tests use, so that a forked process has all of it but what it changes."""
    done = subprocess.run([sys.executable, "-c", COLLECT, *tests], capture_output=True, text=True, check=True)
    for name in done.stdout.splitlines():
        if name.partition(".")[0] not in {"tests", "__main__"} and name.replace(".", "").isidentifier():
            with suppress(Exception):  # not a module's name after all, or one that only another module loads
                import_module(name)


def unchanged(workers: Workers, areas: Sequence[Area]) -> Mapping[str, float]:
    """Return how long each area's tests take on the modules as they are. Ends the program when they do not pass."""
    seconds: dict[str, float] = {}

    def note(each: Ended) -> None:
        if each.code != TESTS_PASSED:
            sys.exit(f"{each.run.area.name}: nothing is changed, and yet: {each.run.output.read_text()[-4000:]}")
        seconds[each.run.area.name] = each.seconds

    for area in areas:
        workers.start(area, None, most_seconds=600)
        for each in workers.ended():
            note(each)
    for each in workers.ended(all_of_them=True):
        note(each)
    return seconds


def main() -> int:
    """Try a sample and print what came of it. Returns the exit code: 1 when too many changes went unnoticed."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--sample", type=int, default=300, help="how many mutants (default 300; 0: all)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (default 1)")
    parser.add_argument("--workers", type=int, default=2, help="how many at a time (default 2)")
    parser.add_argument("areas", nargs="*", help="only these areas of areas.toml")
    asked = parser.parse_args()
    began = time.monotonic()
    areas, same = read_areas(asked.areas), read_equivalent()
    by_name = {area.name: area for area in areas}
    every = {area.name: [each for each in area.mutants() if each.fingerprint not in same] for area in areas}
    chosen = sample(every, asked.sample or sum(map(len, every.values())), asked.seed)
    preload(dict.fromkeys(test for area in areas for test in area.tests if test.startswith("tests/")))
    survived: dict[str, list[Mutant]] = {area.name: [] for area in areas}
    tried = dict.fromkeys(survived, 0)
    with tempfile.TemporaryDirectory() as folder:
        workers = Workers(asked.workers, folder)
        seconds = unchanged(workers, areas)
        for number in range(len(chosen) + 1):
            if number < len(chosen):
                name, mutant = chosen[number]
                workers.start(by_name[name], mutant, most_seconds=10 + 5 * seconds[name])
            for each in workers.ended(all_of_them=number == len(chosen)):
                tried[each.run.area.name] += 1
                assert each.run.mutant is not None
                if each.code == TESTS_PASSED:
                    survived[each.run.area.name].append(each.run.mutant)
                    print(f"survived  {each.run.mutant}", flush=True)
                elif each.code > TESTS_FAILED:
                    sys.exit(f"{each.run.mutant}\n{each.run.output.read_text()[-4000:]}")
    return report(every, tried, survived, time.monotonic() - began)


def report(
    every: Mapping[str, Sequence[Mutant]],
    tried: Mapping[str, int],
    survived: Mapping[str, Sequence[Mutant]],
    seconds: float,
) -> int:
    """Print the share that was noticed in each area, and return the exit code."""

    def line(name: str, mutants: int, number: int, missed: int) -> float:
        share = 1 - missed / number if number else 1.0
        print(f"{name:24}{mutants:>9}{number:>7}{number - missed:>8}{missed:>10}{share:>8.1%}")
        return share

    print(f"{'area':24}{'mutants':>9}{'tried':>7}{'killed':>8}{'survived':>10}")
    shares = [line(name, len(every[name]), number, len(survived[name])) for name, number in tried.items()]
    missed = sum(map(len, survived.values()))
    of_all = line("all", sum(map(len, every.values())), sum(tried.values()), missed)
    print(f"{seconds:.0f} s; wanted: {LEAST_OF_ALL:.0%} of all and {LEAST_OF_AN_AREA:.0%} of each area")
    return int(of_all < LEAST_OF_ALL or min(shares) < LEAST_OF_AN_AREA)


if __name__ == "__main__":
    sys.exit(main())
