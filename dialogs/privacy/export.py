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
from dialogs.privacy.person_ids import with_ids

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


def plain(record: Any, of: str) -> Any:
    """Return a record as JSON values for the person ``of``, with every other id of a person replaced."""
    return _json(with_ids(record, lambda id_: id_ if id_ in {of, ""} else SOMEBODY_ELSE))


def _json(value: Any) -> Any:
    """Return a record or any part of it as JSON values; sets are sorted."""
    match value:
        case Enum():
            return value.value
        case None | str() | bool() | int() | float():
            return value
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return {str(_json(key)): _json(each) for key, each in value.items()}
        case set() | frozenset():
            return sorted((_json(each) for each in value), key=str)
        case Collection():
            return [_json(each) for each in value]
        case _ if is_dataclass(value):
            return {each.name: _json(getattr(value, each.name)) for each in fields(value)}
        case _:
            raise TypeError(f"no JSON form for {type(value).__name__}")


def parts(text: str, *, most: int | None) -> Iterator[str]:
    """Yield ``text`` in parts of at most ``most`` characters, cut between lines if possible.

    The parts, joined without a separator, are the text.
    """
    while most is not None and len(text) > most:
        cut = text.rfind("\n", 0, most) + 1 or most
        yield text[:cut]
        text = text[cut:]
    yield text
