"""What is held of a person as JSON, in parts a chat can take."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Final

from dialogs.privacy.found import Found

MOST_CHARACTERS: Final = 20_000


def exported(held: Sequence[Found], *, at: datetime) -> str:
    """Return everything as indented JSON: kind to list of records, and when it was taken out."""
    content = {
        "exported_at": at.isoformat(),
        "data": {found.holding.kind: [plain(record) for record in found.records] for found in held if found.records},
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    return text.replace("`", "\\u0060")  # so that it stays within the code block it is shown in


def plain(value: Any) -> Any:
    """Return a record or any part of it as JSON values; sets are sorted."""
    match value:
        case Enum():
            return value.value
        case None | str() | bool() | int() | float():
            return value
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return {str(plain(key)): plain(each) for key, each in value.items()}
        case set() | frozenset():
            return sorted((plain(each) for each in value), key=str)
        case Collection():
            return [plain(each) for each in value]
        case _ if is_dataclass(value):
            return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        case _:
            raise TypeError(f"no JSON form for {type(value).__name__}")


def parts(text: str, *, most: int | None = MOST_CHARACTERS) -> Iterator[str]:
    """Yield ``text`` in parts of at most ``most`` characters, cut between lines where that is possible.

    Joined with nothing between, the parts are the text.
    """
    while most is not None and len(text) > most:
        cut = text.rfind("\n", 0, most) + 1 or most
        yield text[:cut]
        text = text[cut:]
    yield text
