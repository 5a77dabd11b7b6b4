"""Token buckets: bursts, refills, and memory that stays bounded."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.budget import Rate, TokenBuckets

NOON = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)


@dataclass
class BucketClock:
    """Time that moves when told."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("a budget never waits")

    def pass_seconds(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> BucketClock:
    return BucketClock()


def test_a_burst_goes_through_and_the_next_waits_for_one_refill(clock: BucketClock) -> None:
    buckets = TokenBuckets(Rate(burst=5, per_minute=30), clock=clock)
    assert [buckets.take("a") for _ in range(5)] == [0.0] * 5
    assert buckets.take("a") == pytest.approx(2.0)
    clock.pass_seconds(1.9)
    assert buckets.take("a") == pytest.approx(0.1)
    clock.pass_seconds(0.1)
    assert buckets.take("a") == 0.0
    assert buckets.take("a") > 0


def test_a_refused_token_costs_nothing(clock: BucketClock) -> None:
    buckets = TokenBuckets(Rate(burst=1, per_minute=60), clock=clock)
    buckets.take("a")
    for _ in range(1000):
        assert buckets.take("a") == pytest.approx(1.0)
    clock.pass_seconds(1)
    assert buckets.take("a") == 0.0


def test_looking_takes_no_token(clock: BucketClock) -> None:
    buckets = TokenBuckets(Rate(burst=1, per_minute=60), clock=clock)
    assert buckets.wait("a") == buckets.wait("a") == 0.0
    assert buckets.take("a") == 0.0
    assert buckets.wait("a") == pytest.approx(1.0)


def test_one_key_never_costs_another(clock: BucketClock) -> None:
    buckets = TokenBuckets(Rate(burst=3, per_minute=1), clock=clock)
    while not buckets.take("greedy"):
        pass
    assert [buckets.take("honest") for _ in range(3)] == [0.0] * 3


def test_a_factor_multiplies_burst_and_rate(clock: BucketClock) -> None:
    buckets = TokenBuckets(Rate(burst=2, per_minute=6), clock=clock)
    assert [buckets.take("hall", factor=10.0) for _ in range(20)] == [0.0] * 20
    assert buckets.take("hall", factor=10.0) == pytest.approx(1.0)


def test_several_tokens_are_taken_together_or_not_at_all(clock: BucketClock) -> None:
    buckets = TokenBuckets(Rate(burst=5, per_minute=60), clock=clock)
    assert buckets.take("a", tokens=3) == 0.0
    assert buckets.take("a", tokens=3) == pytest.approx(1.0)
    assert buckets.take("a", tokens=2) == 0.0
    assert buckets.take("a") == pytest.approx(1.0)
    assert buckets.take("b", tokens=100) == 0.0
    assert buckets.take("b", tokens=100) == pytest.approx(5.0)


def test_a_clock_that_goes_back_locks_nobody_out_for_longer_than_an_empty_bucket(clock: BucketClock) -> None:
    buckets = TokenBuckets(Rate(burst=4, per_minute=60), clock=clock)
    for _ in range(4):
        buckets.take("a")
    clock.at -= timedelta(hours=6)
    assert buckets.take("a") <= 1.0


def test_memory_is_bounded_by_the_number_of_keys(clock: BucketClock) -> None:
    buckets = TokenBuckets(Rate(burst=1, per_minute=1), clock=clock, most_keys=100)
    for number in range(10_000):
        buckets.take(f"address {number}")
    assert len(buckets) == 100
    clock.pass_seconds(3600)
    for number in range(60):
        buckets.take(f"later {number}")
    assert len(buckets) <= 61


@pytest.mark.parametrize("seed", range(20))
def test_no_more_than_burst_and_refills_ever_go_through(clock: BucketClock, seed: int) -> None:
    """Seeded sequences of takes and pauses, counted against what the rate permits."""
    dice = random.Random(seed)
    rate = Rate(burst=dice.randint(1, 40), per_minute=dice.choice([0.5, 6, 60, 977]))
    buckets = TokenBuckets(rate, clock=clock)
    taken, passed = 0, 0.0
    for _ in range(2000):
        if dice.random() < 0.3:
            pause = dice.expovariate(1.0)
            clock.pass_seconds(pause)
            passed += pause
        taken += buckets.take("a") == 0.0
        assert taken <= rate.burst + passed * rate.per_minute / 60 + 1e-3
    assert taken >= min(2000, rate.burst)
