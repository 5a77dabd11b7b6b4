"""User-facing texts of one language, with its number, date and time formats, and texts without Markdown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_interval, format_time
from babel.numbers import format_decimal
from markdown_it import MarkdownIt
from markdown_it.token import Token

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
        """Return a long date: 21. oktober 2020. A moment is on its day in Norway."""
        if isinstance(value, datetime):
            value = value.astimezone(OSLO).date()
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


# Wall-clock times of a zone as instants, right across changes of daylight saving time.


def in_zone(day: date, clock: time, zone: tzinfo) -> datetime | None:
    """Return the instant of a wall-clock time in ``zone``, in UTC; None for a skipped time."""
    # Summer time: an hour is skipped in spring, and comes twice in autumn; then the first is meant.
    local = datetime.combine(day, clock, tzinfo=zone)
    instant = datetime.fromtimestamp(local.timestamp(), tz=zone)
    # A skipped wall-clock time does not survive the round trip.
    return None if instant.replace(tzinfo=None) != local.replace(tzinfo=None) else instant.astimezone(UTC)


# Markdown as plain text, for summaries, notifications and screen readers.

# As the chat shows it: emphasis, lists and links. Anything else stays as it is written.
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).disable(
    ["image", "heading", "lheading", "hr", "reference", "code", "fence"]
)
_PARAGRAPH_END: Final = "\n\n"
_BREAKS: Final = frozenset({"softbreak", "hardbreak"})


def plain_text(markdown: str) -> str:
    """Return the words of a text without its markup; of a link, its label."""
    return "\n".join(_text_blocks(_MARKDOWN.parse(markdown)))


def beginning_of(markdown: str, most: int) -> str:
    """Return the first ``most`` characters of ``plain_text``; only the paragraphs that have them are parsed."""
    end = markdown.find(_PARAGRAPH_END, most)
    while end >= 0:
        text = plain_text(markdown[:end])
        if len(text) >= most:
            return text[:most]
        end = markdown.find(_PARAGRAPH_END, 2 * end)
    return plain_text(markdown)[:most]


def _text_blocks(tokens: list[Token]) -> Iterator[str]:
    number = ""
    for token in tokens:
        if token.type == "list_item_open" and token.info:
            # "21. oktober" begins a date as often as a list.
            number = f"{token.info}{token.markup} "
        elif token.type == "inline":
            words = ("\n" if child.type in _BREAKS else child.content for child in token.children or ())
            yield number + "".join(words)
            number = ""
