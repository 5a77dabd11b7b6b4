"""A decision that a concurrent write made stale is made again, a few times, or given up."""

import ast
from pathlib import Path

import pytest

from bot.app.ops.health import Metrics
from bot.ports import Commit, Conflict, Key, RecordWrite, StoreUnavailable
from bot.records.conflict import MAX_TRIES, commit_if_unchanged, retry_on_conflict
from bot.stores.memory.store import MemoryStore
from tests.unit.driver import TUESDAY

ROOT = Path(__file__).parents[3]
KARI, OLA = Key(kind="person", id="kari"), Key(kind="person", id="ola")
# Where a conflict is neither: the reason it is not decided again and not given up.
OWN_MEANING = {
    "bot/records/conflict.py": "the two policies",
    "bot/turn/runtime.py": "an erased person is not decided about again",
    "bot/app/commands/programs.py": "the operator is shown the plan again",
    "bot/content/rehearsals.py": "a result is written until it is stored, also while the store is away",
    "bot/scim/endpoint.py": "the directory is told to send it again",
    "bot/channels/web/chat/conversation.py": "a message of the same id was stored before",
    "bot/signin/links.py": "a link is redeemed once",
    "bot/signin/oidc/flow.py": "a logout token is used once",
}


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
async def test_what_conflicted_is_decided_again_and_counted_by_kind(times: int) -> None:
    store, metrics = MemoryStore(), Metrics()
    store.decided_again = metrics.decided_again
    assert await retry_on_conflict(store, Written(KARI, times), reason="busy", only=KARI) == times + 1
    counted = f'heia_decided_again_total{{kind="person"}} {times}.0'
    assert (counted in metrics.page().decode()) is (times > 0)


async def test_after_the_last_try_the_store_is_unavailable_for_the_reason() -> None:
    attempt = Written(KARI, MAX_TRIES)
    with pytest.raises(StoreUnavailable, match="busy"):
        await retry_on_conflict(MemoryStore(), attempt, reason="busy")
    assert attempt.attempts == MAX_TRIES


async def test_a_conflict_on_another_record_is_not_tried_again() -> None:
    attempt = Written(OLA, 1)
    with pytest.raises(Conflict):
        await retry_on_conflict(MemoryStore(), attempt, reason="busy", only=KARI)
    assert attempt.attempts == 1


async def test_the_write_that_came_first_stands() -> None:
    store = MemoryStore()

    def first(name: str) -> Commit:
        return Commit(at=TUESDAY, records=(RecordWrite(key=KARI, body={"name": name}, expected=0),))

    assert await commit_if_unchanged(store, first("first"))
    assert not await commit_if_unchanged(store, first("second"))
    assert (await store.get([KARI]))[KARI].body == {"name": "first"}


def test_conflicts_are_handled_in_one_module_or_for_a_named_reason() -> None:
    handling = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and node.type is not None
        if "Conflict" in {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
    }
    assert handling == set(OWN_MEANING)
