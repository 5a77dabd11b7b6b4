"""Message to a Teams user after a failed turn, since Teams itself shows nothing."""

from collections.abc import Callable
from typing import Final

from bot.ports import Overloaded, StoreUnavailable
from dialogs.core.texts import Texts

BUSY: Final = "busy"
INTERNAL: Final = "internal"


class Apology:
    """Counts failed turns and returns the sentence for each.

    Args:
        texts: returns the texts for a Teams client's language; the person's own setting cannot be looked up now.
        failed: counts failed turns by cause.
    """

    def __init__(self, *, texts: Callable[[str], Texts], failed: Callable[[str], None]) -> None:
        self._texts = texts
        self._failed = failed

    def sentence(self, fault: Exception, *, locale: str) -> str:
        """Count the fault and return the sentence to show."""
        texts = self._texts(locale)
        match fault:
            case StoreUnavailable():
                self._failed(f"store_{fault.cause}")
                return texts("teams.unavailable")
            case Overloaded():
                self._failed(BUSY)
                return texts("teams.busy")
            case _:
                self._failed(INTERNAL)
                return texts("teams.failed")
