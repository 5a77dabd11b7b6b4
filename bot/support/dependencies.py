"""Health of the external dependencies: one log line when one fails, one when it recovers."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from structlog.typing import FilteringBoundLogger

from bot.ports import Clock

STORE: Final = "store"


DISK: Final = "disk"


ENCODER: Final = "encoder"


TEAMS: Final = "teams"


TEAMS_KEYS: Final = "teams_keys"


AUDIT_LOG: Final = "audit_log"


AUDIT_HEADS: Final = "audit_heads"


AUDIT_OUTSIDE: Final = "audit_outside"


# Limit, because a name may contain a tenant id. Further names are not tracked.
MAX_NAMES: Final = 1_000


class Dependencies:
    """State of each dependency by name.

    Examples of names: ``store``, ``teams/<tenant id>``. ``changed`` is called at each change with
    a name and whether it works now.
    """

    def __init__(
        self, *, clock: Clock, log: FilteringBoundLogger, changed: Callable[[str, bool], None] = lambda _, __: None
    ) -> None:
        self._clock = clock
        self._log = log
        self._failing: dict[str, tuple[str, datetime]] = {}
        self.changed = changed

    def failed(self, name: str, cause: str) -> None:
        """Record a failure. Only the first one since the last success is logged."""
        if name in self._failing or len(self._failing) >= MAX_NAMES:
            return
        self._failing[name] = (cause, self._clock.now())
        self._log.error("dependency_failed", dependency=name, cause=cause)
        self.changed(name, False)

    def healed(self, name: str) -> None:
        """Record a success. It is logged only after a failure."""
        if not self._failing or name not in self._failing:
            return
        cause, since = self._failing.pop(name)
        seconds = round((self._clock.now() - since).total_seconds(), 1)
        self._log.info("dependency_healed", dependency=name, cause=cause, seconds=seconds)
        self.changed(name, True)
