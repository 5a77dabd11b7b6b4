"""How many sends may have reached the service within its window, whatever the way there does to them."""

from bisect import insort
from datetime import datetime, timedelta
from typing import Final

FIRST_ANSWER: Final = timedelta(seconds=0.25)
_SLACK: Final = timedelta(seconds=0.01)
_LOOK_AGAIN_SECONDS: Final = 0.01
_SOONER: Final = 0.3
_LATER: Final = 0.02


class Crowd:
    """Admits at most ``most`` sends in any ``window``, by when they can have arrived.

    A send that is answered as soon as usual arrived about when it was sent. One that is answered later may have been
    held up on its way and arrived just before the answer, together with others; until then it may arrive any moment.
    """

    def __init__(self, *, most: int, window: timedelta) -> None:
        self._most = most
        self._window = window
        self._usual = FIRST_ANSWER
        self._arrived: list[datetime] = []
        self._under_way: dict[str, tuple[datetime, int]] = {}
        self._late: dict[str, tuple[datetime, int]] = {}

    def enter(self, key: str, *, now: datetime, calls: int = 1) -> float:
        """Return 0 and admit the send named ``key``, or return the seconds after which to ask again."""
        self._notice_late(now)
        late = sum(number for _, number in self._late.values())
        if late and len(self._recent(now)) + late + calls > self._most:
            return _LOOK_AGAIN_SECONDS
        before = len(self._arrived) - self._most + calls - 1
        if before >= 0 and (wait := (self._arrived[before] + self._window - now).total_seconds()) > 0:
            return wait
        self._under_way[key] = (now, calls)
        self.count(now=now, calls=calls)
        return 0.0

    def leave(self, key: str, *, now: datetime) -> None:
        """Note that the send was answered, in whatever way. One that never entered is ignored."""
        self._notice_late(now)
        if key in self._under_way:
            sent_at, _ = self._under_way.pop(key)
        elif key in self._late:
            sent_at, calls = self._late.pop(key)
            self.count(now=max(sent_at, now - self._usual), calls=calls)
        else:
            return
        # What is usual is what answers take when nothing is in the way: a quick one tells that, a stall does not.
        took = min(now - sent_at, 2 * self._usual + _SLACK)
        self._usual += (took - self._usual) * (_SOONER if took < self._usual else _LATER)

    def count(self, *, now: datetime, calls: int = 1) -> None:
        """Count sends that do not ask."""
        for _ in range(calls):
            insort(self._arrived, now)
        del self._arrived[: -2 * self._most]

    def _notice_late(self, now: datetime) -> None:
        patience = 2 * self._usual + _SLACK
        for key, (sent_at, calls) in list(self._under_way.items()):
            if now - sent_at <= patience:
                break  # they stand in the order they were sent
            self._late[key] = self._under_way.pop(key)
            for _ in range(calls):
                if sent_at in self._arrived:
                    self._arrived.remove(sent_at)

    def _recent(self, now: datetime) -> list[datetime]:
        return [at for at in self._arrived if at > now - self._window]
