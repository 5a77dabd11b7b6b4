"""An export as a readable page: a chapter for each kind of data, with the titles of the inventory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dialogs.core.holding import Holding
from dialogs.core.texts import Texts
from dialogs.privacy.chapter import Chapter
from dialogs.privacy.export import besides_of, content_of
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.own_data import OwnData
from dialogs.privacy.report import retention

# Most columns of a table; a kind with more fields has one line for each field.
WIDEST: Final = 8
_PARTS: Final = ("helped", "named_in")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableExport:
    """The whole page, in one language."""

    title: str
    lead: str
    chapters: tuple[Chapter, ...]


def readable_export(texts: Texts, data: OwnData, *, at: datetime) -> ReadableExport:
    """Return the export of a person as chapters; empty kinds are left out."""
    content = content_of(data, at=at)
    return ReadableExport(
        title=texts("export.title", name=data.person.name or data.person.id),
        lead=texts("export.lead", at=texts.moment(at)),
        chapters=(
            Chapter(heading=texts("export.about"), paragraphs=besides_of(data.person, texts)),
            *_kinds(texts, content["data"]),
            *_parts(texts, content),
        ),
    )


def _kinds(texts: Texts, kinds: Mapping[str, Sequence[Any]]) -> Iterator[Chapter]:
    for holding in INVENTORY:
        if rows := kinds.get(holding.kind):
            columns, cells = _table(texts, rows)
            yield Chapter(
                heading=f"{texts(f'privacy.kind.{holding.kind}')} ({texts.number(len(rows))})",
                paragraphs=_rules(texts, holding),
                columns=columns,
                rows=cells,
            )


def _rules(texts: Texts, holding: Holding) -> tuple[str, ...]:
    purposes = dict.fromkeys(texts(f"privacy.purpose.{each}") for each in holding.purposes.values())
    kept = f"{texts('record.column.retention')}: {retention(texts, holding)}"
    ground = f"{texts('record.column.ground')}: {texts(f'privacy.ground.{holding.ground}')}"
    return (f"{texts('record.column.purpose')}: {'; '.join(purposes)}", ground, kept)


def _parts(texts: Texts, content: Mapping[str, Any]) -> Iterator[Chapter]:
    for part in _PARTS:
        if rows := content.get(part):
            columns, cells = _table(texts, rows)
            heading = f"{texts(f'export.{part}')} ({texts.number(len(rows))})"
            yield Chapter(heading=heading, paragraphs=(texts(f"export.{part}.text"),), columns=columns, rows=cells)


def _table(texts: Texts, rows: Sequence[Any]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return columns and cells. Fields that are empty in every row are left out."""
    names = list(dict.fromkeys(name for row in rows for name, value in row.items() if value not in ("", None, [], {})))
    if len(names) <= WIDEST:
        return tuple(names), tuple(tuple(_cell(texts, row.get(name)) for name in names) for row in rows)
    columns = (texts("export.number"), texts("export.field"), texts("export.value"))
    lines = (
        (texts.number(number), name, _cell(texts, row[name]))
        for number, row in enumerate(rows, start=1)
        for name in names
        if row.get(name) not in ("", None, [], {})
    )
    return columns, tuple(lines)


def _cell(texts: Texts, value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return texts("export.yes" if value else "export.no")
        case Mapping():
            return "; ".join(f"{name}: {_cell(texts, each)}" for name, each in value.items() if each not in ("", None))
        case list():
            return " · ".join(_cell(texts, each) for each in value)
        case _:
            return str(value)
