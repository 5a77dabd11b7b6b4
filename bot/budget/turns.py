"""Turn budgets: one for each person, beside one for pages, each a token bucket; guests share."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.ports import Clock
from dialogs.core.person import is_guest_id

# Token buckets: a burst at once, then a steady rate, separately for each key.

# About 5 MB.
MAX_KEYS: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """At most ``burst`` at once; one more becomes free ``per_minute`` times a minute."""

    burst: int
    per_minute: float


class TokenBuckets:
    """One bucket per key, in bounded memory.

    A bucket is stored as the moment it will be full again (the generic cell rate algorithm), so a full bucket needs no
    entry. Above ``most_keys`` the least recently used key is removed, which gives it a full bucket.

    Why not a library: ``limits`` keeps every key until a timer thread expires it, ``aiolimiter`` has one bucket per
    limiter and waits instead of refusing, and neither accepts a clock.
    """

    def __init__(self, rate: Rate, *, clock: Clock, most_keys: int = MAX_KEYS) -> None:
        self._rate = rate
        self._clock = clock
        self._most_keys = most_keys
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str, *, tokens: int = 1, factor: float = 1.0) -> float:
        """Take tokens and return 0.0, or the seconds until free.

        Args:
            tokens: how many; more than a burst count as a burst.
            factor: multiplies burst and rate, for a key that stands for many people.
        """
        now, full_at, gap, room = self._look(key, factor)
        taken = min(tokens * gap, room)
        wait = full_at + taken - (now + room)
        # Rounding can make one of two equal sums slightly larger; a microsecond is no wait.
        if wait > 1e-6:
            return wait
        self._full_at[key] = full_at + taken
        self._full_at.move_to_end(key)
        self._drop_full(now)
        return 0.0

    def wait(self, key: str, *, factor: float = 1.0) -> float:
        """Return the seconds until a token is free, 0.0 when one is; takes none."""
        now, full_at, gap, room = self._look(key, factor)
        wait = full_at + gap - (now + room)
        return wait if wait > 1e-6 else 0.0

    def __len__(self) -> int:
        return len(self._full_at)

    def _look(self, key: str, factor: float) -> tuple[float, float, float, float]:
        now = self._clock.now().timestamp()
        gap = 60.0 / (self._rate.per_minute * factor)
        room = self._rate.burst * factor * gap
        # A wall clock can go back; a bucket cannot be emptier than empty.
        full_at = min(max(self._full_at.get(key, now), now), now + room)
        return now, full_at, gap, room

    def _drop_full(self, now: float) -> None:
        while len(self._full_at) > self._most_keys:
            self._full_at.popitem(last=False)
        for _ in range(2):  # remove more than were added, so that full buckets do not accumulate
            oldest = next(iter(self._full_at))
            if self._full_at[oldest] > now:
                return
            del self._full_at[oldest]
            if not self._full_at:
                return


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
        """Count a person's turn, a guest's too, and return True; False when the budget is used up."""
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
