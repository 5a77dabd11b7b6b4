from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.limiter import Go, Later, Limiter, Rates, Window
from bot.ports import Share
from tests.unit.delivery.scene import NOON

LANE = "app/tenant"


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def at_full_pace(rates: Rates) -> Limiter:
    """Return a limiter whose lane is past its careful beginning."""
    limiter = Limiter(rates)
    limiter.place(LANE, "first", now=at(-60))
    for second in range(-50, 0):
        limiter.succeeded(LANE, now=at(second))
    return limiter


def test_a_lane_begins_a_little_slower() -> None:
    limiter = Limiter(Rates(headroom=1))
    limiter.place(LANE, "c", now=NOON)
    assert limiter.per_second(LANE) == pytest.approx(45)
    for second in range(1, 4):
        limiter.succeeded(LANE, now=at(second))
    assert limiter.per_second(LANE) == 50


def test_a_lane_is_evenly_paced_just_below_its_limit() -> None:
    limiter = at_full_pace(Rates(patience_seconds=60))
    places = [limiter.place(LANE, f"c{n}", now=NOON) for n in range(500)]
    assert all(isinstance(place, Go) for place in places)
    times = [place.at for place in places]
    assert times[-1] - NOON == pytest.approx(timedelta(seconds=499 / 49.4), abs=timedelta(milliseconds=5))
    for start in times:
        assert sum(start <= time < start + timedelta(seconds=1) for time in times) <= 50


def test_whoever_would_wait_too_long_returns_in_order_at_the_lanes_pace() -> None:
    limiter = at_full_pace(Rates(lane_per_second=10, headroom=1))
    places = [limiter.place(LANE, f"c{n}", now=NOON) for n in range(200)]
    sent = [place for place in places if isinstance(place, Go)]
    later = [place.at for place in places if isinstance(place, Later)]
    assert len(sent) == 16
    assert later == sorted(later)
    assert (later[-1] - later[0]).total_seconds() == pytest.approx((len(later) - 1) / 10.2, abs=0.01)


def test_those_sent_back_have_their_turn_before_newcomers() -> None:
    limiter = at_full_pace(Rates(lane_per_second=10, headroom=1))
    for n in range(200):
        limiter.place(LANE, f"c{n}", now=NOON)
    newcomer = limiter.place(LANE, "new", now=at(3))
    returning = limiter.place(LANE, "c30", now=at(3), returning=True)
    assert isinstance(newcomer, Later)
    assert returning == Go(at=at(3))


def test_a_long_line_in_one_tenant_holds_up_no_other() -> None:
    limiter = Limiter(Rates())
    for n in range(10_000):
        limiter.place(LANE, f"c{n}", now=NOON)
    limiter.throttled(LANE, now=NOON, retry_after_seconds=660)
    assert limiter.place("app/other", "d", now=NOON) == Go(at=NOON)


def test_a_pause_holds_the_lane_as_long_as_asked() -> None:
    limiter = Limiter(Rates())
    limiter.throttled(LANE, now=NOON, retry_after_seconds=30)
    place = limiter.place(LANE, "c", now=NOON)
    assert isinstance(place, Later)
    assert place.at > at(30)
    assert limiter.place(LANE, "c", now=at(31), returning=True) == Go(at=at(31))


def test_many_refusals_at_once_count_as_one_and_repeated_ones_slow_the_lane_down() -> None:
    limiter = at_full_pace(Rates(headroom=1))
    for _ in range(20):
        limiter.throttled(LANE, now=NOON, retry_after_seconds=1)
    assert limiter.per_second(LANE) == pytest.approx(50 * 0.97)
    limiter.throttled(LANE, now=at(2), retry_after_seconds=1)
    assert limiter.per_second(LANE) == pytest.approx(50 * 0.97 * 0.9)
    limiter.throttled(LANE, now=at(4), retry_after_seconds=1)
    assert limiter.per_second(LANE) == pytest.approx(50 * 0.97 * 0.9 * 0.7)
    limiter.throttled(LANE, now=at(60), retry_after_seconds=1)
    assert limiter.per_second(LANE) == pytest.approx(50 * 0.97 * 0.9 * 0.7 * 0.97)


def test_the_pace_comes_back_step_by_step_and_never_above_the_limit() -> None:
    limiter = at_full_pace(Rates(headroom=1))
    for refusal in range(3):
        limiter.throttled(LANE, now=at(2 * refusal), retry_after_seconds=1)
    slow = limiter.per_second(LANE)
    limiter.succeeded(LANE, now=at(6.1))
    limiter.succeeded(LANE, now=at(6.2))
    assert limiter.per_second(LANE) == pytest.approx(slow * 1.05)
    for second in range(8, 400):
        limiter.succeeded(LANE, now=at(second))
    assert limiter.per_second(LANE) == 50


@pytest.mark.parametrize("true_limit", [5, 20, 45])
def test_a_service_that_permits_less_than_it_says_is_followed(true_limit: int) -> None:
    """Most of what it really permits, and few refusals, over ten minutes."""
    limiter = Limiter(Rates(headroom=1))
    now, refused = NOON, 0
    sent: list[datetime] = []
    while now < at(600):
        place = limiter.place(LANE, f"c{len(sent)}{refused}", now=now, returning=True)
        now = max(now, place.at)
        if isinstance(place, Later):
            continue
        recent = [time for time in sent[-true_limit:] if now - time < timedelta(seconds=1)]
        if len(recent) >= true_limit:
            refused += 1
            limiter.throttled(LANE, now=now, retry_after_seconds=1)
        else:
            sent.append(now)
            limiter.succeeded(LANE, now=now)
    assert len(sent) > 0.85 * 600 * true_limit
    assert refused < 60


