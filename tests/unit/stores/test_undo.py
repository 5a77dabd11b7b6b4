"""What is undone has never been: a store that is shaken before every step answers as one that is left alone."""

from typing import Any

import pytest

from bot.stores.memory.state import Step, StoreState, Table
from bot.stores.memory.store import MemoryStore
from tests.contract.test_stores_agree import Questions, answer, without_ids

STEPS = 60
SHAKES = 3


class Shaken(MemoryStore):
    """A memory store that can take back its latest steps, as the tiny store does when its disk fails."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: list[Step] = []

    async def _make_durable(self) -> None:
        self._steps.append(self._state.take_changes())

    def begin_to_shake(self) -> dict[Table, Any]:
        self._steps.clear()
        return everything(self._state)

    def undo(self) -> dict[Table, Any]:
        self._state.undo(self._steps)
        return everything(self._state)


def everything(state: StoreState) -> dict[Table, Any]:
    """Return every row; numbers once given are never given again, so the counter goes on."""
    return {table: state.read(table, after="", limit=10_000) for table in Table if table is not Table.COUNTER}


@pytest.mark.parametrize("seed", range(8))
async def test_a_store_that_took_steps_back_answers_as_if_they_had_never_been(seed: int) -> None:
    reference, shaken = MemoryStore(), Shaken()
    questions, disturbing = Questions(seed, reference), Questions(1000 + seed, shaken)
    for step in range(STEPS):
        disturbing.now = questions.now
        before = shaken.begin_to_shake()
        for _ in range(SHAKES):
            said = await answer(shaken, disturbing.next())
            disturbing.learn(said, said)
        assert shaken.undo() == before, f"step {step}"
        ask = questions.next()
        expected, found = await answer(reference, ask), await answer(shaken, ask)
        assert without_ids(found) == without_ids(expected), f"step {step}"
        questions.learn(expected, found)


async def test_a_shaken_store_may_be_loaded_from_what_it_holds() -> None:
    """So its rows are whole, and every content is held as often as it is used."""
    shaken = Shaken()
    questions = Questions(5, shaken)
    for _ in range(STEPS):
        shaken.begin_to_shake()
        said = await answer(shaken, questions.next())
        questions.learn(said, said)
        shaken.undo()
        said = await answer(shaken, questions.next())
        questions.learn(said, said)
    again = StoreState()
    for table, rows in everything(shaken._state).items():
        for id_, document in rows:
            again.load(table, id_, document)
    again.loaded()
    assert everything(again) == everything(shaken._state)
    assert again.contents._holders == shaken._state.contents._holders
