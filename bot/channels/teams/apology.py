"""What a person in Teams is shown when their turn failed, which Teams itself passes over in silence."""

from collections.abc import Callable
from typing import Final

from bot.ports import Overloaded, StoreUnavailable
from dialogs.core.texts import Texts

BUSY: Final = "busy"
INTERNAL: Final = "internal"


class Apology:
    """Counts failed turns and has the sentence for each.

    Args:
        texts: returns the texts for the language of a Teams client; the person's own cannot be looked up now.
        failed: counts failed turns by cause.
    """

    def __init__(self, *, texts: Callable[[str], Texts], failed: Callable[[str], None]) -> None:
        self._texts = texts
        self._failed = failed

    def sentence(self, fault: Exception, *, locale: str) -> str:
        """Count the fault and return what to show."""
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
