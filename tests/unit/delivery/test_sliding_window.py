import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.limiter import SlidingWindow, _Latency
from tests.unit.delivery.scene import NOON

SECOND = timedelta(seconds=1)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_at_most_so_many_enter_in_a_window() -> None:
    crowd = SlidingWindow(most=3, window=SECOND)
    for n in range(3):
        assert crowd.admit(str(n), now=at(n / 10)) == 0
        crowd.record_answer(str(n), now=at(n / 10))
    assert crowd.admit("3", now=at(0.25)) == 0.75
    assert crowd.admit("3", now=at(1.0)) == 0


def test_what_is_not_answered_may_arrive_any_moment_and_counts_until_it_is() -> None:
    crowd = SlidingWindow(most=2, window=SECOND)
    crowd.admit("a", now=at(0))
    crowd.admit("b", now=at(0))
    assert crowd.admit("c", now=at(5)) > 0
    crowd.record_answer("a", now=at(5))
    crowd.record_answer("b", now=at(5))
    assert crowd.admit("c", now=at(5.9)) > 0
    assert crowd.admit("c", now=at(6)) == 0


@pytest.mark.parametrize(("took", "free_after"), [(0.28125, 1.0), (0.28126, 1.03126)])
def test_what_takes_the_usual_time_counts_as_sent_and_what_takes_longer_as_just_arrived(
    took: float, free_after: float
) -> None:
    window = SlidingWindow(most=1, window=SECOND)
    for n in range(8):  # a whole sample: a quarter of a second, and usually up to 1/32 more
        assert window.admit(str(n), now=at(10 * n)) == 0
        window.record_answer(str(n), now=at(10 * n + (0.25, 0.28125)[n % 2]))
    assert window.admit("a", now=at(100)) == 0
    window.record_answer("a", now=at(100 + took))
    assert window.admit("b", now=at(100.5)) == pytest.approx(free_after - 0.5, abs=1e-6)


def test_what_does_not_ask_is_counted_too() -> None:
    crowd = SlidingWindow(most=2, window=SECOND)
    crowd.count(now=at(0), calls=2)
    assert crowd.admit("a", now=at(0.5)) > 0


def test_a_tenth_of_a_second_sees_no_more_than_about_a_sixth() -> None:
    crowd = SlidingWindow(most=50, window=SECOND)
    assert sum(crowd.admit(str(n), now=at(0.05)) == 0 for n in range(50)) == 8


@given(
    pauses=st.lists(st.floats(0.0, 0.3), min_size=30, max_size=120),
    stalls=st.lists(st.tuples(st.floats(0, 12), st.floats(0, 4)), max_size=3),
)
def test_a_service_that_stalls_never_sees_more_than_its_limit(
    pauses: list[float], stalls: list[tuple[float, float]]
) -> None:
    """What is sent during a stall arrives together at its end; all is answered as it arrives."""
    crowd, now, arrived = SlidingWindow(most=10, window=SECOND), NOON, []
    in_flight: list[tuple[datetime, str]] = []
    for n, pause in enumerate(pauses):
        now += timedelta(seconds=pause)
        while in_flight and min(in_flight)[0] <= now:
            arrives, key = min(in_flight)
            crowd.record_answer(key, now=arrives)
            in_flight.remove((arrives, key))
        if crowd.admit(str(n), now=now) == 0:
            ends = [at(start + length) for start, length in stalls if at(start) <= now < at(start + length)]
            arrives = max([now, *ends])
            arrived.append(arrives)
            in_flight.append((arrives, str(n)))
    for start in arrived:
        assert sum(start <= time < start + SECOND for time in arrived) <= 10


@dataclass
class Service:
    """Answers ``around`` seconds after a message came, ``varying`` more or less; the message takes ``way`` there."""

    draw: random.Random
    way: float = 0.0
    around: float = 0.0
    varying: float = 0.0

    def take(self, sent_at: datetime) -> tuple[datetime, datetime]:
        """Return when the message arrives and when its answer is there."""
        way = self.draw.uniform(0, self.way)
        answer = self.around + self.draw.uniform(-self.varying, self.varying)
        return sent_at + timedelta(seconds=way), sent_at + timedelta(seconds=way + max(0, answer))


def busy(crowd: SlidingWindow, service: Service, *, seconds: float, pace: float) -> list[datetime]:
    """Send as fast as the crowd admits, and no faster than ``pace`` a second; return the arrivals."""
    arrivals: list[datetime] = []
    answers: list[tuple[datetime, str]] = []
    now, place = NOON, NOON
    while now < at(seconds):
        answers.sort()
        while answers and answers[0][0] <= now:
            answered_at, key = answers.pop(0)
            crowd.record_answer(key, now=answered_at)
        wait = crowd.admit(str(len(arrivals)), now=now)
        if wait == 0:
            arrives, answered_at = service.take(now)
            answers.append((answered_at, str(len(arrivals))))
            arrivals.append(arrives)
            place = max(place + timedelta(seconds=1 / pace), now - timedelta(seconds=0.1))
        now = max(place, now + timedelta(seconds=wait))
    return arrivals


