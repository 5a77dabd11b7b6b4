from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.crowd import Crowd
from tests.unit.delivery.scene import NOON

SECOND = timedelta(seconds=1)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_at_most_so_many_enter_in_a_window() -> None:
    crowd = Crowd(most=3, window=SECOND)
    assert [crowd.enter(str(n), now=at(n / 10)) for n in range(3)] == [0, 0, 0]
    for n in range(3):
        crowd.leave(str(n), now=at(0.2))
    assert crowd.enter("3", now=at(0.25)) == 0.75
    assert crowd.enter("3", now=at(1.0)) == 0


def test_what_is_late_may_arrive_any_moment_and_counts_until_it_is_answered() -> None:
    crowd = Crowd(most=2, window=SECOND)
    crowd.enter("a", now=at(0))
    crowd.enter("b", now=at(0))
    assert crowd.enter("c", now=at(5)) > 0
    crowd.leave("a", now=at(5))
    crowd.leave("b", now=at(5))
    assert crowd.enter("c", now=at(5.5)) > 0
    assert crowd.enter("c", now=at(5.8)) == 0


def test_what_does_not_ask_is_counted_too() -> None:
    crowd = Crowd(most=2, window=SECOND)
    crowd.count(now=at(0), calls=2)
    assert crowd.enter("a", now=at(0.5)) > 0


def test_what_is_usual_is_learned_and_a_slow_service_is_not_a_stalled_one() -> None:
    """Answers that always take 0.3 s leave nearly the whole limit."""
    crowd, admitted, under_way, now = Crowd(most=50, window=SECOND), 0, [("", NOON)], NOON
    while now < at(30):
        while under_way and under_way[0][1] <= now:
            crowd.leave(under_way.pop(0)[0], now=now)
        wait = crowd.enter(str(admitted), now=now)
        if wait == 0:
            under_way.append((str(admitted), now + timedelta(seconds=0.3)))
            admitted += 1
        now += timedelta(seconds=max(wait, 0.02))
    assert admitted > 0.97 * 50 * 30


@given(
    pauses=st.lists(st.floats(0.0, 0.3), min_size=30, max_size=120),
    stalls=st.lists(st.tuples(st.floats(0, 12), st.floats(0, 4)), max_size=3),
)
def test_a_service_that_stalls_never_sees_more_than_twice_its_limit(
    pauses: list[float], stalls: list[tuple[float, float]]
) -> None:
    """What is sent during a stall arrives together at its end; others are answered at once."""
    crowd, now, arrived = Crowd(most=10, window=SECOND), NOON, []
    under_way: dict[str, datetime] = {}
    for n, pause in enumerate(pauses):
        now += timedelta(seconds=pause)
        for key, arrives in [item for item in under_way.items() if item[1] <= now]:
            crowd.leave(key, now=max(arrives, now))
            del under_way[key]
        if crowd.enter(str(n), now=now) > 0:
            continue
        ends = [at(start + length) for start, length in stalls if at(start) <= now < at(start + length)]
        arrives = max([now, *ends])
        arrived.append(arrives)
        under_way[str(n)] = arrives
    for start in arrived:
        # A full window sent before the stall was noticed may arrive together with a full one sent after its end. Of
        # 60,000 random stalls nine reached 20; most stay at 10.
        assert sum(start <= time < start + SECOND for time in arrived) <= 2 * 10
