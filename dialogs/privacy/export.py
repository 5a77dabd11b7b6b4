"""Export of a person's data as JSON, in parts that fit a chat message."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Final

from dialogs.core.person import Person
from dialogs.core.texts import Texts
from dialogs.privacy.found import HeldData

MOST_CHARACTERS: Final = 20_000
OTHERS: Final = frozenset(
    {
        "owner_id",
        "offered_to",
        "stands_in_for",
        "contacts",
        "declined",
        "tried",
        "asked",
        "last_said_by",
        "turned",
        "by",
        "to",
    }
    | {"deciders", "decided_by", "approved_by", "added_by", "undone_by", "shown_to", "asker_id", "colleagues"}
)
"""Fields with person ids. An export replaces ids of other people by ``SOMEBODY_ELSE``."""
SOMEBODY_ELSE: Final = "somebody else"


def exported(held: Sequence[HeldData], *, of: str, at: datetime, besides: Sequence[str] = ()) -> str:
    """Return all data of a person as indented JSON: time of the export, and records by kind.

    ``besides`` are texts about retained data that cannot be found by person, such as a keyed hash.
    """
    data = {found.holding.kind: [plain(record, of) for record in found.records] for found in held if found.records}
    content = {"exported_at": at.isoformat(), "data": data, **({"besides": list(besides)} if besides else {})}
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return text.replace("`", "\\u0060")  # keeps the text inside its code block


def besides_of(person: Person, texts: Texts) -> tuple[str, ...]:
    """Return the texts about retained data that cannot be found by person."""
    return (texts("privacy.former_stays"),) if person.left else ()


def plain(value: Any, of: str) -> Any:
    """Return a record or any part of it as JSON values for the person ``of``; sets are sorted."""
    match value:
        case Enum():
            return value.value
        case None | str() | bool() | int() | float():
            return value
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return {str(plain(key, of)): plain(each, of) for key, each in value.items()}
        case set() | frozenset():
            return sorted((plain(each, of) for each in value), key=str)
        case Collection():
            return [plain(each, of) for each in value]
        case _ if is_dataclass(value):
            return {
                field.name: _without_others(plain(getattr(value, field.name), of), of)
                if field.name in OTHERS
                else plain(getattr(value, field.name), of)
                for field in fields(value)
            }
        case _:
            raise TypeError(f"no JSON form for {type(value).__name__}")


def _without_others(value: Any, of: str) -> Any:
    match value:
        case None:
            return None
        case list():
            return [_without_others(each, of) for each in value]
        case dict():
            return {_without_others(key, of): each for key, each in value.items()}
        case _:
            return value if value == of else SOMEBODY_ELSE


def parts(text: str, *, most: int | None = MOST_CHARACTERS) -> Iterator[str]:
    """Yield ``text`` in parts of at most ``most`` characters, cut between lines if possible.

    The parts, joined without a separator, are the text.
    """
    while most is not None and len(text) > most:
        cut = text.rfind("\n", 0, most) + 1 or most
        yield text[:cut]
        text = text[cut:]
    yield text
