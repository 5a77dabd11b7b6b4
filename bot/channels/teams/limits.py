"""What one person may send through Teams: messages of bounded length, and so many turns a minute."""

from collections.abc import Awaitable, Callable
from typing import Final

from bot.budget import Rate, TokenBuckets, TurnBudget
from bot.ports import Clock, Sender
from dialogs.core.texts import Texts

MOST_CHARACTERS: Final = 10_000
"""The same as on the web page."""
MOST_RAW_CHARACTERS: Final = 100_000
"""With the markup around the words; Teams itself takes about as much."""
REFUSALS: Final = Rate(burst=2, per_minute=2)


class TeamsLimits:
    """Decides whether a message or a press is taken, and which sentence a refused one is answered with.

    Args:
        turns: how many turns a person may take; None for any number.
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
        """Return the sentence a turn is refused with; None when it may run.

        Args:
            text: the words with their markup; empty for a press.
        """
        key = f"{sender.tenant_id}/{sender.object_id}"
        if self._turns is not None and not self._turns.take(key, characters=len(text)):
            texts = await self._texts_of(sender, locale)
            return texts("common.enough_today" if self._turns.is_day_spent(key) else "teams.too_fast")
        if len(text) > MOST_RAW_CHARACTERS:
            return await self.too_long(sender, locale=locale)
        return None

    async def too_long(self, sender: Sender, *, locale: str) -> str:
        """Return the sentence for a message that is too long."""
        self._refused("too_long")
        texts = await self._texts_of(sender, locale)
        return texts("teams.too_long")

    def may_answer(self, sender: Sender) -> bool:
        """Return whether a refusal may be sent as a message: not one for each message of a flood."""
        return self._refusals.take(f"{sender.tenant_id}/{sender.object_id}") == 0.0
