"""What a quick run takes of a large family, and what it leaves to the full one."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.sampling import chosen, examples, left_out, left_to_soak


class Case:
    """As much of a collected test as the choice looks at."""

    def __init__(self, nodeid: str, *quick: str | int, full: bool = False, soak: tuple[int, ...] | None = None) -> None:
        self.nodeid = nodeid
        self._marks = {
            "quick": pytest.mark.quick(*quick).mark if quick else None,
            "full": full or None,
            "soak": None if soak is None else pytest.mark.soak(*soak).mark,
        }

    def get_closest_marker(self, name: str) -> Any:
        return self._marks[name]


def left(items: Iterable[Case]) -> list[str]:
    return [each.nodeid for each in left_out(items)]  # type: ignore[arg-type]


def test_a_test_without_a_mark_is_taken_whole_up_to_two_cases() -> None:
    assert left([Case("a.py::one[1]"), Case("a.py::one[2]")]) == []
    assert len(left([Case(f"a.py::one[{n}]") for n in range(20)])) == 18


@pytest.mark.parametrize("store", ["postgres", "remote"])
def test_of_the_cases_on_a_server_one_in_24_is_taken_whatever_their_marks(store: str) -> None:
    cases = [Case(f"a.py::test_{n}[{store}]") for n in range(48)]
    assert {each.nodeid for each in cases} - set(left(cases)) == {f"a.py::test_0[{store}]", f"a.py::test_24[{store}]"}


def test_a_number_takes_so_many_spread_over_all_of_each_test_by_itself() -> None:
    one = [Case(f"a.py::one[{n}]", 3) for n in range(9)]
    other = [Case(f"a.py::other[{n}]", 1) for n in range(2)]
    kept = {"a.py::one[0]", "a.py::one[3]", "a.py::one[6]", "a.py::other[0]"}
    assert {each.nodeid for each in one + other} - set(left(one + other)) == kept


def test_names_take_these_and_a_full_run_alone_takes_what_is_marked_so() -> None:
    assert left([Case("a.py::one[x]", "x"), Case("a.py::one[y]", "x"), Case("a.py::two", full=True)]) == [
        "a.py::one[y]",
        "a.py::two",
    ]


def test_of_a_soaked_family_a_number_stays_and_without_a_number_none() -> None:
    cases: list[Any] = [Case(f"a.py::some[{n}]", soak=(2,)) for n in range(4)]
    cases += [Case("a.py::none", soak=()), Case("a.py::all[1]")]
    assert [case.nodeid for case in left_to_soak(cases)] == ["a.py::some[1]", "a.py::some[3]", "a.py::none"]


def test_more_than_there_are_takes_all() -> None:
    assert chosen(["a", "b"], [5]) == ["a", "b"]


def test_a_name_that_is_no_case_is_refused() -> None:
    with pytest.raises(pytest.UsageError, match="gone"):
        chosen(["a", "b"], ["gone"])


@pytest.mark.parametrize(("most", "of_a_hundred", "gets"), [(300, 20, 60), (60, 20, 12), (60, 100, 60), (2, 20, 1)])
def test_a_property_gets_its_share_of_examples(most: int, of_a_hundred: int, gets: int) -> None:
    assert examples(most, of_a_hundred=of_a_hundred) == gets
