from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.limiter import Go, Later, Limiter, Rates, Window
from bot.ports import Share
from tests.unit.delivery.rates import per_second
from tests.unit.delivery.scene import NOON

LANE = "app/tenant"


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def at_full_pace(rates: Rates) -> Limiter:
    """Return a limiter whose lane is past its careful beginning."""
    limiter = Limiter(rates)
    limiter.reserve(LANE, "first", now=at(-60))
    for second in range(-50, 0):
        limiter.succeeded(LANE, now=at(second))
    return limiter


def test_a_lane_begins_a_little_slower() -> None:
    limiter = Limiter(Rates(headroom=1))
    limiter.reserve(LANE, "c", now=NOON)
    assert per_second(limiter, LANE) == pytest.approx(45)
    for second in range(1, 4):
        limiter.succeeded(LANE, now=at(second))
    assert per_second(limiter, LANE) == 50


def test_a_lane_is_evenly_paced_just_below_its_limit() -> None:
    limiter = at_full_pace(Rates(patience_seconds=60))
    places = [limiter.reserve(LANE, f"c{n}", now=NOON) for n in range(500)]
    assert all(isinstance(place, Go) for place in places)
    times = [place.at for place in places]
    assert times[-1] - NOON == pytest.approx(timedelta(seconds=499 / 49.4), abs=timedelta(milliseconds=5))
    for start in times:
        assert sum(start <= time < start + timedelta(seconds=1) for time in times) <= 50


def test_whoever_would_wait_too_long_returns_in_order_at_the_lanes_pace() -> None:
    limiter = at_full_pace(Rates(lane_per_second=10, headroom=1))
    places = [limiter.reserve(LANE, f"c{n}", now=NOON) for n in range(200)]
    sent = [place for place in places if isinstance(place, Go)]
    later = [place.at for place in places if isinstance(place, Later)]
    assert len(sent) == 16
    assert later == sorted(later)
    assert (later[-1] - later[0]).total_seconds() == pytest.approx((len(later) - 1) / 10.2, abs=0.01)


def test_those_sent_back_have_their_turn_before_newcomers() -> None:
    limiter = at_full_pace(Rates(lane_per_second=10, headroom=1))
    for n in range(200):
        limiter.reserve(LANE, f"c{n}", now=NOON)
    newcomer = limiter.reserve(LANE, "new", now=at(3))
    returning = limiter.reserve(LANE, "c30", now=at(3), deferred=True)
    assert isinstance(newcomer, Later)
    assert returning == Go(at=at(3))


def test_a_long_line_in_one_tenant_holds_up_no_other() -> None:
    limiter = Limiter(Rates())
    for n in range(10_000):
        limiter.reserve(LANE, f"c{n}", now=NOON)
    limiter.throttled(LANE, now=NOON, retry_after_seconds=660)
    assert limiter.reserve("app/other", "d", now=NOON) == Go(at=NOON)


def test_a_pause_holds_the_lane_as_long_as_asked() -> None:
    limiter = Limiter(Rates())
    limiter.throttled(LANE, now=NOON, retry_after_seconds=30)
    place = limiter.reserve(LANE, "c", now=NOON)
    assert isinstance(place, Later)
    assert place.at > at(30)
    assert limiter.reserve(LANE, "c", now=at(31), deferred=True) == Go(at=at(31))


def test_many_refusals_at_once_count_as_one_and_repeated_ones_slow_the_lane_down() -> None:
    limiter = at_full_pace(Rates(headroom=1))
    for _ in range(20):
        limiter.throttled(LANE, now=NOON, retry_after_seconds=1)
    assert per_second(limiter, LANE) == pytest.approx(50 * 0.97)
    limiter.throttled(LANE, now=at(2), retry_after_seconds=1)
    assert per_second(limiter, LANE) == pytest.approx(50 * 0.97 * 0.9)
    limiter.throttled(LANE, now=at(4), retry_after_seconds=1)
    assert per_second(limiter, LANE) == pytest.approx(50 * 0.97 * 0.9 * 0.7)
    limiter.throttled(LANE, now=at(60), retry_after_seconds=1)
    assert per_second(limiter, LANE) == pytest.approx(50 * 0.97 * 0.9 * 0.7 * 0.97)


def test_the_pace_comes_back_step_by_step_and_never_above_the_limit() -> None:
    limiter = at_full_pace(Rates(headroom=1))
    for refusal in range(3):
        limiter.throttled(LANE, now=at(2 * refusal), retry_after_seconds=1)
    slow = per_second(limiter, LANE)
    limiter.succeeded(LANE, now=at(6.1))
    limiter.succeeded(LANE, now=at(6.2))
    assert per_second(limiter, LANE) == pytest.approx(slow * 1.05)
    for second in range(8, 400):
        limiter.succeeded(LANE, now=at(second))
    assert per_second(limiter, LANE) == 50


