"""Limits per person in Teams, and the apology after a failed turn."""

from collections.abc import Awaitable, Callable
from typing import Final

from bot.budget import Rate, TokenBuckets, TurnBudget
from bot.ports import Clock, Overloaded, Sender, StoreUnavailable
from dialogs.core.texts import Texts

# Same limit as on the web page.
MAX_CHARACTERS: Final = 10_000
# Including markup; Teams itself accepts about as much.
MAX_RAW_CHARACTERS: Final = 100_000
REFUSALS: Final = Rate(burst=2, per_minute=2)


class TeamsLimits:
    """Decides whether to accept a message or a press, and the sentence for a refusal.

    Args:
        turns: budget of turns per person; None for no limit.
        texts_of: returns the texts in a sender's language, given the language of their Teams.
        refused: counts refusals by reason.
    """

    def __init__(
        self,
        *,
        turns: TurnBudget | None,
        texts_of: Callable[[Sender, str], Awaitable[Texts]],
        clock: Clock,
        refused: Callable[[str], None],
    ) -> None:
        self._turns = turns
        self._texts_of = texts_of
        self._refused = refused
        self._refusals = TokenBuckets(REFUSALS, clock=clock)

    async def refusal(self, sender: Sender, *, text: str, locale: str) -> str | None:
        """Return the sentence that refuses a turn, or None when it may run.

        Args:
            text: the message with its markup; empty for a press.
        """
        key = f"{sender.tenant_id}/{sender.object_id}"
        if self._turns is not None and not self._turns.take(key, characters=len(text)):
            texts = await self._texts_of(sender, locale)
            return texts("common.enough_today" if self._turns.is_day_spent(key) else "teams.too_fast")
        if len(text) > MAX_RAW_CHARACTERS:
            return await self.too_long(sender, locale=locale)
        return None

    async def too_long(self, sender: Sender, *, locale: str) -> str:
        """Return the sentence for a message that is too long."""
        self._refused("too_long")
        texts = await self._texts_of(sender, locale)
        return texts("teams.too_long")

    def may_answer(self, sender: Sender) -> bool:
        """Return whether to send a refusal as a message."""
        # During a flood, most refusals stay silent.
        return self._refusals.take(f"{sender.tenant_id}/{sender.object_id}") == 0.0


# Message to a Teams user after a failed turn, since Teams itself shows nothing.

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
