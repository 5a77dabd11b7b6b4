"""What a quick run takes of a large family, and what it leaves to the full one."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.sampling import chosen, examples, left_out


class Case:
    """As much of a collected test as the choice looks at."""

    def __init__(self, nodeid: str, *mark: str | int, marked: bool = True) -> None:
        self.nodeid = nodeid
        self._mark = pytest.mark.quick(*mark).mark if marked else None

    def get_closest_marker(self, name: str) -> Any:
        return self._mark if name == "quick" else None


def left(items: Iterable[Case]) -> list[str]:
    return [each.nodeid for each in left_out(items)]  # type: ignore[arg-type]


def test_a_test_without_a_mark_is_taken_whole_up_to_four_cases() -> None:
    assert left([Case("a.py::one[1]", marked=False), Case("a.py::one[2]", marked=False)]) == []
    assert len(left([Case(f"a.py::one[{n}]", marked=False) for n in range(20)])) == 16


def test_of_the_cases_on_a_server_one_in_twelve_is_taken_whatever_their_marks() -> None:
    cases = [Case(f"a.py::test_{n}[postgres]", marked=False) for n in range(24)]
    assert {each.nodeid for each in cases} - set(left(cases)) == {"a.py::test_0[postgres]", "a.py::test_12[postgres]"}


def test_a_number_takes_so_many_spread_over_all_of_each_test_by_itself() -> None:
    one = [Case(f"a.py::one[{n}]", 3) for n in range(9)]
    other = [Case(f"a.py::other[{n}]", 1) for n in range(2)]
    kept = {"a.py::one[0]", "a.py::one[3]", "a.py::one[6]", "a.py::other[0]"}
    assert {each.nodeid for each in one + other} - set(left(one + other)) == kept


def test_names_take_these_and_no_argument_takes_none() -> None:
    assert left([Case("a.py::one[x]", "x"), Case("a.py::one[y]", "x"), Case("a.py::two")]) == [
        "a.py::one[y]",
        "a.py::two",
    ]


def test_more_than_there_are_takes_all() -> None:
    assert chosen(["a", "b"], [5]) == ["a", "b"]


def test_a_name_that_is_no_case_is_refused() -> None:
    with pytest.raises(pytest.UsageError, match="gone"):
        chosen(["a", "b"], ["gone"])


@pytest.mark.parametrize(("most", "of_a_hundred", "gets"), [(300, 20, 60), (60, 20, 12), (60, 100, 60), (2, 20, 1)])
def test_a_property_gets_its_share_of_examples(most: int, of_a_hundred: int, gets: int) -> None:
    assert examples(most, of_a_hundred=of_a_hundred) == gets
