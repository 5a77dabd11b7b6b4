"""What a run takes of large families of cases: ``make check`` takes part, ``make test`` most, ``make soak`` all.

``@pytest.mark.soak(3)`` leaves all but three of a test's cases to ``make soak``; ``@pytest.mark.soak`` the whole test.

``@pytest.mark.quick(3)`` takes three of a test's cases, spread over all; ``@pytest.mark.quick("a", "b")`` those with
these ids; ``@pytest.mark.full`` none: for a test that takes more than about .13 s where others of its file stay. A test
without a mark gives at most ``FAMILY`` cases. Of the cases on a PostgreSQL server or over the local socket, one in
``ON_A_SERVER`` is taken: they cost most.
"""

from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import Final

import pytest
from hypothesis import settings

ALL_EXAMPLES: Final = 100
QUICK_EXAMPLES: Final = 10
"""Examples of a property in a quick run, of the hundred of a full one."""
FAMILY: Final = 2
ON_A_SERVER: Final = 24


def examples(most: int, *, of_a_hundred: int | None = None) -> int:
    """Return how many examples a property gets now that has ``most`` in a full run."""
    return max(1, most * (of_a_hundred or settings.default.max_examples) // ALL_EXAMPLES)


def left_out(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return what a quick run leaves out."""
    here: list[pytest.Item] = []
    on_a_server: list[pytest.Item] = []
    for item in items:
        case = item.nodeid.partition("[")[2]
        (on_a_server if "postgres" in item.nodeid or "remote" in case else here).append(item)
    families = groupby(here, key=lambda item: item.nodeid.partition("[")[0])
    kept = set(on_a_server[::ON_A_SERVER])
    return [each for _, family in families for each in _of_family(list(family))] + [
        item for item in on_a_server if item not in kept
    ]


def left_to_soak(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Return the cases of ``make test`` that only ``make soak`` runs."""
    families = groupby(items, key=lambda item: item.nodeid.partition("[")[0])
    return [case for _, family in families for case in _soaked(list(family))]


def _soaked(family: Sequence[pytest.Item]) -> Iterable[pytest.Item]:
    mark = family[0].get_closest_marker("soak")
    if mark is None:
        return []
    by_id = {item.nodeid.partition("[")[2]: item for item in family}
    kept = set(chosen(by_id, mark.args)) if mark.args else set()
    return [item for name, item in by_id.items() if name not in kept]


def _of_family(family: Sequence[pytest.Item]) -> Iterable[pytest.Item]:
    if family[0].get_closest_marker("full") is not None:
        return family
    mark = family[0].get_closest_marker("quick")
    asked: Sequence[str | int] = (FAMILY,) if mark is None else mark.args
    by_id = {item.nodeid.partition("[")[2].removesuffix("]"): item for item in family}
    kept = set(chosen(by_id, asked))
    return [item for name, item in by_id.items() if name not in kept]


def chosen(names: Collection[str], asked: Sequence[str | int]) -> Collection[str]:
    """Return the cases a mark asks for. Raises UsageError for a name that is no case, as after a renaming."""
    match asked:
        case [int(number)]:
            every, number = list(names), min(number, len(names))
            return [every[len(every) * n // number] for n in range(number)]
        case _ if unknown := set(asked) - set(names):
            raise pytest.UsageError(f"quick: no case of {list(names)[:20]} is {sorted(map(str, unknown))}")
        case _:
            return [name for name in names if name in asked]
