"""How many turns a person may take; guests also share those of their address and municipality."""

from dataclasses import dataclass
from typing import Final

from bot.budget.buckets import Rate, TokenBuckets
from bot.ports import Clock

BURST_SHARE: Final = 2.0
"""Times the rate a minute: a person who fills in a form quickly is never stopped."""

GUEST_ADDRESS: Final = Rate(burst=300, per_minute=240)
GUEST_MUNICIPALITY: Final = Rate(burst=600, per_minute=480)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRates:
    """Turns of one person, of all guests at one address, and of all guests of one municipality."""

    person: Rate
    guest_address: Rate = GUEST_ADDRESS
    guest_municipality: Rate = GUEST_MUNICIPALITY

    @classmethod
    def per_person(cls, a_minute: int) -> "TurnRates":
        """Return the rates for ``a_minute`` turns a minute of one person."""
        return cls(person=Rate(burst=int(a_minute * BURST_SHARE), per_minute=a_minute))


class TurnBudget:
    """Decides whether a turn may run now. Registered people depend on nobody but themselves."""

    def __init__(self, rates: TurnRates, *, clock: Clock) -> None:
        self._people = TokenBuckets(rates.person, clock=clock)
        self._addresses = TokenBuckets(rates.guest_address, clock=clock)
        self._municipalities = TokenBuckets(rates.guest_municipality, clock=clock)

    def take(self, person_id: str) -> bool:
        """Count a registered person's turn and return True; False when it is one too many."""
        return self._people.take(person_id) == 0.0

    def take_guest(self, person_id: str, *, address: str, factor: float, municipality_id: str | None) -> bool:
        """Count a guest's turn and return True; False when it is one too many.

        Args:
            address: key of the source address; empty when it has no budget.
            factor: how many people's worth the address counts for.
        """
        # From the narrowest to the widest: a guest who is refused costs the others nothing.
        if not self.take(person_id):
            return False
        if address and self._addresses.take(address, factor=factor):
            return False
        return municipality_id is None or self._municipalities.take(municipality_id) == 0.0
