import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.sender import BackoffPolicy, retry_delay


def test_pauses_double_until_the_longest_and_end() -> None:
    policy = BackoffPolicy(first_seconds=2, longest_seconds=10, most_attempts=6)
    pauses = [retry_delay(policy, attempt=n, jitter=0.0) for n in range(1, 7)]
    assert pauses == [1, 2, 4, 5, 5, None]


@given(attempt=st.integers(1, 10_000), jitter=st.floats(0, 1, exclude_max=True))
def test_a_pause_is_between_half_and_all_of_the_full_one(attempt: int, jitter: float) -> None:
    policy = BackoffPolicy(most_attempts=100_000)
    pause = retry_delay(policy, attempt=attempt, jitter=jitter)
    assert pause is not None
    assert 1 <= pause <= 900


@pytest.mark.parametrize(("attempt", "jitter"), [(0, 0.5), (-1, 0.5), (1, 1.0), (1, -0.1)])
def test_impossible_arguments_are_refused(attempt: int, jitter: float) -> None:
    with pytest.raises(ValueError, match=r"attempt|jitter"):
        retry_delay(BackoffPolicy(), attempt=attempt, jitter=jitter)
