"""Time and chance."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Time, so that tests can hold it."""

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after ``seconds`` of this clock's time."""
        ...


class IdGenerator(Protocol):
    """Randomness and ids, so that tests can repeat them."""

    def id(self, prefix: str) -> str:
        """Return a fresh id that nobody can guess: prefix, dash, 128 random bits."""
        ...

    def uniform(self) -> float:
        """Return a draw in [0, 1)."""
        ...
