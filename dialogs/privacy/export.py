"""Export of a person's data as JSON, in parts that fit a chat message."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Final

from dialogs.core.audit import AuditEntry
from dialogs.core.person import Person
from dialogs.core.record import Record
from dialogs.core.texts import Texts
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggestion import Suggestion
from dialogs.privacy.own_data import SOMEBODY_ELSE, OwnData, without_others
from dialogs.privacy.person_ids import with_ids

# Fields with the words of others in a person's own records: an asker's question, an answer that an editor approved.
_OF_OTHERS: Final[Mapping[type, tuple[str, ...]]] = {Suggestion: ("question",), Addition: ("question", "answer")}


def exported(data: OwnData, *, at: datetime, besides: Sequence[str] = ()) -> str:
    """Return all data of a person as indented JSON.

    ``besides`` are texts about the export, and about retained data that cannot be found by person, such as a keyed
    hash.
    """
    text = json.dumps(content_of(data, at=at, besides=besides), ensure_ascii=False, indent=1)
    return text.replace("`", "\\u0060")  # keeps the text inside its code block


def content_of(
    data: OwnData, *, at: datetime, besides: Sequence[str] = (), shown: str = SOMEBODY_ELSE
) -> Mapping[str, Any]:
    """Return all data of a person as JSON values: by kind, then the parts in data of others.

    ``shown`` stands for the id of any other person.
    """
    of = data.person.id
    kinds: dict[str, list[Any]] = {
        held_data.holding.kind: [_record(record, data, shown) for record in held_data.records]
        for held_data in data.held
        if held_data.records
    }
    for kind, rows in (("delivery", data.messages), ("timer", data.timers), ("event", data.events)):
        if rows:
            kinds[kind] = [_queued(plain(row, of, shown), data, shown) for row in rows]
    parts = {
        "helped": [plain(part, of, shown) for part in data.helped],
        "named_in": [plain(row, of, shown) for row in data.named_in],
    }
    return {
        "exported_at": at.isoformat(),
        "data": kinds,
        **{name: rows for name, rows in parts.items() if rows},
        **({"besides": list(besides)} if besides else {}),
    }


def _record(record: Record, data: OwnData, shown: str) -> Any:
    fields = plain(record, data.person.id, shown)
    if isinstance(record, AuditEntry):  # subject and details are of any kind, so their types hold no person id
        fields["subject"] = without_others(record.subject, data.others, shown=shown)
        fields["details"] = [[name, without_others(value, data.others, shown=shown)] for name, value in record.details]
    for name in () if data.full or _is_own_gap(record) else _OF_OTHERS.get(type(record), ()):
        fields[name] = ""
    return fields


def _is_own_gap(record: Record) -> bool:
    """Return whether the words are the person's own: a question that they showed to the editors."""
    return isinstance(record, Suggestion) and record.is_gap


def _queued(row: Any, data: OwnData, shown: str, name: str = "") -> Any:
    match row:
        case str():
            return without_others(row, data.others, prose=name == "text", shown=shown)
        case dict():
            return {key: _queued(value, data, shown, key) for key, value in row.items()}
        case _:
            return row


def besides_of(person: Person, texts: Texts) -> tuple[str, ...]:
    """Return the texts about the export, and about retained data that cannot be found by person."""
    about = texts("privacy.export_messages", somebody_else=SOMEBODY_ELSE)
    return about, texts("privacy.export_others"), *former_of(person, texts)


def former_of(person: Person, texts: Texts) -> tuple[str, ...]:
    """Return the text about the mark of a former employee."""
    return (texts("privacy.former_stays"),) if person.left else ()


def plain(record: Any, of: str, shown: str = SOMEBODY_ELSE) -> Any:
    """Return a record as JSON values for the person ``of``, with every other id of a person replaced."""
    return _json(with_ids(record, lambda id_: id_ if id_ in {of, ""} else shown))


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
            return {str(_json(key)): _json(part) for key, part in value.items()}
        case set() | frozenset():
            return sorted((_json(part) for part in value), key=str)
        case Collection():
            return [_json(part) for part in value]
        case _ if is_dataclass(value):
            return {field.name: _json(getattr(value, field.name)) for field in fields(value)}
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
