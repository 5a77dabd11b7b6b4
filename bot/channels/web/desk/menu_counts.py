"""Numbers of items that wait for a person on each page, which every page shows in its menu."""

from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.ports import Clock
from dialogs.core.waiting import WorkQueue

FRESH_FOR: Final = timedelta(minutes=1)
MOST_READERS: Final = 1_000


class MenuCounts:
    """Keeps the numbers of each reader for a minute: to read all that waits costs more than most pages."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[datetime, Mapping[str, int]]] = OrderedDict()

    def kept(self, person_id: str) -> Mapping[str, int] | None:
        """Return the numbers by path of the page; None when they have to be read."""
        read_at, counts = self._kept.get(person_id, (None, {}))
        return counts if read_at is not None and self._clock.now() - read_at < FRESH_FOR else None

    def keep(self, person_id: str, waiting: Iterable[WorkQueue]) -> Mapping[str, int]:
        """Return the numbers of what waits now, kept for the next pages."""
        counts: Counter[str] = Counter()
        for queue in waiting:
            counts[queue.path] += len(queue.items)
        self.forget(person_id)
        self._kept[person_id] = self._clock.now(), counts
        if len(self._kept) > MOST_READERS:
            self._kept.popitem(last=False)
        return counts

    def forget(self, person_id: str) -> None:
        """Let the numbers be read again, as a press may have changed them."""
        self._kept.pop(person_id, None)
