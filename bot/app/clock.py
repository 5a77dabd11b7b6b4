"""System clock and randomness."""

import asyncio
import random
import secrets
from datetime import UTC, datetime
from typing import Final

# Identity and telephone numbers are masked in what a form sends back, so an id has letters only: 0-9 are g-p.
_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the time, aware UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SystemRandomSource:
    """The operating system's randomness."""

    def new_id(self, prefix: str) -> str:
        """Return prefix, dash and 128 random bits as 32 letters a-p."""
        return f"{prefix}-{secrets.token_hex(16).translate(_LETTERS)}"

    def uniform(self) -> float:
        """Return a draw in [0, 1), good enough to spread retries."""
        return random.random()  # noqa: S311 - jitter, not a secret
