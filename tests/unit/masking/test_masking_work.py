"""Masking takes steps in proportion to the text, whatever it holds; the steps are counted, not timed."""

import sys
from types import FrameType
from typing import Any

import pytest

from knowledge.language.concerns import concerns_in
from knowledge.language.masking import is_costly, mask

SHORT, LONG = 1_000, 10_000
REPEATED = (
    "1",
    "1 ",
    "1   ",
    "11 11 ",
    "a",
    "a-",
    ". ",
    "1.",
    "010170 ",
    "010170 x ",
    "010170 50040 ",
    "010170 50041 ",
    "01017050040 ",
    "01.01.1970 50041 ",
    "personnummer 01.01.1970 ",
    "86011117947 ",
    "4571 2345 ",
    "4571234567890113 ",
    "4 5 7 1 ",
    "4571_",
    "kort 4571 2345 6789 011212",
    "+47",
    "⓪",
    "⓪ ",
    "no93 ",
    "no9386011117948 ",
    "konto ",
    "er er er ",
    "kid er 86011117947 ",
    "86011117947 er ",
    "\N{ZERO WIDTH SPACE}1",
    "passord ",
    "passordet er ",
    "logget inn med ",
    "innlogging / ",
    "kode a1 ",
    "byttet til ",
    "elev i 10. klasse ",
    "barnet til Ola ",
    "han heter Ola ",
    "Ola Nordmann ",
    "eleven ",
    "syk han ",
)


@pytest.mark.quick(16)
@pytest.mark.parametrize("work", [mask, concerns_in])
@pytest.mark.parametrize("repeated", REPEATED)
def test_ten_times_the_text_takes_ten_times_the_steps(repeated: str, work: Any) -> None:
    work("é1 x")  # tables are read once
    work(repeated)
    few = _steps(work, (repeated * SHORT)[:SHORT])
    many = _steps(work, (repeated * LONG)[:LONG])
    assert many <= 11 * few + 300


@pytest.mark.quick(8)
@pytest.mark.parametrize("repeated", REPEATED)
def test_no_text_takes_more_than_a_few_steps_a_character(repeated: str) -> None:
    mask("é1 x")
    assert _steps(mask, (repeated * LONG)[:LONG]) <= 100 * LONG


def test_only_a_text_full_of_digits_is_costly() -> None:
    assert is_costly("1 " * 5000)
    assert not is_costly("Hei, møtet 12.10. kl. 13 er flyttet. " * 30)
    assert not is_costly("ordinary words " * 700)


def _steps(work: Any, text: str) -> int:
    """Return how many calls, in Python and in C, and lines ``work`` takes for a text."""
    steps = 0

    def count(_frame: FrameType, _event: str, _arg: object) -> Any:
        nonlocal steps
        steps += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work(text)
    finally:
        sys.settrace(before)
    return steps
