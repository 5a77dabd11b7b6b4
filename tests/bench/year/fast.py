"""The stage that runs real flows, for a year: it checks nothing and keeps no chats."""

from datetime import datetime

from dialogs.core.message import Message
from dialogs.core.record import Record
from tests.timers import due_timers
from tests.unit.at_once import run
from tests.unit.driver import Stage


class YearStage(Stage):
    """Counts messages instead of keeping them; everything else is the stage's."""

    messages = 0

    def next_ring_at(self) -> datetime | None:
        """Return when the next timer rings."""
        return run(self.store.next_timer_at())

    def ring_next(self) -> None:
        """Let the next timer ring."""
        [due] = run(due_timers(self.store, now=datetime.max.replace(tzinfo=self.now.tzinfo), limit=1))
        self.now = max(self.now, due.at)
        self._ring(due)

    def _show(self, to: str, slot: str, message: Message | None) -> None:
        self.messages += 1

    def _check(self, record: Record) -> None:
        pass
