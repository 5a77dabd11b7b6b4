"""How people behave, the same in every routing: each draw depends on who and what, never on what was drawn before."""

import math
import random
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

OSLO = ZoneInfo("Europe/Oslo")
YEAR = 2027
QUESTIONS = 6_000
"""Questions a year that no article answers and that go to a colleague: about one of four employees asks one."""

LAUNCHES = ((2, 2), (3, 9), (4, 20), (9, 7), (10, 12), (11, 16))
"""The day, as month and day, on which each municipality gets its new tools: all Tuesdays."""
LAUNCH_SHARE = 0.05
"""How many of its employees ask a colleague that morning."""

BY_HOUR = (1, 1, 1, 1, 1, 2, 6, 20, 60, 95, 100, 80, 45, 70, 60, 35, 12, 8, 7, 6, 5, 4, 3, 2)
BY_WEEKDAY = (115, 110, 105, 100, 80, 12, 10)
BY_MONTH = (110, 105, 100, 95, 95, 80, 35, 90, 120, 125, 120, 70)


def luck(*about: object) -> random.Random:
    """Return draws that depend on what they are about alone."""
    return random.Random("/".join(map(str, about)))


def askings(rng: random.Random, days_off: Collection[date], number: int) -> list[datetime]:
    """Return when questions are asked: by month, weekday and hour, and hardly on a day off."""
    hours: list[datetime] = []
    weights: list[float] = []
    day = date(YEAR, 1, 1)
    while day.year == YEAR:
        weight = BY_MONTH[day.month - 1] * (8 if day in days_off else BY_WEEKDAY[day.weekday()])
        for hour, share in enumerate(BY_HOUR):
            hours.append(datetime.combine(day, time(hour), OSLO).astimezone(UTC))
            weights.append(weight * share)
        day += timedelta(days=1)
    chosen = rng.choices(hours, weights=weights, k=number)
    return sorted(at + timedelta(seconds=rng.randrange(3600)) for at in chosen)


def launch(rng: random.Random, number: int, people: int) -> list[datetime]:
    """Return when a municipality of so many employees asks on the morning of its launch, between eight and eleven."""
    month, day = LAUNCHES[number]
    opens = datetime(YEAR, month, day, 8, tzinfo=OSLO).astimezone(UTC)
    return sorted(opens + timedelta(seconds=rng.randrange(3 * 3600)) for _ in range(round(people * LAUNCH_SHARE)))


def minutes(rng: random.Random, median: float, spread: float = 1.0) -> timedelta:
    """Return how long somebody takes, in working time: half of all take longer than the median."""
    return timedelta(minutes=rng.lognormvariate(math.log(median), spread))


def away(rng: random.Random) -> Iterator[tuple[date, date, bool]]:
    """Yield an ambassador's days away with whether they are told: summer, one more week, and some days of illness."""
    summer = date(YEAR, 6, 21) + timedelta(weeks=rng.randrange(7))
    yield summer, summer + timedelta(days=20), rng.random() < 0.9
    other = date(YEAR, rng.choice((2, 3, 4, 10, 11)), rng.randint(1, 20))
    yield other, other + timedelta(days=6), rng.random() < 0.8
    for _ in range(rng.randint(0, 4)):
        first = date(YEAR, 1, 1) + timedelta(days=rng.randrange(360))
        yield first, first + timedelta(days=rng.randint(0, 2)), rng.random() < 0.4
