"""A decision that a concurrent write made stale is made again, a few times."""

import pytest

from bot.ports import Conflict, Key, StoreUnavailable
from bot.records.conflict import MAX_TRIES, retry_on_conflict

KARI, OLA = Key(kind="person", id="kari"), Key(kind="person", id="ola")


class Written:
    """An attempt that conflicts on a record for the first ``times``."""

    def __init__(self, key: Key, times: int) -> None:
        self.attempts = 0
        self._key, self._times = key, times

    async def __call__(self) -> int:
        self.attempts += 1
        if self.attempts <= self._times:
            raise Conflict(self._key)
        return self.attempts


@pytest.mark.parametrize("times", [0, 1, MAX_TRIES - 1])
async def test_what_conflicted_is_decided_again(times: int) -> None:
    assert await retry_on_conflict(Written(KARI, times), reason="busy", only=KARI) == times + 1


async def test_after_the_last_try_the_store_is_unavailable_for_the_reason() -> None:
    attempt = Written(KARI, MAX_TRIES)
    with pytest.raises(StoreUnavailable, match="busy"):
        await retry_on_conflict(attempt, reason="busy")
    assert attempt.attempts == MAX_TRIES


async def test_a_conflict_on_another_record_is_not_tried_again() -> None:
    attempt = Written(OLA, 1)
    with pytest.raises(Conflict):
        await retry_on_conflict(attempt, reason="busy", only=KARI)
    assert attempt.attempts == 1
