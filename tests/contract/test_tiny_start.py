"""The tiny store belongs to one process, so what a dead one had leased is owed at once."""

from pathlib import Path

import pytest

from bot.ports import LeaseLost, StoreRefused
from bot.stores.tiny.store import TinyStore
from bot.stores.tiny.upgrade import LEVEL
from tests.contract.test_store import NOON, SECOND, claim, outcome, owe, post


async def test_what_a_dead_process_had_leased_is_claimed_at_once_and_named_as_possibly_twice(tmp_path: Path) -> None:
    store = TinyStore(directory=tmp_path)
    await store.open()
    await owe(store, post("ana"), post("bo"))
    ana, bo = await claim(store)
    await store.settle([outcome(ana)])
    await store.close()
    store = TinyStore(directory=tmp_path)
    await store.open()
    assert await claim(store, NOON + SECOND) == []
    assert await store.give_up_leases() == 1
    [again] = await claim(store, NOON + SECOND, token="w2")
    assert (again.id, again.possibly_twice) == (bo.id, True)
    with pytest.raises(LeaseLost):
        await store.settle([outcome(bo)])
    await store.close()


async def test_of_what_a_dead_courier_had_leased_only_what_it_had_begun_is_possibly_twice(tmp_path: Path) -> None:
    store = TinyStore(directory=tmp_path)
    await store.open()
    await store.register_worker("w")
    await owe(store, post("ana"), post("bo"), post("cy", lease_token="turn-1", lease_until=NOON + SECOND))
    ana, _ = await claim(store, token="w/1")
    await store.heartbeat("w", in_flight=[ana.id])
    await store.close()
    for given_up in (3, 0):
        store = TinyStore(directory=tmp_path)
        await store.open()
        assert await store.give_up_leases() == given_up
        if not given_up:
            back = await claim(store, token="w2/1")
            assert [(d.recipient, d.possibly_twice) for d in back] == [("ana", True), ("bo", False), ("cy", True)]
            with pytest.raises(LeaseLost):
                await store.heartbeat("w", in_flight=[])
        await store.close()


async def upgraded(folder: Path, *, level: int, needed: int) -> TinyStore:
    """Return a store that a newer program has upgraded, not yet opened again."""
    store = TinyStore(directory=folder)
    await store.open()
    await owe(store, post("ana"))
    store._state.raise_level(level, needed=needed)
    await store._make_durable()
    await store.close()
    return TinyStore(directory=folder)


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.glob("store-*")}


async def test_a_data_folder_that_a_newer_program_changed_is_refused_and_left_alone(tmp_path: Path) -> None:
    store = await upgraded(tmp_path, level=LEVEL + 2, needed=LEVEL + 1)
    before = files(tmp_path)
    for _ in range(2):  # the refusal gives the folder back
        with pytest.raises(StoreRefused, match=r"newer program .* use that one"):
            await store.open()
    assert files(tmp_path) == before


async def test_a_data_folder_that_a_newer_program_only_expanded_is_used(tmp_path: Path) -> None:
    store = await upgraded(tmp_path, level=LEVEL + 2, needed=LEVEL)
    await store.open()
    assert len(await claim(store)) == 1
    assert store._state.level == LEVEL + 2, "the newer program does not upgrade it again"
    await store.close()