@pytest.mark.quick(2)
@pytest.mark.parametrize("true_limit", [5, 20, 45])
def test_a_service_that_permits_less_than_it_says_is_followed(true_limit: int) -> None:
    """Most of what it really permits, and few refusals, over ten minutes."""
    limiter = Limiter(Rates(headroom=1))
    now, refused = NOON, 0
    sent: list[datetime] = []
    while now < at(600):
        place = limiter.reserve(LANE, f"c{len(sent)}{refused}", now=now, deferred=True)
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
        while (wait := limiter.admit(LANE, str(n), now=now)) > 0:
            now += timedelta(seconds=wait)
        limiter.record_answer(LANE, str(n), now=now)
        went.append(now)
    for start in went:
        assert sum(start <= time < start + timedelta(seconds=1) for time in went) <= 10


def test_replies_go_at_once_and_push_the_others_back() -> None:
    limiter = at_full_pace(Rates(lane_per_second=10, headroom=1))
    limiter.count_reply(LANE, "asker", now=NOON)
    limiter.count_reply(LANE, "asker", now=NOON)
    assert limiter.reserve(LANE, "c", now=NOON) == Go(at=at(0.2))


def test_a_conversation_takes_seven_in_a_second_and_eight_in_two() -> None:
    limiter = Limiter(Rates(lane_per_second=1_000_000))
    for n in range(7):
        assert limiter.reserve(LANE, "c", now=at(n / 100)) == Go(at=at(n / 100))
    assert limiter.reserve(LANE, "c", now=at(0.1)) == Later(at=at(1.0))
    assert limiter.reserve(LANE, "c", now=at(1.0)) == Go(at=at(1.0))
    assert limiter.reserve(LANE, "c", now=at(1.5)) == Later(at=at(2.0))


@given(st.lists(st.floats(0, 0.4), min_size=1, max_size=200))
def test_no_window_is_ever_overrun(pauses: list[float]) -> None:
    windows = (Window(most=3, seconds=1), Window(most=5, seconds=4))
    limiter = Limiter(Rates(lane_per_second=1_000_000, conversation=windows))
    now, sent = NOON, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        place = limiter.reserve(LANE, "c", now=now)
        if isinstance(place, Go):
            sent.append(place.at)
    for window in windows:
        span = timedelta(seconds=window.seconds)
        assert all(sum(start <= time < start + span for time in sent) <= window.most for start in sent)


def test_the_web_page_has_no_limit() -> None:
    limiter = Limiter(Rates())
    assert {limiter.reserve("", "c", now=NOON) for _ in range(1000)} == {Go(at=NOON)}


@pytest.mark.parametrize(("limit", "workers"), [(50, 2), (50, 3), (7, 5), (50, 1)])
def test_workers_that_share_a_lane_together_keep_to_its_limit_and_use_it(limit: int, workers: int) -> None:
    limiters = [at_full_pace(Rates(lane_per_second=limit)) for _ in range(workers)]
    for rank, limiter in enumerate(limiters):
        limiter.share(LANE, Share(rank=rank, of=workers), joining=False, now=NOON)
    assert sum(per_second(limiter, LANE) for limiter in limiters) == pytest.approx(limit * 0.988)
    went: list[datetime] = []
    for number, limiter in enumerate(limiters):
        now = NOON
        while now < at(20):
            wait = limiter.admit(LANE, f"{number}/{len(went)}", now=now)
            if wait == 0:
                limiter.record_answer(LANE, f"{number}/{len(went)}", now=now)
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
    pace = sum(per_second(limiter, LANE) for limiter in limiters)
    assert pace == pytest.approx(max(workers, limit - replies) * 0.988), "the slowest pace is one each"
    limiters[0].share(LANE, Share(), joining=False, now=NOON)
    assert per_second(limiters[0], LANE) == pytest.approx(limit * 0.988)


def test_what_is_answered_is_told_while_it_is_answered() -> None:
    limiter = Limiter(Rates())
    for number in range(6):
        limiter.count_reply(LANE, f"c{number}", now=at(number / 6))
    limiter.count_reply("other", "c", now=at(1.5), calls=2)
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
    assert per_second(limiter, LANE) == 25
    limiter.share(LANE, Share(), joining=False, now=NOON)
    assert per_second(limiter, LANE) == 50
    assert limiter.paused_until(LANE, now=NOON) is None


def test_a_lane_that_is_refused_again_and_again_comes_to_one_a_second_and_not_to_a_stand() -> None:
    limiter = at_full_pace(Rates())
    for refusal in range(60):
        limiter.throttled(LANE, now=at(2 * refusal), retry_after_seconds=1)
    assert per_second(limiter, LANE) == 1.0


