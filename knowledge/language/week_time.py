"""Read when something is held, as a message names it: "torsdag", "på kveldstid", "den 19."."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from knowledge.language.lexicon.tables import entries
from knowledge.language.text import fold, words

_NOON: Final = 12
_EVENING: Final = 17
_SATURDAY: Final = 5
_LAST_DAY: Final = 31
_DIGITS_OF_DAY: Final = 2
# A longer word than "den" and "the" says more than a day of the month.
_LONGEST_BESIDE_DAY: Final = 3
_BEGINNINGS: Final = {
    name: tuple(fold(beginning) for beginning in beginnings) for name, beginnings in entries("week_times.txt")
}
_MONTHS: Final = _BEGINNINGS.pop("month")
_UNLESS: Final = frozenset(_BEGINNINGS.pop("unless"))


@dataclass(frozen=True, slots=True)
class WeekTime:
    """Times that a message names; ``day`` is a day of the month."""

    names: frozenset[str]
    day: int | None

    def includes(self, start: datetime) -> bool:
        """Return whether what begins then is held at all of the times."""
        return self.day in {None, start.day} and all(_is_at(name, start) for name in self.names)


def week_time(text: str) -> WeekTime | None:
    """Return the times of the week that a message names, or the day of the month if it says no more.

    None if it names no time, or refuses one: "torsdag passer ikke".
    """
    said = [fold(word) for word in words(text)]
    if not _UNLESS.isdisjoint(said):
        return None
    named = {name for word in said for name, beginnings in _BEGINNINGS.items() if word.startswith(beginnings)}
    numbers = [int(word) for word in said if word.isdecimal() and len(word) <= _DIGITS_OF_DAY]
    beside = [word for word in said if len(word) > _LONGEST_BESIDE_DAY and not word.startswith(_MONTHS)]
    is_day = len(numbers) == 1 and 0 < numbers[0] <= _LAST_DAY and (not beside or bool(named))
    return WeekTime(frozenset(named), numbers[0] if is_day else None) if named or is_day else None


def _is_at(name: str, start: datetime) -> bool:
    match name:
        case "weekend":
            return start.weekday() >= _SATURDAY
        case "morning":
            return start.hour < _NOON
        case "afternoon":
            return _NOON <= start.hour < _EVENING
        case "evening":
            return start.hour >= _EVENING
        case "daytime":
            return start.hour < _EVENING
        case _:
            return start.weekday() == int(name)
