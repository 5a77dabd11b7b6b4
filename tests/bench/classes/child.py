"""One life of the year on a tiny store, in a process to be killed: ``python -m tests.bench.classes.child FOLDER``.

The folder has the store and a file of notes. A note is written after the store has acknowledged a commit, and the next
life compares the notes with the store before it goes on.
"""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from bot.ports import Key
from bot.stores.tiny.store import TinyStore
from tests.bench.classes.life import CourseLife
from tests.bench.classes.promises import Memory
from tests.bench.classes.script import script_of
from tests.bench.classes.town import town_of

PEOPLE: Final = 22_000
SESSIONS: Final = 600
DAYS: Final = 365
SEED: Final = 2029
PAGE: Final = 500


class Notes:
    """The file of notes: what was acknowledged, and facts that no record has."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def write(self, *words: object) -> None:
        os.write(self._file, (json.dumps(words) + "\n").encode())


class NotedDict(dict[Any, Any]):
    """A dict that notes what is put into it."""

    def __init__(self, note: Callable[..., None], name: str) -> None:
        super().__init__()
        self._note, self._name = note, name

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key, value)
        self._note("fact", self._name, key, value.isoformat())


class NotedSet(set[Any]):
    """A set that notes what is added to it."""

    def __init__(self, note: Callable[..., None]) -> None:
        super().__init__()
        self._note = note

    def add(self, element: Any) -> None:
        super().add(element)
        self._note("reminded", *element)


def read_notes(path: Path) -> tuple[Memory, dict[tuple[str, str], int], int]:
    """Return the facts, the acknowledged version of each record, and the number of steps done."""
    memory, versions, done = Memory(), dict[tuple[str, str], int](), 0
    for line in path.read_text().splitlines() if path.exists() else ():
        match json.loads(line):
            case ["done", number]:
                done = number
            case ["kept", kind, id_, version]:
                versions[kind, id_] = version
            case ["fact", name, key, at]:
                getattr(memory, name)[tuple(key) if isinstance(key, list) else key] = datetime.fromisoformat(at)
            case ["reminded", person_id, slot]:
                memory.reminders.add((person_id, slot))
    return memory, versions, done


async def lost(store: TinyStore, versions: dict[tuple[str, str], int]) -> int:
    """Return how many acknowledged records the store has not, or only in an older version."""
    keys, missing = [Key(kind=kind, id=id_) for kind, id_ in versions], 0
    for start in range(0, len(keys), PAGE):
        found = await store.get(keys[start : start + PAGE])
        for key in keys[start : start + PAGE]:
            missing += key not in found or found[key].version < versions[key.kind, key.id]
    return missing


def _noted(memory: Memory, notes: Notes) -> Memory:
    """Return the same memory, with further facts noted."""
    new = Memory(reminders=NotedSet(notes.write))
    for name in ("booked_at", "moved_at", "left_at"):
        kept = NotedDict(notes.write, name)
        kept.update(getattr(memory, name))
        setattr(new, name, kept)
    new.reminders.update(memory.reminders)
    return new


async def live(folder: Path) -> None:
    """Go on where the life before was killed, until the year is over."""
    known, versions, since = read_notes(folder / "notes")
    notes = Notes(folder / "notes")
    town = town_of(PEOPLE)
    steps = script_of(town, sessions=SESSIONS, days=DAYS, seed=SEED)
    store = TinyStore(directory=folder / "data")
    await store.open()
    notes.write("lost", await lost(store, versions))
    life = CourseLife(
        store,
        town,
        seed=SEED,
        memory=_noted(known, notes),
        acknowledge=lambda kind, id_, version: notes.write("kept", kind, id_, version),
    )
    await life.begin()
    for session_id, body in life.promises.sessions.items():
        if body["sequence"] and session_id not in known.moved_at:  # killed before it was noted
            life.promises.memory.moved_at[session_id] = datetime.fromisoformat(body["changed_at"])
    noted = Counter[str]()

    def done(number: int) -> None:
        for name in life.promises.broken - noted:
            notes.write("broken", name, life.promises.broken[name] - noted[name])
        noted.update(life.promises.broken - noted)
        notes.write("done", number)

    notes.write("alive")
    await life.live(steps, since=since, done=done)
    done(len(steps))
    states = Counter(each["state"] for people in life.promises.enrolments.values() for each in people.values())
    notes.write("end", len(steps), len(life.promises.sessions), dict(states))
    await store.close()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1])))
