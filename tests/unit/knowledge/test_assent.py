"""A reply that names a place by its number, however long the number is."""

import pytest

from knowledge.language.assent import Assent, assent
from knowledge.language.week_time import week_time

THOUSANDS = "1" * 5000


@pytest.mark.parametrize("said", ["nr 7", "nr 12345", f"nr {THOUSANDS}"])
def test_a_place_beyond_every_list_is_further(said: str) -> None:
    assert assent(said) is Assent.FURTHER


def test_thousands_of_digits_are_no_day() -> None:
    assert week_time(THOUSANDS) is None
