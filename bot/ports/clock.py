"""Clock and id generator, as protocols so that tests can control them."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The current time and sleeping; tests can stop it."""

    def now(self) -> datetime:
        """Return the current time, as aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Sleep for ``seconds`` of this clock's time."""
        ...


class RandomSource(Protocol):
    """Random ids and numbers; tests can repeat them."""

    def new_id(self, prefix: str) -> str:
        """Return a new unguessable id: prefix, dash, 128 random bits."""
        ...

    def uniform(self) -> float:
        """Return a random number in [0, 1)."""
        ...
