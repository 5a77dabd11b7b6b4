"""User-facing texts of one language, with its number and date formats."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_interval, format_time
from babel.numbers import format_decimal

from knowledge.article.article import Language

OSLO: Final = ZoneInfo("Europe/Oslo")
LOCALES: Final[Mapping[Language, str]] = {Language.NB: "nb_NO", Language.NN: "nn_NO", Language.EN: "en_GB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """Catalogue of one language.

    ``sentences`` maps a key to its singular and plural form; both are equal if there is only one.
    """

    language: Language
    sentences: Mapping[str, tuple[str, str]]

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text ``key`` with ``{names}`` filled in.

        Raises KeyError for an unknown key.
        """
        text = self._forms(key)[0]
        return text.format(**values) if values else text

    def plural(self, key: str, number: int, /, **values: object) -> str:
        """Return the form of ``key`` for ``number``, which is filled in as ``{number}``."""
        # All three languages have two forms, and zero takes the plural.
        form = self._forms(key)[0 if number == 1 else 1]
        return form.format(number=self.number(number), **values)

    def number(self, value: int | float) -> str:
        """Return a number with the language's separators."""
        return str(format_decimal(value, locale=LOCALES[self.language]))

    def day(self, value: date) -> str:
        """Return a long date: 21. oktober 2020."""
        return _long_day(value, LOCALES[self.language])

    def days(self, first: date, last: date) -> str:
        """Return a span of days: 29. juni–5. juli 2026."""
        return str(format_interval(first, last, "yMMMd", locale=LOCALES[self.language]))

    def month(self, value: date) -> str:
        """Return month and year: november 2026."""
        return str(format_date(value, "LLLL y", locale=LOCALES[self.language]))

    def weekday(self, value: date) -> str:
        """Return the name of the day of the week."""
        return str(format_date(value, "EEEE", locale=LOCALES[self.language]))

    def moment(self, value: datetime) -> str:
        """Return weekday, date and time in Norway."""
        pattern = "EEEE d MMMM 'at' HH:mm" if self.language is Language.EN else "EEEE d. MMMM 'kl.' HH:mm"
        return str(format_datetime(value.astimezone(OSLO), pattern, locale=LOCALES[self.language]))

    def dated(self, value: datetime) -> str:
        """Return date with year and time in Norway: 21. oktober 2020 kl. 14:05."""
        pattern = "d MMMM y 'at' HH:mm" if self.language is Language.EN else "d. MMMM y 'kl.' HH:mm"
        return str(format_datetime(value.astimezone(OSLO), pattern, locale=LOCALES[self.language]))

    def stamp(self, value: datetime) -> str:
        """Return date and time in Norway in the shortest form: 2020-10-21 14:05."""
        return f"{value.astimezone(OSLO):%Y-%m-%d %H:%M}"

    def clock(self, value: datetime) -> str:
        """Return the time in Norway."""
        return str(format_time(value.astimezone(OSLO), "HH:mm", locale=LOCALES[self.language]))

    def phrases(self, key: str) -> tuple[str, ...]:
        """Return the alternatives of a text written as ``one | another``."""
        return _alternatives(self(key))

    def starting(self, prefix: str) -> Mapping[str, str]:
        """Return all texts with this key prefix."""
        return {key: forms[0] for key, forms in self.sentences.items() if key.startswith(prefix)}

    def _forms(self, key: str) -> tuple[str, str]:
        forms = self.sentences.get(key)
        if forms is None:
            raise KeyError(f"no text {key!r}: add it to a catalogue of every language, dialogs/locales/*/*.po")
        return forms


# Most days shown are those that articles were checked on.
@lru_cache(maxsize=256)
def _long_day(value: date, locale: str) -> str:
    return str(format_date(value, "long", locale=locale))


@cache
def _alternatives(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())
