"""Export of a person's data as JSON, as a readable page, and as messages to the actor's own chat."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Any, Final

from dialogs.core.audit import AuditEntry
from dialogs.core.content import Content
from dialogs.core.decision import Decision, Post, Reply, do
from dialogs.core.event import Event, Scope
from dialogs.core.holding import Holding
from dialogs.core.image import Image
from dialogs.core.message import Message
from dialogs.core.person import Person
from dialogs.core.query import Asking
from dialogs.core.record import Record
from dialogs.core.texts import Texts
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggestion import Suggestion
from dialogs.privacy import cards
from dialogs.privacy.field_labels import NAMES, field_label, value_label
from dialogs.privacy.inventory import INVENTORY, Chapter
from dialogs.privacy.notice import Section, notice
from dialogs.privacy.own_data import SOMEBODY_ELSE, OwnData, own_data_of, without_others
from dialogs.privacy.person_ids import with_ids
from dialogs.privacy.report import ground_text, retention
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Municipality

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


# An export as messages to the actor's own chat.


def export_messages(
    event: Event, content: Content, texts: Texts, person: Person
) -> Asking[tuple[tuple[Message, ...], int]]:
    """Return all data of a person as messages, as many as the channel needs, and the number of rows. Images follow."""
    data = yield from own_data_of(person)
    text = exported(data, at=event.at, besides=besides_of(person, texts))
    chunks = list(parts(text, most=content.channels.of(event.channel).longest_text))
    messages = tuple(
        cards.export_part(texts, chunk, number=number, of=len(chunks)) for number, chunk in enumerate(chunks, start=1)
    )
    return (*messages, *_images(texts, data)), data.number


def _images(texts: Texts, data: OwnData) -> Iterator[Message]:
    images = [record for held_data in data.held for record in held_data.records if isinstance(record, Image)]
    for number, image in enumerate(images, start=1):
        yield Message(text=texts("privacy.export_image", number=number, of=len(images)), image_id=image.id)


def sent_to_own_chat(event: Event, flow: str, messages: Sequence[Message]) -> Decision:
    """Send messages in order, always to the actor's own chat; images later, at the pace of the channel."""

    def sent(number: int, message: Message) -> Reply | Post:
        slot = f"{flow}/{event.id}/{number}"
        if event.scope is Scope.PERSONAL and message.image_id is None:
            return Reply(slot=slot, message=message)
        return Post(to=event.person_id, slot=slot, message=message)

    return do(*(sent(number, message) for number, message in enumerate(messages, start=1)))


# An export as a readable page: a chapter for each kind of data, with the titles of the inventory.

# Most columns of a table; a kind with more fields has one line for each field.
WIDEST: Final = 8
_EMPTY: Final[tuple[Any, ...]] = ("", None, [], {})
# The sections of the privacy notice that an answer to a request for access must have (GDPR article 15).
_BESIDES: Final = ("controller", "object", "source", "access", "transfers", "automated", "rights", "complaint")
_PARTS: Final = ("helped", "named_in")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableExport:
    """The whole page, in one language."""

    title: str
    lead: str
    chapters: tuple[Chapter, ...]


def readable_export(texts: Texts, data: OwnData, organisation: Organisation, *, at: datetime) -> ReadableExport:
    """Return the export of a person as chapters; empty kinds are left out."""
    somebody_else = texts("export.somebody_else")
    content = content_of(data, at=at, shown=somebody_else)
    about = (texts("privacy.export_messages", somebody_else=somebody_else), *former_of(data.person, texts))
    municipality_id = data.person.municipality_id
    employer = organisation.municipalities.get(municipality_id or "")
    employers = () if employer is None else (employer,)
    return ReadableExport(
        title=texts("export.title", name=data.person.name or data.person.id),
        lead=texts("export.lead", at=texts.moment(at)),
        chapters=(
            Chapter(heading=texts("export.about"), paragraphs=about),
            *_kinds(texts, content["data"], employers),
            *_parts(texts, content),
            *(
                _chapter(section)
                for section in notice(texts, organisation, municipality_id)
                if section.name in _BESIDES
            ),
        ),
    )


def _chapter(section: Section) -> Chapter:
    paragraphs = (*section.paragraphs, *(f"{name}: {value}" for name, value in section.pairs))
    return Chapter(heading=section.heading, paragraphs=paragraphs)


def _kinds(texts: Texts, kinds: Mapping[str, Sequence[Any]], employers: tuple[Municipality, ...]) -> Iterator[Chapter]:
    for holding in INVENTORY:
        if rows := kinds.get(holding.kind):
            columns, cells = _table(texts, rows)
            yield Chapter(
                heading=f"{texts(f'privacy.kind.{holding.kind}')} ({texts.number(len(rows))})",
                paragraphs=_rules(texts, holding, employers),
                columns=columns,
                rows=cells,
            )


def _rules(texts: Texts, holding: Holding, employers: tuple[Municipality, ...]) -> tuple[str, ...]:
    purposes = dict.fromkeys(texts(f"privacy.purpose.{purpose}") for purpose in holding.purposes.values())
    kept = f"{texts('record.column.retention')}: {retention(texts, holding)}"
    ground = f"{texts('record.column.ground')}: {ground_text(texts, holding, employers)}"
    return (f"{texts('record.column.purpose')}: {'; '.join(purposes)}", ground, kept)


def _parts(texts: Texts, content: Mapping[str, Any]) -> Iterator[Chapter]:
    for part in _PARTS:
        if rows := content.get(part):
            columns, cells = _table(texts, rows)
            heading = f"{texts(f'export.{part}')} ({texts.number(len(rows))})"
            yield Chapter(heading=heading, paragraphs=(texts(f"export.{part}.text"),), columns=columns, rows=cells)


def _table(texts: Texts, rows: Sequence[Any]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return columns and cells. Fields that are empty in every row are left out."""
    names = list(dict.fromkeys(name for row in rows for name, value in row.items() if value not in _EMPTY))
    if len(names) <= WIDEST:
        headings = tuple(field_label(texts, name) for name in names)
        return headings, tuple(tuple(_cell(texts, row.get(name), name) for name in names) for row in rows)
    columns = (texts("export.number"), texts("export.field"), texts("export.value"))
    lines = (
        (texts.number(number), field_label(texts, name), _cell(texts, row[name], name))
        for number, row in enumerate(rows, start=1)
        for name in names
        if row.get(name) not in _EMPTY
    )
    return columns, tuple(lines)


def _cell(texts: Texts, value: Any, field: str) -> str:
    match value:
        case None:
            return ""
        case bool():
            return texts("export.yes" if value else "export.no")
        case Mapping():
            return "; ".join(
                # A key of the data itself, such as an id, has values of the field it stands in.
                f"{field_label(texts, name)}: {_cell(texts, part, name if name in NAMES else field)}"
                for name, part in value.items()
                if part not in _EMPTY
            )
        case list():
            return " · ".join(_cell(texts, part, field) for part in value)
        case str():
            return value_label(texts, field, value)
        case _:
            return str(value)
