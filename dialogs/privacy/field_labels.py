"""Names and values of stored fields in the reader's language."""

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final, get_args

from dialogs.core.data_rules import Whose
from dialogs.core.holding import hints_of
from dialogs.core.texts import OSLO, Texts
from dialogs.handoff.helping import HelperPart
from dialogs.privacy.inventory import RECORDS
from dialogs.privacy.own_data import NamedIn, OwnEvent, OwnMessage, OwnTimer

# Every class that an export has rows of.
EXPORTED: Final = (
    *(record for record in RECORDS if record.RULES.whose is not Whose.NOBODY),
    HelperPart,
    OwnMessage,
    OwnTimer,
    OwnEvent,
    NamedIn,
)


def field_label(texts: Texts, name: str) -> str:
    """Return the name of a field; a key of the data itself, such as an id, stays as it is."""
    return _found(texts, f"field.{name}", name)


def path_label(texts: Texts, path: str) -> str:
    """Return the name of an inventoried field; of a field in a part, such as ``chat.images``, with that of the part."""
    return ": ".join(field_label(texts, name) for name in path.split("."))


def value_label(texts: Texts, name: str, value: str) -> str:
    """Return a text value of a field: a choice by its name, a time in Norway, all else as stored."""
    if name in CHOICES:
        return _found(texts, f"value.{value}", value)
    if name in TIMES:
        try:
            return f"{datetime.fromisoformat(value).astimezone(OSLO):%Y-%m-%d %H:%M}"
        except ValueError:
            return value
    return value


def _found(texts: Texts, key: str, otherwise: str) -> str:
    return texts(key) if key in texts.sentences else otherwise


def fields_of(stored: type[Any]) -> Iterator[tuple[str, Any]]:
    """Yield name and type of every field of a stored class and of its parts."""
    for name, hint in hints_of(stored).items():
        yield name, hint
        for part in _types(hint):
            if is_dataclass(part):
                yield from fields_of(part)


def _types(hint: Any) -> Iterator[type[Any]]:
    if isinstance(hint, type) and not get_args(hint):
        yield hint
    for argument in get_args(hint):
        yield from _types(argument)


def _times() -> frozenset[str]:
    return frozenset(
        name for stored in EXPORTED for name, hint in fields_of(stored) if name == "at" or datetime in set(_types(hint))
    )


def _choices() -> Mapping[str, frozenset[str]]:
    choices: dict[str, frozenset[str]] = {"place": frozenset()}
    for stored in EXPORTED:
        for name, hint in fields_of(stored):
            for part in _types(hint):
                if issubclass(part, Enum):
                    choices[name] = choices.get(name, frozenset()) | {str(member.value) for member in part}
    return choices


# Values of each field that is a choice. ``place`` is one, too: the places of a helper.
CHOICES: Final = _choices()
TIMES: Final = _times()
NAMES: Final = frozenset(name for stored in EXPORTED for name, _ in fields_of(stored))
