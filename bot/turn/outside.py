"""Protocols of what a runtime is given: what sends its replies, and what measures it."""

from typing import Protocol

from bot.ports import Delivery, Settled


class ReplySender(Protocol):
    """Sends one delivery and returns its outcome."""

    async def deliver(self, delivery: Delivery) -> Settled:
        """Send the delivery.

        Failures of the channel are returned, not raised; the delivery then stays pending.
        """
        ...


class StageTimer(Protocol):
    """Measures how long the stages of a turn take."""

    def observe(self, stage: str, seconds: float) -> None:
        """Count one duration."""
        ...
