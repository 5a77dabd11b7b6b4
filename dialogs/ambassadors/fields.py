"""Fields of an ambassador in the settings: how each is shown, asked for and read.

The settings card, the notice of changes, the desk's page of an ambassador and ``ambassador.save`` read ``FIELDS``.
The columns of files are ``AMBASSADOR_FIELDS`` in ``knowledge/organisation/importers/ambassadors.py``.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dialogs.availability.topic import topic_choices, topic_names
from dialogs.core import card
from dialogs.core.decision import Notice, do
from dialogs.core.event import Pressed
from dialogs.core.refusal import EventRefused
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.organisation.ambassador import Ambassador

MAX_CAPACITY: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class PageInput:
    """The input of a field on the desk's page; ``type`` is that of an HTML input."""

    type: str
    value: Callable[[Ambassador], str]
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsField:
    """A field of an ambassador in the settings; its label is the text ``ambassador.settings.<name>``.

    Attributes:
        name: of the field of ``Ambassador`` and of the input.
        shown: returns the value for reading.
        asked: returns the inputs of the card; the last argument has the topics of all articles.
        read: returns the value of a pressed form that has the input. Raises EventRefused.
        page: its input on the desk's page; without one it is changed on the card only.
    """

    name: str
    shown: Callable[[Texts, Ambassador], str]
    asked: Callable[[Texts, Ambassador, Collection[str]], Sequence[card.Element]]
    read: Callable[[Texts, Ambassador, Collection[str], Pressed], Any]
    page: PageInput | None = None

    def label(self, texts: Texts) -> str:
        return texts(f"ambassador.settings.{self.name}")


def listed(pressed: Pressed, name: str) -> frozenset[str]:
    """Return the values of an input with several, which arrive joined by commas."""
    return frozenset(part.strip() for part in pressed.text(name).split(",") if part.strip())


def _capacity_asked(texts: Texts, ambassador: Ambassador, _topics: Collection[str]) -> list[card.Element]:
    # A file may give more.
    offered = sorted({*range(MAX_CAPACITY + 1), ambassador.capacity})
    numbers = [(texts.number(number), str(number)) for number in offered]
    return [card.choose("capacity", texts("ambassador.settings.capacity"), numbers, value=str(ambassador.capacity))]


def _capacity_read(texts: Texts, ambassador: Ambassador, _topics: Collection[str], pressed: Pressed) -> int:
    capacity = pressed.text("capacity") or str(ambassador.capacity)
    if capacity != str(ambassador.capacity) and (not capacity.isdecimal() or int(capacity) > MAX_CAPACITY):
        raise EventRefused(do(Notice(text=texts("ambassador.settings.bad_capacity", number=MAX_CAPACITY))))
    return int(capacity)


def _topics_asked(texts: Texts, ambassador: Ambassador, topics: Collection[str]) -> list[card.Element]:
    choices = topic_choices(texts, topics)
    if not choices:
        return []
    offered = {value for _, value in choices}
    value = ",".join(sorted(topic for topic in ambassador.topics if topic in offered))
    return [card.choose("topics", texts("ambassador.settings.topics"), choices, value=value, several=True)]


def _topics_read(_texts: Texts, ambassador: Ambassador, topics: Collection[str], pressed: Pressed) -> frozenset[str]:
    # Topics without an article are not on the card, so they stay.
    return (listed(pressed, "topics") & frozenset(topics)) | (ambassador.topics - frozenset(topics))


def language_names(texts: Texts, ambassador: Ambassador) -> str:
    """Return the names of the languages as a sorted, comma-separated list."""
    return ", ".join(sorted(texts(f"ambassador.language.{language}") for language in ambassador.languages))


def _languages_asked(texts: Texts, ambassador: Ambassador, _topics: Collection[str]) -> list[card.Element]:
    languages = [(texts(f"ambassador.language.{language}"), str(language)) for language in Language]
    value = ",".join(sorted(ambassador.languages))
    label = texts("ambassador.settings.languages")
    return [card.choose("languages", label, languages, value=value, several=True, expanded=True)]


def _languages_read(
    _texts: Texts, ambassador: Ambassador, _topics: Collection[str], pressed: Pressed
) -> frozenset[Language]:
    chosen = listed(pressed, "languages")
    return frozenset(language for language in Language if language in chosen) or ambassador.languages


FIELDS: Final = (
    SettingsField(
        name="capacity",
        shown=lambda texts, ambassador: texts.number(ambassador.capacity),
        asked=_capacity_asked,
        read=_capacity_read,
        page=PageInput(type="number", value=lambda ambassador: str(ambassador.capacity), required=True),
    ),
    SettingsField(
        name="topics",
        shown=lambda texts, ambassador: topic_names(texts, ambassador.topics) or "–",
        asked=_topics_asked,
        read=_topics_read,
    ),
    SettingsField(name="languages", shown=language_names, asked=_languages_asked, read=_languages_read),
)
