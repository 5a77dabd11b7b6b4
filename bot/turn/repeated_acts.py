"""Audit of repeatable acts: the first one at once, repetitions as an hourly count."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.ports import Clock, Commit, RandomSource, Store, StoreUnavailable
from bot.records.codec import write_of
from bot.support.supervision import wait_or_stop
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put
from dialogs.core.person import is_guest_id

WINDOW: Final = timedelta(hours=1)
# Guests counted separately for each act. Creating guests is free, so all further guests share one count.
MAX_GUESTS_APART: Final = 20
MAX_WINDOWS: Final = 10_000
GUESTS: Final = "guests"
EVERYBODY: Final = "everybody"
REFUSED: Final = "refused"
FLUSH_SECONDS: Final = 60.0

# Person id, act, and the ``refused`` detail: refused and successful acts are counted separately.
_Key = tuple[str, str, str]


@dataclass(slots=True)
class _Window:
    since: datetime
    repeats: int = 0


class RepeatCounter:
    """Counts the acts marked ``Audit.repeatable``, in memory and per process.

    The first act of a kind by a person is recorded at once. Its repetitions within an hour become one entry with their
    number, so an attacker's loop costs one entry an hour. ``seen`` is called with the name of every refused act.
    """

    def __init__(self, *, seen: Callable[[str], None] = lambda act: None) -> None:
        self._seen = seen
        self._windows: dict[_Key, _Window] = {}
        self._guests: dict[str, set[str]] = {}

    def count_act(self, audit: Audit, at: datetime) -> bool:
        """Count an act; return whether it is the first of its hour and needs its own entry."""
        if audit.act.endswith(f".{REFUSED}") or REFUSED in dict(audit.details):
            self._seen(audit.act)
        key = self._key(audit)
        window = self._windows.get(key)
        if window is not None and (window.repeats or at - window.since < WINDOW):
            window.repeats += 1
            return False
        self._windows[key] = _Window(since=at)
        if is_guest_id(key[0]):
            self._guests.setdefault(audit.act, set()).add(key[0])
        return True

    def undo(self, audit: Audit, *, recorded: bool) -> None:
        """Undo the count of an act that did not happen; ``recorded`` is the return value of ``count_act``."""
        key = self._key(audit)
        window = self._windows.get(key)
        if window is None:
            return
        if not recorded:
            window.repeats = max(0, window.repeats - 1)
        elif not window.repeats:
            self._drop(key)  # otherwise the successful repetitions would be recorded without a first act

    def take_due(self, at: datetime, *, all_of_them: bool = False) -> tuple[Audit, ...]:
        """Remove and return the counts of finished hours, as entries.

        Hours without repetitions are dropped.
        """
        acts: list[Audit] = []
        for key, window in list(self._windows.items()):
            if not all_of_them and at - window.since < WINDOW:
                continue
            if window.repeats:
                acts.append(_entry(key, window))
                self._windows[key] = _Window(since=at)
            else:
                self._drop(key)
        return tuple(acts)

    def restore(self, entries: Iterable[Audit]) -> None:
        """Restore counts from ``take_due`` that could not be recorded."""
        for entry in entries:
            details = dict(entry.details)
            key = (entry.by, entry.act, details.get(REFUSED, ""))
            since = datetime.fromisoformat(details["since"])
            window = self._windows.setdefault(key, _Window(since=since))
            window.since = min(window.since, since)
            window.repeats += int(details["count"])

    def __len__(self) -> int:
        return len(self._windows)

    def _key(self, audit: Audit) -> _Key:
        refused = dict(audit.details).get(REFUSED, "")
        own = (audit.by, audit.act, refused)
        if own in self._windows:
            return own
        if is_guest_id(audit.by) and len(self._guests.get(audit.act, ())) >= MAX_GUESTS_APART:
            return (GUESTS, audit.act, refused)
        return own if len(self._windows) < MAX_WINDOWS else (EVERYBODY, audit.act, refused)

    def _drop(self, key: _Key) -> None:
        del self._windows[key]
        self._guests.get(key[1], set()).discard(key[0])


def _entry(key: _Key, window: _Window) -> Audit:
    by, act, refused = key
    details = [("count", str(window.repeats)), ("since", window.since.isoformat())]
    details += [(REFUSED, refused)] if refused else []
    return Audit(act=act, subject=by, by=by, details=tuple(details), about_person=True)


class TurnRepeats:
    """The repeatable acts of one turn: counted once, even if the turn is decided several times."""

    def __init__(self, counter: RepeatCounter, *, at: datetime) -> None:
        self._counter = counter
        self._at = at
        self._recorded: dict[Audit, bool] = {}

    def must_record(self, audit: Audit) -> bool:
        """Return whether the act gets its own entry."""
        if audit not in self._recorded:
            self._recorded[audit] = self._counter.count_act(audit, self._at)
        return self._recorded[audit]

    def undo(self) -> None:
        """Undo all counts, because nothing of the turn was stored."""
        for audit, recorded in self._recorded.items():
            self._counter.undo(audit, recorded=recorded)
        self._recorded.clear()


class RepeatWriter:
    """Loop that records hourly counts, and all counts on stop."""

    def __init__(
        self, counter: RepeatCounter, *, store: Store, clock: Clock, rng: RandomSource, log: FilteringBoundLogger
    ) -> None:
        self._counter = counter
        self._store = store
        self._clock = clock
        self._rng = rng
        self._log = log
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Check once a minute until ``stop``."""
        while not self._stop.is_set():
            await wait_or_stop(self._clock.sleep(FLUSH_SECONDS), self._stop)
            await self.flush()
        await self.flush(all_of_them=True)

    async def stop(self) -> None:
        """Make ``run`` return."""
        self._stop.set()

    async def flush(self, *, all_of_them: bool = False) -> None:
        """Record all due counts. While the store is unavailable they stay in memory."""
        now = self._clock.now()
        entries = self._counter.take_due(now, all_of_them=all_of_them)
        if not entries:
            return
        records = [AuditEntry.from_act(entry, id=self._rng.new_id("audit"), at=now) for entry in entries]
        writes = tuple(write_of(Put(record=record), {}) for record in records)
        try:
            await self._store.commit(Commit(at=now, records=writes))
        except StoreUnavailable:
            self._counter.restore(entries)
            self._log.warning("repeats_not_recorded", entries=len(entries))
