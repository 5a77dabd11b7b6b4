"""How many sends may have reached the service within its window, whatever the way there does to them."""

from bisect import insort
from datetime import datetime, timedelta
from typing import Final

LATE: Final = timedelta(seconds=0.25)
_LOOK_AGAIN_SECONDS: Final = 0.02


class Crowd:
    """Admits at most ``most`` sends in any ``window``, by when they can have arrived.

    A send that is answered soon arrived about when it was sent. One that is answered late may have been held up on its
    way and arrived just before the answer, together with others; until it is answered it may arrive at any moment.
    """

    def __init__(self, *, most: int, window: timedelta) -> None:
        self._most = most
        self._window = window
        self._arrived: list[datetime] = []
        self._under_way: dict[str, tuple[datetime, int]] = {}
        self._late: dict[str, int] = {}

    def enter(self, key: str, *, now: datetime, calls: int = 1) -> float:
        """Return 0 and admit the send named ``key``, or return the seconds after which to ask again."""
        self._notice_late(now)
        if self._late and len(self._recent(now)) + sum(self._late.values()) + calls > self._most:
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
        self._under_way.pop(key, None)
        for _ in range(self._late.pop(key, 0)):
            insort(self._arrived, now - LATE)

    def count(self, *, now: datetime, calls: int = 1) -> None:
        """Count sends that do not ask."""
        for _ in range(calls):
            insort(self._arrived, now)
        del self._arrived[: -2 * self._most]

    def _notice_late(self, now: datetime) -> None:
        for key, (sent_at, calls) in list(self._under_way.items()):
            if now - sent_at <= LATE:
                break  # they stand in the order they were sent
            del self._under_way[key]
            self._late[key] = calls
            for _ in range(calls):
                if sent_at in self._arrived:
                    self._arrived.remove(sent_at)

    def _recent(self, now: datetime) -> list[datetime]:
        return [at for at in self._arrived if at > now - self._window]
