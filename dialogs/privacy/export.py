"""Export of a person's data as JSON, in parts that fit a chat message."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Annotated, Any, Final, get_args, get_origin

from dialogs.core.holding import hints_of
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from dialogs.privacy.found import HeldData
from knowledge.organisation.person_id import Reference

MOST_CHARACTERS: Final = 20_000
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
                name: _without_others(plain(getattr(value, name), of), hint, of)
                for name, hint in hints_of(type(value)).items()
            }
        case _:
            raise TypeError(f"no JSON form for {type(value).__name__}")


def _without_others(value: Any, hint: Any, of: str) -> Any:
    """Replace ids of other people, wherever the type contains a person id."""
    parts = get_args(hint)
    match value:
        case str() if value and get_origin(hint) is Annotated and Reference.PERSON in hint.__metadata__:
            return value if value == of else SOMEBODY_ELSE
        case _ if get_origin(hint) is Annotated:
            return _without_others(value, parts[0], of)
        case dict() if isinstance(get_origin(hint), type) and issubclass(get_origin(hint), Mapping):
            return {
                _without_others(key, parts[0], of): _without_others(each, parts[1], of) for key, each in value.items()
            }
        case None | dict():
            return value
        case list() if parts:
            return [_without_others(each, parts[0], of) for each in value]
        case _:
            return next((_without_others(value, part, of) for part in parts if part is not type(None)), value)


def parts(text: str, *, most: int | None = MOST_CHARACTERS) -> Iterator[str]:
    """Yield ``text`` in parts of at most ``most`` characters, cut between lines if possible.

    The parts, joined without a separator, are the text.
    """
    while most is not None and len(text) > most:
        cut = text.rfind("\n", 0, most) + 1 or most
        yield text[:cut]
        text = text[cut:]
    yield text