def test_near_the_rate_that_was_refused_the_lane_speeds_up_slowly_and_past_it_as_before() -> None:
    limiter = Limiter(Rates(lane_per_second=100, headroom=1, patience_seconds=60))
    limiter.reserve(LANE, "c", now=NOON)
    limiter.throttled(LANE, now=NOON, retry_after_seconds=1)
    refused_at, now, steps = 90.0, at(2), []
    before = per_second(limiter, LANE)
    while before < 100:
        now += timedelta(seconds=1)
        limiter.succeeded(LANE, now=now)
        steps.append((before, per_second(limiter, LANE) / before))
        before = per_second(limiter, LANE)
    slow = [pace for pace, step in steps if step == pytest.approx(1.003)]
    assert min(slow) < refused_at < max(slow)
    assert all(0.95 * refused_at <= pace < 1.05 * refused_at for pace in slow)
    assert steps[-2][1] == pytest.approx(1.05)


def test_a_lane_nobody_has_sent_in_has_the_whole_rate_and_learns_nothing() -> None:
    limiter = Limiter(Rates(headroom=1))
    limiter.succeeded(LANE, now=NOON)
    assert per_second(limiter, LANE) == 50
    assert limiter.paused_until(LANE, now=NOON) is None


def test_the_longest_pause_a_service_may_ask_for_is_an_hour_and_the_shortest_a_second() -> None:
    limiter = Limiter(Rates())
    limiter.throttled(LANE, now=NOON, retry_after_seconds=1_000_000)
    assert limiter.paused_until(LANE, now=NOON) == at(3600)
    limiter = Limiter(Rates())
    limiter.throttled(LANE, now=NOON, retry_after_seconds=None)
    assert limiter.paused_until(LANE, now=NOON) == at(1)


def test_of_two_pauses_the_longer_holds() -> None:
    limiter = Limiter(Rates())
    limiter.throttled(LANE, now=NOON, retry_after_seconds=30)
    limiter.throttled(LANE, now=at(1), retry_after_seconds=5)
    assert limiter.paused_until(LANE, now=at(2)) == at(30)


def test_sends_caught_by_a_pause_come_back_after_it_one_after_the_other() -> None:
    limiter = at_full_pace(Rates(lane_per_second=10, headroom=1))
    limiter.throttled(LANE, now=NOON, retry_after_seconds=30)
    times = [limiter.after_pause(LANE, at(30)) for _ in range(3)]
    step = 1 / 10.2
    assert [(time - at(30)).total_seconds() for time in times] == pytest.approx([step, 2 * step, 3 * step], abs=1e-4)


def test_a_send_of_several_calls_takes_as_many_places() -> None:
    limiter = at_full_pace(Rates(lane_per_second=10, headroom=1))
    assert limiter.reserve(LANE, "a", now=NOON, calls=3) == Go(at=NOON)
    assert limiter.reserve(LANE, "b", now=NOON) == Go(at=at(0.3))
    limiter = at_full_pace(Rates(lane_per_second=10, headroom=1))
    limiter.count_reply(LANE, "a", now=NOON, calls=4)
    assert limiter.reserve(LANE, "b", now=NOON) == Go(at=at(0.4))


def test_places_deferred_for_several_calls_are_as_far_apart() -> None:
    limiter = at_full_pace(Rates(lane_per_second=10, headroom=1))
    limiter.throttled(LANE, now=NOON, retry_after_seconds=60)
    first, second = (limiter.reserve(LANE, f"c{n}", now=NOON, calls=2) for n in range(2))
    assert (second.at - first.at).total_seconds() == pytest.approx(2 / 10.2, abs=1e-4)
    assert (first.at - at(60)).total_seconds() == pytest.approx(2 / 10.2, abs=1e-4)


def test_lanes_of_every_rate_are_counted_where_a_second_holds_at_least_one_send() -> None:
    """The send that would be one too many within a second waits, whatever the lane's rate."""
    for rate in (1, 2, 2_000):
        limiter = at_full_pace(Rates(lane_per_second=rate, headroom=1))
        limiter.count_reply(LANE, "c", now=NOON, calls=rate)
        assert limiter.admit(LANE, "x", now=NOON) > 0
        assert limiter.admit(LANE, "x", now=at(1)) == 0
    limiter = at_full_pace(Rates(lane_per_second=2_001, headroom=1))
    limiter.count_reply(LANE, "c", now=NOON, calls=5_000)
    assert limiter.admit(LANE, "x", now=NOON) == 0, "a test server's lane, where nothing is counted"