def test_latecomers_do_not_crowd_into_one_second() -> None:
    limiter = at_full_pace(Rates(lane_per_second=10, headroom=1))
    went: list[datetime] = []
    now = NOON
    for n in range(40):
        now = max(now, at(max(n / 10, 1.5)))
        while (wait := limiter.enter(LANE, str(n), now=now)) > 0:
            now += timedelta(seconds=wait)
        limiter.leave(LANE, str(n), now=now)
        went.append(now)
    for start in went:
        assert sum(start <= time < start + timedelta(seconds=1) for time in went) <= 10


def test_replies_go_at_once_and_push_the_others_back() -> None:
    limiter = at_full_pace(Rates(lane_per_second=10, headroom=1))
    limiter.count(LANE, "asker", now=NOON)
    limiter.count(LANE, "asker", now=NOON)
    assert limiter.place(LANE, "c", now=NOON) == Go(at=at(0.2))


def test_a_conversation_takes_seven_in_a_second_and_eight_in_two() -> None:
    limiter = Limiter(Rates(lane_per_second=1_000_000))
    for n in range(7):
        assert limiter.place(LANE, "c", now=at(n / 100)) == Go(at=at(n / 100))
    assert limiter.place(LANE, "c", now=at(0.1)) == Later(at=at(1.0))
    assert limiter.place(LANE, "c", now=at(1.0)) == Go(at=at(1.0))
    assert limiter.place(LANE, "c", now=at(1.5)) == Later(at=at(2.0))


@given(st.lists(st.floats(0, 0.4), min_size=1, max_size=200))
def test_no_window_is_ever_overrun(pauses: list[float]) -> None:
    windows = (Window(most=3, seconds=1), Window(most=5, seconds=4))
    limiter = Limiter(Rates(lane_per_second=1_000_000, conversation=windows))
    now, sent = NOON, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        place = limiter.place(LANE, "c", now=now)
        if isinstance(place, Go):
            sent.append(place.at)
    for window in windows:
        span = timedelta(seconds=window.seconds)
        assert all(sum(start <= time < start + span for time in sent) <= window.most for start in sent)


def test_the_web_page_has_no_limit() -> None:
    limiter = Limiter(Rates())
    assert {limiter.place("", "c", now=NOON) for _ in range(1000)} == {Go(at=NOON)}


@pytest.mark.parametrize(("limit", "workers"), [(50, 2), (50, 3), (7, 5), (50, 1)])
def test_workers_that_share_a_lane_together_keep_to_its_limit_and_use_it(limit: int, workers: int) -> None:
    limiters = [at_full_pace(Rates(lane_per_second=limit)) for _ in range(workers)]
    for rank, limiter in enumerate(limiters):
        limiter.share(LANE, Share(rank=rank, of=workers), joining=False, now=NOON)
    assert sum(limiter.per_second(LANE) for limiter in limiters) == pytest.approx(limit * 0.988)
    went: list[datetime] = []
    for number, limiter in enumerate(limiters):
        now = NOON
        while now < at(20):
            wait = limiter.enter(LANE, f"{number}/{len(went)}", now=now)
            if wait == 0:
                limiter.leave(LANE, f"{number}/{len(went)}", now=now)
                went.append(now)
            now += timedelta(seconds=wait)
    assert len(went) >= 0.97 * limit * 20
    for start in went[:: limit // 7]:
        assert sum(start <= time < start + timedelta(seconds=1) for time in went) <= limit


@pytest.mark.parametrize(("limit", "workers", "replies"), [(50, 1, 8), (50, 2, 9), (5, 2, 20)])
def test_what_others_answer_is_left_to_them(limit: int, workers: int, replies: int) -> None:
    limiters = [at_full_pace(Rates(lane_per_second=limit)) for _ in range(workers)]
    for rank, limiter in enumerate(limiters):
        limiter.share(LANE, Share(rank=rank, of=workers, replies=replies), joining=False, now=NOON)
    pace = sum(limiter.per_second(LANE) for limiter in limiters)
    assert pace == pytest.approx(max(workers, limit - replies) * 0.988), "the slowest pace is one each"
    limiters[0].share(LANE, Share(), joining=False, now=NOON)
    assert limiters[0].per_second(LANE) == pytest.approx(limit * 0.988)


def test_what_is_answered_is_told_while_it_is_answered() -> None:
    limiter = Limiter(Rates())
    for number in range(6):
        limiter.count(LANE, f"c{number}", now=at(number / 6))
    limiter.count("other", "c", now=at(1.5), calls=2)
    assert limiter.replies(now=at(1)) == {LANE: 3, "other": 1}
    assert limiter.replies(now=at(2.9)) == {"other": 1}
    assert limiter.replies(now=at(4)) == {}


def test_who_joins_waits_until_the_others_know() -> None:
    limiter = at_full_pace(Rates())
    limiter.share(LANE, Share(rank=1, of=2), joining=True, now=NOON)
    assert limiter.paused_until(LANE, now=NOON) == at(1.1)
    assert limiter.paused_until(LANE, now=at(1.1)) is None


def test_who_is_left_alone_has_the_whole_lane_again() -> None:
    limiter = at_full_pace(Rates(headroom=1))
    limiter.share(LANE, Share(rank=0, of=2), joining=False, now=NOON)
    assert limiter.per_second(LANE) == 25
    limiter.share(LANE, Share(), joining=False, now=NOON)
    assert limiter.per_second(LANE) == 50
    assert limiter.paused_until(LANE, now=NOON) is None
