"""An export as a readable page: a chapter for each kind of data, with the titles of the inventory."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dialogs.core.holding import Holding
from dialogs.core.texts import Texts
from dialogs.privacy.chapter import Chapter
from dialogs.privacy.export import content_of, former_of
from dialogs.privacy.field_labels import NAMES, field_label, value_label
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.notice import Section, notice
from dialogs.privacy.own_data import OwnData
from dialogs.privacy.report import ground_text, retention
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Municipality

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
