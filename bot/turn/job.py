"""Maintenance jobs: timers handled by a function instead of a flow."""

from collections.abc import Awaitable, Callable
from typing import Final

from bot.ports import Timer

FORGET_VERB: Final = "runtime.forget"
"""Verb of the timer that deletes the deliveries of a person."""

Job = Callable[[Timer], Awaitable[None]]
"""Must be safe to run more than once."""
