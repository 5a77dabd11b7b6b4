# ruff: noqa: ASYNC240 - nothing else runs
"""A tiny store killed at any instant keeps every acknowledged commit, and every commit wholly or not at all."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.ports import Delivery, DeliveryStatus, Duplicate
from bot.stores.tiny.store import TinyStore
from dialogs.core.message import Message
from tests.crash.tiny_child import NOON, SLOTS, WORKERS, commit_of, left, right
from tests.timers import due_timers

KILLS = int(os.environ.get("HEIA_CRASH_KILLS", "60"))
LONGEST_SECONDS = 0.25
STARTING = 4
WORK_SECONDS = 30


def await_work(notes: Path) -> None:
    """Return when the child has noted its first acknowledged commit."""
    until = time.monotonic() + WORK_SECONDS
    while not (notes.exists() and notes.stat().st_size):
        assert time.monotonic() < until, "the child does not come to work"
        time.sleep(0.002)


async def check(directory: Path, notes: Path) -> int:
    """Check the store against the notes and return how many commits it holds in all."""
    counted = dict.fromkeys(range(WORKERS), 0)
    sent: list[tuple[str, int]] = []
    for line in notes.read_text().splitlines() if notes.exists() else []:
        match line.split():
            case ["counted", who, reached]:
                counted[int(who)] = int(reached)
            case ["sent", id_, sent_version]:
                sent.append((id_, int(sent_version)))
    store = TinyStore(directory=directory)
    await store.open()
    try:
        found: dict[str, Delivery] = {}
        timers = {timer.key: timer for timer in await due_timers(store, now=NOON, limit=99)}
        total = 0
        for worker, acknowledged in counted.items():
            records = await store.get([left(worker), right(worker)])
            numbers = {record.body["number"] for record in records.values()} or {0}
            assert len(numbers) == 1, "half a commit"
            assert len(records) in (0, 2), "half a commit"
            [number] = numbers
            assert number >= acknowledged, "an acknowledged commit is gone"
            total += number
            deliveries = await store.deliveries_of_recipient(f"w{worker}")
            found |= {delivery.id: delivery for delivery in deliveries}
            newest = {number - back for back in range(min(SLOTS, number))}
            assert {d.message for d in deliveries} == {Message(text=str(n)) for n in newest}
            if number:
                assert timers[f"w{worker}"].data == {"number": str(number)}
                with pytest.raises(Duplicate):
                    await store.commit(commit_of(worker, number))
        for delivery_id, version in sent:
            delivery = found[delivery_id]
            assert delivery.version > version or delivery.status is DeliveryStatus.SENT, "an acknowledged send is gone"
            assert delivery.reference is not None
        tally = await store.tally("g")
        assert sum(tally.values()) == len(found)
        return total
    finally:
        await store.close()


def test_no_kill_loses_or_halves_a_commit(tmp_path: Path) -> None:
    seed = int(os.environ.get("HEIA_CRASH_SEED", time.time_ns()))
    print(f"HEIA_CRASH_SEED={seed}")
    draw = random.Random(seed)
    data = tmp_path / "data"
    total, advanced = 0, 0
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crash.tiny_child"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdin is not None
        assert starter.stdout is not None
        for kill in range(KILLS):
            notes = tmp_path / f"notes-{kill}"
            print(data, notes, file=starter.stdin, flush=True)
            child = int(starter.stdout.readline())
            if kill % STARTING:  # the others are killed while they start
                await_work(notes)
            time.sleep(draw.uniform(0, LONGEST_SECONDS))
            os.kill(child, signal.SIGKILL)
            assert starter.stdout.readline() == f"{-signal.SIGKILL}\n", "the child failed by itself"
            before, total = total, asyncio.run(check(data, notes))
            assert total >= before
            advanced += total > before
        starter.stdin.close()
    assert advanced > KILLS / 2, "most kills must hit a store at work"
    snapshots = sorted(path.name for path in data.glob("*.snapshot"))
    assert snapshots, "the kills must have hit compactions too"
    print(f"{KILLS} kills, {total} commits, {snapshots[-1]}")
