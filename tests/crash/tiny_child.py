"""Processes to be killed: started ready, each forks a child that loads a tiny store and notes what was acknowledged.

Every worker counts up; one commit writes its number into two records, a delivery, a timer and the events seen. A note
is written to a file after the store has returned, so a kill loses no note of an acknowledged commit.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.ports import Commit, DeliveryStatus, Key, PostWrite, RecordWrite, Settled, TimerWrite
from bot.stores.tiny.store import TinyStore
from dialogs.core.message import Message

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORKERS = 4
SLOTS = 7


def left(worker: int) -> Key:
    return Key(kind="left", id=f"w{worker}")


def right(worker: int) -> Key:
    return Key(kind="right", id=f"w{worker}")


def commit_of(worker: int, number: int) -> Commit:
    """Return the commit with which ``worker`` counts to ``number``."""
    body = {"number": number, "padding": "x" * 200}
    return Commit(
        at=NOON,
        event_id=f"w{worker}-{number}",
        records=tuple(RecordWrite(key=key(worker), body=body, expected=number - 1) for key in (left, right)),
        posts=(
            PostWrite(
                recipient=f"w{worker}",
                slot=f"s{number % SLOTS}",
                message=Message(text=str(number)),
                group="g",
                due_at=NOON,
            ),
        ),
        timers=(TimerWrite(key=f"w{worker}", at=NOON, verb="count.up", data={"number": str(number)}),),
    )


async def _count(store: TinyStore, worker: int, notes: int) -> None:
    stored = await store.get([left(worker)])
    number = stored[left(worker)].version if stored else 0
    while True:
        number += 1
        await store.commit(commit_of(worker, number))
        os.write(notes, b"counted %d %d\n" % (worker, number))


async def _send(store: TinyStore, notes: int) -> None:
    await store.release("courier")  # the one before was killed
    while True:
        leased = await store.claim(now=NOON, lease_for=timedelta(minutes=1), limit=3, token="courier")
        outcomes = [
            Settled(
                delivery_id=delivery.id,
                lease_token="courier",
                version=delivery.version,
                status=DeliveryStatus.SENT,
                at=NOON,
                reference={"activity_id": f"{delivery.id}-{delivery.version}"},
            )
            for delivery in leased
        ]
        await store.settle(outcomes)
        for delivery in leased:
            os.write(notes, b"sent %s %d\n" % (delivery.id.encode(), delivery.version))
        if not leased:
            await store.wait_for_post(1)


async def load(directory: Path, notes: int) -> None:
    """Work until killed."""
    store = TinyStore(directory=directory, compact_at_bytes=40_000)
    await store.open()
    async with asyncio.TaskGroup() as tasks:
        for worker in range(WORKERS):
            tasks.create_task(_count(store, worker, notes))
        tasks.create_task(_send(store, notes))


def main() -> None:
    """Fork one child for each line ``<directory> <notes file>`` and print its process id, then how it ended."""
    for line in sys.stdin:
        directory, notes_path = line.split()
        child = os.fork()
        if child == 0:
            notes = os.open(notes_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            asyncio.run(load(Path(directory), notes))
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