@pytest.mark.full
@pytest.mark.parametrize(
    "service",
    [
        Service(random.Random(1)),
        Service(random.Random(2), around=0.03),
        Service(random.Random(3), around=0.3, varying=0.01),
        Service(random.Random(4), around=0.07, varying=0.05),
        Service(random.Random(5), way=0.012, around=0.1, varying=0.02),
    ],
)
def test_a_slow_service_is_not_a_stalled_one(service: Service) -> None:
    """After the first lesson nearly the whole limit is used, however long answers usually take."""
    arrivals = busy(SlidingWindow(most=50, window=SECOND / 0.988), service, seconds=120, pace=49.4)
    assert sum(time > at(15) for time in arrivals) > 0.98 * 50 * 105
    for start in arrivals[::7]:
        assert sum(start <= time < start + SECOND for time in arrivals) <= 50


def test_less_may_be_allowed_from_one_moment_to_the_next() -> None:
    crowd = SlidingWindow(most=50, window=SECOND)
    for n in range(30):
        assert crowd.admit(str(n), now=at(n / 50)) == 0
        crowd.record_answer(str(n), now=at(n / 50))
    crowd.allow(25)
    assert crowd.admit("next", now=at(0.6)) == pytest.approx(0.5)


def test_how_long_answers_take_is_learned_from_a_whole_sample() -> None:
    latency = _Latency(3)
    for took in (0.03, 0.01):
        latency.add_sample(timedelta(seconds=took))
    assert (latency.quickest, latency.usual) == (timedelta(0), timedelta(0)), "until it is complete"
    latency.add_sample(timedelta(seconds=0.025))
    assert latency.quickest == timedelta(seconds=0.01)
    assert latency.usual == timedelta(seconds=2 * (0.025 - 0.01))
    latency.add_sample(timedelta(seconds=0.004))
    assert latency.quickest == timedelta(seconds=0.004), "a quicker one counts at once"
    assert latency.usual == timedelta(seconds=0.03)
    for took in (0.5, 0.6):
        latency.add_sample(timedelta(seconds=took))
    assert latency.usual == timedelta(seconds=0.1), "and no more than a tenth of a second is taken for usual"


def test_an_answer_that_was_held_up_counts_when_it_came_and_another_when_it_was_sent() -> None:
    window = SlidingWindow(most=2, window=SECOND)
    window.admit("held", now=at(0))
    window.record_answer("held", now=at(0.5))
    window.admit("swift", now=at(0.6))
    window.record_answer("swift", now=at(0.6))
    assert window.admit("x", now=at(1.4)) == pytest.approx(0.1)
    assert window.admit("x", now=at(1.5)) == 0


def test_a_send_counts_as_many_calls_as_it_makes() -> None:
    window = SlidingWindow(most=100, window=SECOND)
    assert window.admit("a", now=at(0), calls=10) == 0
    assert window.admit("b", now=at(0), calls=6) == 0
    assert window.admit("c", now=at(0)) == pytest.approx(0.1), "sixteen of a hundred within a tenth of a second"
    window.record_answer("a", now=at(0))
    window.record_answer("b", now=at(0))
    window.count(now=at(0.2), calls=84)
    assert window.admit("c", now=at(0.3)) == pytest.approx(0.7)


def test_more_calls_than_a_tenth_of_a_second_holds_go_alone() -> None:
    window = SlidingWindow(most=50, window=SECOND)
    assert window.admit("many", now=at(0), calls=20) == 0
    assert window.admit("next", now=at(0.05)) == pytest.approx(0.05)
    assert window.admit("next", now=at(0.1)) == 0


def test_even_the_smallest_limit_lets_two_go_at_once() -> None:
    window = SlidingWindow(most=5, window=SECOND)
    assert [window.admit(str(n), now=at(0)) for n in range(2)] == [0, 0]
    assert window.admit("2", now=at(0)) == pytest.approx(0.1)


def test_one_waits_for_as_many_as_are_too_many() -> None:
    window = SlidingWindow(most=3, window=SECOND)
    for n in range(3):
        window.count(now=at(n / 10))
    assert window.admit("x", now=at(0.5), calls=2) == pytest.approx(0.6)
    assert window.admit("x", now=at(0.5), calls=3) == pytest.approx(0.7)
    assert window.admit("x", now=at(0.5), calls=4) == pytest.approx(0.01), "never enough room: ask again soon"


def test_an_answer_to_nothing_is_passed_over() -> None:
    window = SlidingWindow(most=1, window=SECOND)
    window.record_answer("unknown", now=at(0))
    assert window.admit("a", now=at(0)) == 0
    window.record_answer("a", now=at(0))
    window.record_answer("a", now=at(0.5))
    assert window.admit("b", now=at(1)) == 0


def test_what_is_under_way_as_long_as_usual_counts_when_it_was_sent() -> None:
    window = SlidingWindow(most=2, window=SECOND)
    for n in range(16):
        window.admit(str(n), now=at(-100 + n))
        window.record_answer(str(n), now=at(-100 + n + (0.2 if n % 2 else 0.24)))
    assert window.admit("a", now=at(0)) == 0
    assert window.admit("b", now=at(0.1)) == 0
    assert window.admit("c", now=at(0.2)) > 0
    window.record_answer("b", now=at(0.3))
    assert window.admit("c", now=at(0.35)) > 0, "a is under way longer than usual and may arrive any moment"
