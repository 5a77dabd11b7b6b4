"""How long one message holds the event loop: hostile texts, said by a guest and an employee on the real application."""

import asyncio
import gc
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from tests.fuzz.rig import Rig, open_rig
from tests.fuzz.run import play
from tests.fuzz.surfaces.frames import Frames
from tests.hostile import AROUND, PIECES, hostile

WANTED_MS: Final = 50
LENGTH: Final = 10_000
BEAT_SECONDS: Final = 0.001
SHOWN: Final = 4
# Time in which a person may write as often as before.
BUDGET: Final = timedelta(minutes=10)
SETTLE_SECONDS: Final = 0.15
# Said first, so that no text pays for what a start reads late.
USUAL: Final = ("hei", "hvordan bytter jeg passord", "når kommer teams?", "er 7-zip godkjent", "ord " * 250)


class Pulse:
    """The longest time between two turns of the loop.

    ``wall`` counts what other processes on the machine take, too; ``processor`` is the time of this process alone, with
    that of its threads.
    """

    def __init__(self) -> None:
        self.wall = self.processor = 0.0

    async def beat(self) -> None:
        """Measure until cancelled."""
        while True:
            wall, processor = time.perf_counter(), time.process_time()
            await asyncio.sleep(BEAT_SECONDS)
            self.wall = max(self.wall, time.perf_counter() - wall - BEAT_SECONDS)
            self.processor = max(self.processor, time.process_time() - processor)


@asynccontextmanager
async def beating() -> AsyncIterator[Pulse]:
    """Measure the loop meanwhile."""
    pulse = Pulse()
    task = asyncio.create_task(pulse.beat())
    try:
        yield pulse
    finally:
        task.cancel()


async def hold(rig: Rig, person_id: str, text: str) -> Pulse:
    """Return the holds of the loop until a message is answered."""
    said = json.dumps({"type": "say", "id": str(uuid.uuid4()), "text": text}).encode()
    rig.clock.advance(BUDGET)
    async with beating() as pulse:
        found = await play(rig, Frames(), [(person_id.encode(), said)])
        # The answer to the ping of ``play`` comes before the reply.
        await asyncio.sleep(SETTLE_SECONDS)
    assert not found, found
    return pulse


async def measure() -> None:
    """Say every hostile text, and print the longest holds."""
    with TemporaryDirectory() as folder:
        async with open_rig(Path(folder), "hold") as rig:
            gc.collect()
            gc.freeze()  # as ``heia serve`` does after its start
            people = (rig.people[0].id, "guest-1")
            for _ in range(2):
                usual = [await hold(rig, person_id, text) for person_id in people for text in USUAL]
            held = {
                (kind, around, person_id): await hold(rig, person_id, hostile(piece, LENGTH, around))
                for kind, piece in PIECES.items()
                for around in AROUND
                for person_id in people
            }
    for measured in ("wall", "processor"):
        longest = sorted(held, key=lambda name: -getattr(held[name], measured))
        for name in longest[:SHOWN]:
            print(f"  {_ms(held[name])}  {name}")
        over = sum(getattr(pulse, measured) * 1000 > WANTED_MS for pulse in held.values())
        print(f"  longest {measured}: {_ms(held[longest[0]])}, wanted {WANTED_MS}; {over} of {len(held)} above it")
    print(f"  usual messages: {_ms(max(usual, key=lambda pulse: pulse.processor))}")


def _ms(pulse: Pulse) -> str:
    return f"{pulse.wall * 1000:.1f} ms ({pulse.processor * 1000:.1f} ms of processor)"


def main() -> None:
    """Run the benchmark."""
    asyncio.run(measure())
