"""Limits per person in Teams: message length and turns per minute."""

from collections.abc import Awaitable, Callable
from typing import Final

from bot.budget import Rate, TokenBuckets, TurnBudget
from bot.ports import Clock, Sender
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
