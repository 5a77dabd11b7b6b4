"""Published totals of modules: whatever a reader subtracts, nothing is about fewer than five people."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dialogs.insight.learning import ModuleTotals
from dialogs.insight.suppression import FEWEST_PEOPLE

AT = datetime(2026, 11, 24, tzinfo=UTC)
SECTORS = ("health", "school", "technical", "culture")
WEEKS = st.lists(st.dictionaries(st.sampled_from(SECTORS), st.integers(0, 9)), max_size=30)


def history(weeks: Sequence[dict[str, int]]) -> list[ModuleTotals]:
    """Return the totals after each week."""
    totals = ModuleTotals(municipality_id="nes", counted_at=AT)
    found = [totals]
    for number, week in enumerate(weeks):
        completed = {("share", sector): people for sector, people in week.items()}
        totals = totals.counted(completed, staff={}, until=f"2026-W{number + 1:02}", at=AT)
        found.append(totals)
    return found


def shown(totals: ModuleTotals) -> tuple[int, ...]:
    return (totals.amount("share").number, *(totals.amount("share", sector).number for sector in SECTORS))


def is_safe(number: int) -> bool:
    return number == 0 or abs(number) >= FEWEST_PEOPLE


@given(WEEKS)
def test_no_number_and_no_growth_is_of_fewer_than_five(weeks: list[dict[str, int]]) -> None:
    states = history(weeks)
    for before, after in pairwise(states):
        grown = [new - old for old, new in zip(shown(before), shown(after), strict=True)]
        assert all(each == 0 or each >= FEWEST_PEOPLE for each in grown)
        whole, *inside = grown
        assert is_safe(whole - sum(inside)), "the rest of the growth"


@given(WEEKS)
def test_what_the_total_leaves_over_is_nobody_or_several_sectors(weeks: list[dict[str, int]]) -> None:
    for totals in history(weeks):
        whole, *inside = shown(totals)
        rest = whole - sum(inside)
        assert rest >= 0
        assert is_safe(rest)
        waiting = [sector for sector in SECTORS if totals.amount("share", sector).partial]
        assert rest == 0 or len(waiting) > 1


@given(WEEKS)
def test_nothing_is_invented_and_what_waits_is_said(weeks: list[dict[str, int]]) -> None:
    true = {sector: sum(week.get(sector, 0) for week in weeks) for sector in SECTORS}
    totals = history(weeks)[-1]
    for sector in SECTORS:
        amount = totals.amount("share", sector)
        assert amount.number <= true[sector]
        assert amount.partial == (amount.number < true[sector])
    whole = totals.amount("share")
    assert whole.number <= sum(true.values())
    assert whole.partial == (whole.number < sum(true.values()))


@given(st.integers(5, 500), st.integers(0, 4))
def test_one_sector_is_shown_whole_as_soon_as_five_are_new(first: int, later: int) -> None:
    totals = history([{"health": first}, {"health": later}, {"health": 5}])[-1]
    assert shown(totals)[:2] == (first + later + 5, first + later + 5)


def test_small_sectors_count_in_the_total_when_they_are_several() -> None:
    totals = history([{"health": 9, "school": 3, "culture": 2}])[-1]
    assert shown(totals) == (14, 9, 0, 0, 0)
