"""A person's settings, shown and set from the declarations of `Person`: every field with `FieldSource.SETTING`.

A field of type ``bool`` is a switch, one of an enumeration a choice. Its texts are ``profile.setting.NAME`` and, for a
choice, ``profile.setting.NAME.VALUE``.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final, get_args

from dialogs.core import card
from dialogs.core.data_rules import FieldSource
from dialogs.core.event import Pressed
from dialogs.core.holding import hints_of, names_from
from dialogs.core.person import Person
from dialogs.core.texts import Texts

# Names of all settings.
SETTINGS: Final = names_from(Person, FieldSource.SETTING)
MAIL_ALERTS: Final = "mail_alerts"


def inputs(texts: Texts, person: Person, *, alerts: bool = False) -> list[card.Element]:
    """Return one input for each setting, with its current value.

    ``alerts``: there is a channel for them; it reaches only people with an address in the registry.
    """
    hidden = frozenset() if alerts and person.mailable else {MAIL_ALERTS}
    return [_input(texts, person, name) for name in names_from(type(person), FieldSource.SETTING) if name not in hidden]


def changed(person: Person, pressed: Pressed) -> Person:
    """Return the person with the settings of a submitted form."""
    # A setting stays as it is without a valid input: an older card has none for a newer setting.
    names = names_from(type(person), FieldSource.SETTING)
    submitted = {name: _value(person, name, pressed.text(name)) for name in names}
    return replace(person, **{name: value for name, value in submitted.items() if value is not None})


def _input(texts: Texts, person: Person, name: str) -> card.Element:
    key, value = f"profile.setting.{name}", getattr(person, name)
    choices = [(texts(key + "." + choice), str(choice)) for choice in _choices(person, name)]
    if choices:
        return card.choose(name, texts(key), choices, value=str(value))
    return card.toggle(name, texts(key), on=value)


def _value(person: Person, name: str, written: str) -> Any:
    if choices := _choices(person, name):
        return next((choice for choice in choices if choice == written), None)
    return {"true": True, "false": False}.get(written.lower())


def _choices(person: Person, name: str) -> Sequence[StrEnum]:
    """Return the choices of a setting; none for a switch."""
    declared: Any = get_args(hints_of(type(person))[name])[0]
    return tuple(declared) if issubclass(declared, StrEnum) else ()
