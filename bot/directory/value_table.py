"""Values of an export and their meaning: exact, by wildcard, or by regular expression."""

import re
from collections.abc import Mapping
from fnmatch import translate
from typing import Final

REGEX: Final = "regex:"
_WILD: Final = re.compile(r"[*?]")
# A longer value is text, not a name of something; it bounds the time of a careless expression.
MAX_MATCHED: Final = 500


class ValueTable:
    """Looks up values regardless of capitals and blanks. An exact key goes before patterns, which go in their order.

    Raises ValueError: a regular expression is wrong.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._exact = {folded(key): target for key, target in table.items() if not key.startswith(REGEX)}
        self._patterns = [(_pattern(key), target) for key, target in table.items() if _is_pattern(key)]
        self._found: dict[str, str | None] = {}

    def target_of(self, value: str) -> str | None:
        """Return the target of a value, or None."""
        if value not in self._found:
            self._found[value] = self._uncached(folded(value))
        return self._found[value]

    def _uncached(self, word: str) -> str | None:
        if word in self._exact:
            return self._exact[word]
        if len(word) > MAX_MATCHED:
            return None
        return next((target for pattern, target in self._patterns if pattern.fullmatch(word)), None)


def folded(value: str) -> str:
    """Return a value without capitals and superfluous blanks."""
    return " ".join(value.casefold().split())


def _is_pattern(key: str) -> bool:
    return key.startswith(REGEX) or _WILD.search(key) is not None


def _pattern(key: str) -> re.Pattern[str]:
    if not key.startswith(REGEX):
        return re.compile(translate(folded(key)))
    try:
        return re.compile(key.removeprefix(REGEX).strip(), re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{key}: {error}") from None
