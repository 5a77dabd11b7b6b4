"""Every function that reads a text takes time in proportion to its length, whatever the text.

The functions are found; one without a sample of how to call it fails. What is slow may be a pattern, which runs inside
one call: so the thread's processor time is compared between a text and one of twice its length.
"""

import gc
import importlib
import inspect
import itertools
import pkgutil
import time
import types
import typing
from collections.abc import Callable, Iterator

import pytest

from knowledge.language.masking import MaskedText
from tests.hostile import AROUND, PIECES, hostile
from tests.unit.ask.test_bad_messages import sample_chat
from tests.unit.reading_samples import SAMPLES

ROOTS = (
    "knowledge.language",
    "knowledge.software",
    "knowledge.article",
    "knowledge.organisation.importers",
    "dialogs.ask",
    "dialogs.core.cleaning",
    "dialogs.editing.imported",
    "dialogs.rollout.software.assess.importing",
)
LONGEST = 10_000
SHORTEST = LONGEST >> 8
MEASURABLE_S = 0.02
MOST_TIMES = 2.6
CLIMBS = 2
# Without --soak a function reads one in so many shapes.
A_SHARE = 4
TRIES = 3
ROUNDS = 3
_CALLS = itertools.count()
PASTED = {
    "questions": "hvordan bytter jeg passord? når kommer Teams? ",
    "numbered questions": "1. hvordan bytter jeg passord?\n2. når kommer Teams?\n",
    "thread": "> Fra: Kari Eksempel\n> Hei, jeg får ikke logget meg på. Har prøvd på nytt.\n>> Mvh Kari\n\n",
    "table": "Skriver 1\t12\t2026-11-01\n| Skjerm | 4 |\n",
    "log": "2026-11-24 08:01:22 ERROR Sync.Client[1234]: 0x8004de40 connection refused at Sync.Start()\n",
    "links": "https://intranett.example/sider?x=1 ",
}


def test_every_function_that_reads_a_text_has_a_sample() -> None:
    assert set(SAMPLES) == set(_readers())


@pytest.mark.quick(
    "knowledge.language.clauses.denied",
    "knowledge.language.clauses.clauses",
    "knowledge.language.masking.masked.mask",
    "dialogs.core.cleaning.clean_message",
    "knowledge.organisation.importers.rows.original_cell",
)
@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_twice_the_text_takes_about_twice_the_time(name: str, pytestconfig: pytest.Config) -> None:
    work = SAMPLES[name]
    work("hei")  # tables are read once
    shapes = list(itertools.product(PIECES.items(), AROUND))
    if not pytestconfig.getoption("--soak"):
        # Neighbouring functions get other shapes, so that a run has them all.
        shapes = shapes[sorted(SAMPLES).index(name) % A_SHARE :: A_SHARE]
    slow = {
        (kind, around): times
        for (kind, piece), around in shapes
        if (times := _times_for_twice(work, piece, around)) > MOST_TIMES
    }
    assert slow == {}


@pytest.mark.parametrize("piece", PASTED.values(), ids=PASTED)
def test_a_turn_takes_time_in_proportion_to_what_is_pasted(piece: str) -> None:
    chat = sample_chat()
    chat.say("kari", "hei")
    assert _times_for_twice(lambda said: chat.say("kari", said), piece, AROUND[0]) <= MOST_TIMES


def test_work_quadratic_in_the_text_is_noticed() -> None:
    def scan(text: str) -> None:
        for at in range(len(text)):
            text.count("zz", at)

    assert _times_for_twice(scan, "a ", AROUND[0]) > MOST_TIMES


def _times_for_twice(work: Callable[[str], object], piece: str, around: tuple[str, str]) -> float:
    """Return how many times longer twice the text takes, at the length that takes long enough to tell; 1 at none.

    A text may be read once more from a certain length on: that is a step, and what is quadratic climbs twice.
    """
    climbs: list[float] = []
    length = SHORTEST
    while length < LONGEST:
        length = min(2 * length, LONGEST)
        if _seconds(work, piece, length, around) < MEASURABLE_S:
            continue
        # Other processes may have the processor's cache meanwhile; what is quadratic is so in every round.
        for _ in range(ROUNDS):
            times = _times(work, piece, length, around)
            if times is None or times <= MOST_TIMES:
                break
        if times is None:
            climbs.clear()  # a longer text is too quick to tell, so the shorter one only waited
            continue
        climbs.append(times)
        if times <= MOST_TIMES or len(climbs) == CLIMBS:
            break
    return min(climbs, default=1.0)


def _times(work: Callable[[str], object], piece: str, length: int, around: tuple[str, str]) -> float | None:
    """Return how many times longer a text of ``length`` takes than half of it; None if it is too quick to tell."""
    both = [[_seconds(work, piece, size, around) for size in (length, length // 2)] for _ in range(TRIES)]
    twice, once = map(min, zip(*both, strict=True))
    return twice / once if twice >= MEASURABLE_S else None


def _seconds(work: Callable[[str], object], piece: str, length: int, around: tuple[str, str]) -> float:
    """Return the processor time of one call, with a text that no cache knows."""
    text = f"{hostile(piece, length, around)}{next(_CALLS)}"
    gc.disable()
    try:
        began = time.thread_time()
        work(text)
        return time.thread_time() - began
    finally:
        gc.enable()


def _readers() -> Iterator[str]:
    """Yield the names of the public functions and methods that are given a text."""
    for module in _modules():
        for name, member in vars(module).items():
            if name.startswith("_") or getattr(member, "__module__", None) != module.__name__:
                continue
            owned = vars(member).items() if inspect.isclass(member) else ()
            methods = {f"{name}.{method}": made for method, made in owned if not method.startswith("_")}
            for called, made in {name: member, **methods}.items():
                function = inspect.unwrap(getattr(made, "__func__", made))
                if inspect.isfunction(function) and _reads_text(function):
                    yield f"{module.__name__}.{called}"


def _modules() -> Iterator[types.ModuleType]:
    for root in ROOTS:
        module = importlib.import_module(root)
        yield module
        for below in pkgutil.walk_packages(getattr(module, "__path__", ()), f"{root}."):
            yield importlib.import_module(below.name)


def _reads_text(function: Callable[..., object]) -> bool:
    hints = typing.get_type_hints(function)
    given = (hint for name, hint in hints.items() if name != "return")
    return any({str, MaskedText} & {hint, *typing.get_args(hint)} for hint in given if not _is_container(hint))


def _is_container(hint: object) -> bool:
    """Return whether a parameter holds texts and is none: a mapping by name, a list of ids."""
    return typing.get_origin(hint) not in (None, types.UnionType, typing.Union)
