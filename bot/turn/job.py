"""Maintenance jobs: timers that the runtime hands to a function instead of a flow."""

from collections.abc import Awaitable, Callable
from typing import Final

from bot.ports import Timer

FORGET_VERB: Final = "runtime.forget"
"""Verb of the timer that deletes the deliveries of a person."""

Job = Callable[[Timer], Awaitable[None]]
"""May run again without harm."""
