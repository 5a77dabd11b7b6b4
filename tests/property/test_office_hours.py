"""Working time: what adding it and counting it promise, also on the nights the clock is changed."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.organisation.office_hours import OfficeHours, add_working_time
from tests.office_hours import is_open, working_time

OSLO = ZoneInfo("Europe/Oslo")
DAY = OfficeHours()
ALWAYS_NIGHT = OfficeHours(weekdays=frozenset(range(7)), opens=time(0, 30), closes=time(7, 0))

instants = st.integers(0, 700 * 24 * 3600).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=n))
amounts = st.integers(0, 60 * 60).map(lambda minutes: timedelta(minutes=minutes))
clocks = st.integers(0, 23 * 60)


@st.composite
def hours(draw: st.DrawFn) -> OfficeHours:
    opens = draw(clocks)
    closes = draw(st.integers(opens + 1, 24 * 60 - 1))
    return OfficeHours(
        weekdays=frozenset(draw(st.sets(st.integers(0, 6), min_size=1))),
        opens=time(opens // 60, opens % 60),
        closes=time(closes // 60, closes % 60),
    )


holidays = st.sets(st.dates(date(2026, 1, 1), date(2028, 1, 1)), max_size=30)


@given(instants, amounts, hours(), holidays)
def test_what_was_added_is_what_is_counted(
    start: datetime, amount: timedelta, office: OfficeHours, days: set[date]
) -> None:
    end = add_working_time(start, amount, office, days)
    assert end >= start
    assert working_time(start, end, office, days) == amount


@given(instants, amounts, amounts, hours(), holidays)
def test_more_time_never_ends_earlier(
    start: datetime, less: timedelta, more: timedelta, office: OfficeHours, days: set[date]
) -> None:
    less, more = sorted((less, more))
    assert add_working_time(start, less, office, days) <= add_working_time(start, more, office, days)


@given(instants, amounts, hours(), holidays)
def test_nothing_ends_while_nobody_is_at_work(
    start: datetime, amount: timedelta, office: OfficeHours, days: set[date]
) -> None:
    end = add_working_time(start, amount, office, days)
    assert is_open(end, office, days) or is_open(end - timedelta(microseconds=1), office, days)


@given(instants, amounts, amounts, hours(), holidays)
def test_adding_in_two_parts_is_adding_once(
    start: datetime, one: timedelta, two: timedelta, office: OfficeHours, days: set[date]
) -> None:
    at_once = add_working_time(start, one + two, office, days)
    in_parts = add_working_time(add_working_time(start, one, office, days), two, office, days)
    assert working_time(at_once, in_parts, office, days) == timedelta(0)


@pytest.mark.parametrize(
    ("night", "length"),
    [(date(2026, 3, 29), timedelta(hours=5, minutes=30)), (date(2026, 10, 25), timedelta(hours=7, minutes=30))],
    ids=["spring: an hour is missing", "autumn: an hour comes twice"],
)
def test_a_night_on_which_the_clock_changes_is_as_long_as_it_is(night: date, length: timedelta) -> None:
    start = datetime.combine(night, time(0, 30), OSLO).astimezone(UTC)
    end = datetime.combine(night, time(7, 0), OSLO).astimezone(UTC)
    assert working_time(start, end, ALWAYS_NIGHT) == length
    assert add_working_time(start, length, ALWAYS_NIGHT) == end


def test_office_hours_follow_the_clock_on_the_wall() -> None:
    friday = datetime(2026, 10, 23, 13, 0, tzinfo=UTC)  # 15:00 in summer time, half an hour left
    assert add_working_time(friday, timedelta(hours=1), DAY) == datetime(2026, 10, 26, 7, 30, tzinfo=UTC)


def test_holidays_stop_the_clock() -> None:
    before_christmas = datetime(2026, 12, 23, 14, 0, tzinfo=UTC)
    days = {date(2026, 12, 24), date(2026, 12, 25)}
    assert add_working_time(before_christmas, timedelta(hours=1), DAY, days) == datetime(
        2026, 12, 28, 7, 30, tzinfo=UTC
    )


def test_the_result_may_be_closing_time_but_not_before_it_counts() -> None:
    start = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
    assert add_working_time(start, timedelta(hours=1), DAY) == datetime(2026, 11, 24, 14, 30, tzinfo=UTC)


def test_an_office_that_never_opens_lets_the_time_run() -> None:
    start = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
    never = OfficeHours(weekdays=frozenset())
    assert add_working_time(start, timedelta(hours=1), never) == start + timedelta(hours=1)


def test_naive_and_negative_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        add_working_time(datetime(2026, 1, 1), timedelta(0), DAY)  # noqa: DTZ001 - the point
    with pytest.raises(ValueError, match="negative"):
        add_working_time(datetime(2026, 1, 1, tzinfo=UTC), timedelta(-1), DAY)