def test_the_web_page_is_neither_counted_nor_shared() -> None:
    limiter = Limiter(Rates(lane_per_second=1))
    for _ in range(5):
        limiter.count_reply("", "c", now=NOON)
        assert limiter.admit("", "x", now=NOON) == 0
        limiter.record_answer("", "x", now=NOON)
        limiter.share("", Share(rank=1, of=2), joining=True, now=NOON)
    assert limiter.replies(now=NOON) == {}
    assert limiter.reserve("", "c", now=NOON) == Go(at=NOON)


def test_what_was_answered_long_ago_is_not_kept() -> None:
    limiter = Limiter(Rates())
    limiter.count_reply(LANE, "c", now=NOON)
    assert limiter.replies(now=at(1.999)) == {LANE: 1}
    assert limiter.replies(now=at(2)) == {}
    assert not limiter._replies


def test_one_who_has_the_lane_alone_does_not_wait_to_join_it() -> None:
    limiter = at_full_pace(Rates())
    limiter.share(LANE, Share(), joining=True, now=NOON)
    assert limiter.paused_until(LANE, now=NOON) is None
    assert limiter.reserve(LANE, "c", now=NOON) == Go(at=NOON)


def test_joining_ends_no_longer_pause() -> None:
    limiter = at_full_pace(Rates())
    limiter.throttled(LANE, now=NOON, retry_after_seconds=30)
    limiter.share(LANE, Share(rank=0, of=2), joining=True, now=NOON)
    assert limiter.paused_until(LANE, now=NOON) == at(30)


def test_a_conversation_is_forgotten_when_its_last_send_is_out_of_every_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.delivery.limiter._MAX_CONVERSATIONS", 4)
    limiter = at_full_pace(Rates(lane_per_second=1_000_000, conversation=(Window(most=2, seconds=10),)))
    limiter._conversations.clear()
    for n in range(4):
        limiter.reserve(LANE, f"old{n}", now=at(n))
    limiter.reserve(LANE, "old3", now=at(4))
    limiter.reserve(LANE, "new", now=at(10))
    assert {*limiter._conversations} == {"old0", "old1", "old2", "old3", "new"}
    limiter.reserve(LANE, "another", now=at(12))
    assert {*limiter._conversations} == {"old3", "new", "another"}, "those of second 0 to 2 are over"
    assert limiter.reserve(LANE, "old3", now=at(12)) == Later(at=at(13)), "what is remembered is kept whole"


def test_where_too_many_are_within_the_windows_the_quiet_ones_are_forgotten_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.delivery.limiter._MAX_CONVERSATIONS", 4)
    limiter = at_full_pace(Rates(lane_per_second=1_000_000, conversation=(Window(most=4, seconds=100),)))
    limiter._conversations.clear()
    for n, sends in enumerate((1, 2, 3, 4, 1)):
        for _ in range(sends):
            limiter.reserve(LANE, f"c{n}", now=at(n))
    limiter.reserve(LANE, "next", now=at(9))
    assert {*limiter._conversations} == {"c2", "c3", "next"}


def test_of_a_conversation_no_more_is_remembered_than_its_windows_need() -> None:
    limiter = at_full_pace(Rates(lane_per_second=1_000_000, conversation=(Window(most=3, seconds=1),)))
    for n in range(40):
        limiter.count_reply(LANE, "c", now=at(n))
    assert len(limiter._conversations["c"]) <= 6
    limiter = Limiter(Rates(conversation=()))
    limiter.reserve(LANE, "c", now=NOON)
    assert not limiter._conversations


@pytest.mark.parametrize(("most", "seconds", "pace"), [(7, 1, 0.01), (8, 2, 0.2), (60, 30, 0.4), (1800, 3600, 1.9)])
def test_a_conversation_takes_no_more_than_each_window_of_the_service_permits(
    most: int, seconds: int, pace: float
) -> None:
    """Sent at a pace that the shorter windows permit, the first to be refused is one more than the window holds."""
    limiter, now, sent = Limiter(Rates(lane_per_second=1_000_000)), NOON, 0
    while isinstance(place := limiter.reserve(LANE, "c", now=now), Go):
        sent += 1
        now += timedelta(seconds=pace)
    assert (sent, place.at) == (most, at(seconds))


def test_a_lane_too_fast_to_be_counted_is_shared_by_its_pace_alone() -> None:
    limiter = at_full_pace(Rates(lane_per_second=10_000, headroom=1))
    limiter.share(LANE, Share(rank=1, of=4, replies=2_000), joining=False, now=NOON)
    assert per_second(limiter, LANE) == pytest.approx(10_000 * 0.8 / 4)
    limiter.share(LANE, Share(rank=0, of=2, replies=1_000_000), joining=False, now=NOON)
    assert per_second(limiter, LANE) == pytest.approx(0.5), "one a second is the least of a lane"
