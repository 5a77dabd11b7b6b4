"""A year of classroom courses of 22,000 people and 600 sessions, in a process that is killed again and again.

Six municipalities; a session is wanted by 0.4 to 3 times as many as it has seats, one in ten by eight people in the
same instant through three runtimes. People try without the modules, sign up twice, forget offers, sign off, leave;
sessions are moved, enlarged and called off; on some days timers ring late. Flows, runtime and tiny store are
the real ones, and the clock is simulated. Every commit is compared with what is promised, by code of its own.
Not simulated: two machines, and messages that do not arrive.
"""

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from tests.bench.classes.child import PEOPLE, SEED

KILLS: Final = 12
LIFE_SECONDS: Final = (2.0, 7.0)
PROMISES: Final = (
    "overbooked", "without prerequisite", "out of order", "past the waiting list", "offered too long",
    "accepted too late", "left waiting", "not reminded", "reminded twice", "a leaver has a seat",
)  # fmt: skip


def main() -> None:
    """Live the year, kill it, and print what became of every promise."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        kills = _lived(Path(folder))
        notes = [json.loads(line) for line in (Path(folder) / "notes").read_text().splitlines()]
    broken, lost, records = Counter[str](), 0, 0
    end: list[Any] = []
    for note in notes:
        match note:
            case ["broken", name, number]:
                broken[name] += number
            case ["lost", number]:
                lost += number
            case ["kept", *_]:
                records += 1
            case ["end", *rest]:
                end = rest
    steps, sessions, states = end
    print(f"{PEOPLE:,} people, {sessions} sessions, {steps:,} acts, {records:,} acknowledged records, {kills} kills")
    print("enrolments at the end: " + ", ".join(f"{number:,} {state}" for state, number in sorted(states.items())))
    for name in PROMISES:
        print(f"  {name}: {broken[name]}   (limit 0)")
    print(f"  acknowledged and lost in a kill: {lost}   (limit 0)")
    print(f"{time.monotonic() - began:.0f} s")


def _lived(folder: Path) -> int:
    """Run one life after the other; return the number of kills."""
    draw = random.Random(SEED)
    kills = 0
    while True:
        command = [sys.executable, "-m", "tests.bench.classes.child", str(folder)]
        with subprocess.Popen(command) as child:
            if kills >= KILLS:
                if child.wait():
                    raise SystemExit(f"the last life ended with {child.returncode}")
                return kills
            _await_life(folder / "notes", kills + 1, child)
            try:
                child.wait(draw.uniform(*LIFE_SECONDS))
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
                kills += 1
                continue
            if child.returncode:
                raise SystemExit(f"a life ended with {child.returncode}")
            return kills


def _await_life(notes: Path, number: int, child: subprocess.Popen[bytes]) -> None:
    """Return when the life with this number has begun, so that every kill meets it at work."""
    while child.poll() is None:
        if notes.exists() and notes.read_text().count('["alive"]') >= number:
            return
        time.sleep(0.2)
