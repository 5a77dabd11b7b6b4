"""Turn budgets: one for each person, beside one for pages; guests share one per address and one per municipality."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.budget.buckets import Rate, TokenBuckets
from bot.ports import Clock
from dialogs.core.person import is_guest_id

# Minutes of the rate that may come at once: filling in a form quickly never reaches the limit.
BURST_SHARE: Final = 2.0

MINUTES_A_DAY: Final = 24 * 60
# A guest's visit lasts only a part of a day.
GUEST_SHARE_OF_DAY: Final = 0.25
CHARACTERS_A_TOKEN: Final = 1000
# All frames from a person's pages. A page regularly checks its connection; a faulty program may never stop.
FRAMES: Final = Rate(burst=1200, per_minute=600)
GUEST_ADDRESS: Final = Rate(burst=300, per_minute=240)
GUEST_MUNICIPALITY: Final = Rate(burst=600, per_minute=480)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRates:
    """Rates of turns and frames.

    Turns are limited for a person, for all guests of an address and for all guests of a municipality; frames for a
    person. A person also gets as many pages of the desk as turns.

    ``person_day`` limits the data one person can store: a program could use the full rate per minute all day.
    """

    person: Rate
    person_day: Rate | None = None
    guest_address: Rate = GUEST_ADDRESS
    guest_municipality: Rate = GUEST_MUNICIPALITY
    frames: Rate = FRAMES

    @classmethod
    def per_person(cls, a_minute: int, a_day: int | None = None) -> "TurnRates":
        """Return the rates for a person's turns per minute and day."""
        day = Rate(burst=a_day, per_minute=a_day / MINUTES_A_DAY) if a_day is not None else None
        return cls(person=Rate(burst=int(a_minute * BURST_SHARE), per_minute=a_minute), person_day=day)


class TurnBudget:
    """Decides whether a turn may run now.

    A registered person's budget is independent of other people. A turn costs one token, and one more for each
    ``CHARACTERS_A_TOKEN`` of its text, because long text takes longer.

    ``refused`` counts refusals by reason.
    """

    def __init__(self, rates: TurnRates, *, clock: Clock, refused: Callable[[str], None] = lambda reason: None) -> None:
        self._refused = refused
        self._frames = TokenBuckets(rates.frames, clock=clock)
        self._people = TokenBuckets(rates.person, clock=clock)
        self._pages = TokenBuckets(rates.person, clock=clock)
        self._days = TokenBuckets(rates.person_day, clock=clock) if rates.person_day is not None else None
        self._addresses = TokenBuckets(rates.guest_address, clock=clock)
        self._municipalities = TokenBuckets(rates.guest_municipality, clock=clock)

    def take(self, person_id: str, *, characters: int = 0) -> bool:
        """Count a registered person's turn and return True; False when the budget is used up."""
        tokens = _tokens(characters)
        if not self._counted("turns", self._people.take(person_id, tokens=tokens)):
            return False
        if self._days is None:
            return True
        return self._counted("turns_of_day", self._days.take(person_id, tokens=tokens, factor=_factor(person_id)))

    def is_day_spent(self, person_id: str) -> bool:
        """Return whether a person's daily budget is used up."""
        return self._days is not None and self._days.wait(person_id, factor=_factor(person_id)) > 0.0

    def take_page(self, person_id: str) -> float:
        """Count a page of the desk and return 0.0, or the seconds until the next one."""
        # A separate bucket: reading must not use up the budget for writing, nor count towards the day.
        wait = self._pages.take(person_id)
        self._counted("desk_pages", wait)
        return wait

    def take_frame(self, person_id: str) -> bool:
        """Count a frame from a page, of any kind, and return True; False when the budget is used up."""
        return self._counted("frames", self._frames.take(person_id))

    def take_guest(
        self, person_id: str, *, address: str, factor: float, municipality_id: str | None, characters: int = 0
    ) -> bool:
        """Count a guest's turn and return True; False when a budget is used up.

        Args:
            address: key of the source address; empty when it has no budget.
            factor: number of people an address counts for.
        """
        # From the narrowest to the widest, so that a refused guest takes nothing from the shared budgets.
        if not self.take(person_id, characters=characters):
            return False
        tokens = _tokens(characters)
        wait = self._addresses.take(address, tokens=tokens, factor=factor) if address else 0.0
        if not self._counted("guest_turns_of_address", wait):
            return False
        wait = self._municipalities.take(municipality_id, tokens=tokens) if municipality_id is not None else 0.0
        return self._counted("guest_turns_of_municipality", wait)

    def _counted(self, reason: str, wait: float) -> bool:
        if wait:
            self._refused(reason)
        return not wait


def _factor(person_id: str) -> float:
    return GUEST_SHARE_OF_DAY if is_guest_id(person_id) else 1.0


def _tokens(characters: int) -> int:
    return 1 + characters // CHARACTERS_A_TOKEN
