"""Data inventory: every kind of record, with the rules and purposes declared beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dialogs.core.data_rules import Erasing, Ground, Purpose, Whose
from dialogs.core.holding import Holding
from dialogs.core.record import Record
from dialogs.core.texts import Texts
from dialogs.features import FEATURES


def fields(**names: str) -> Mapping[str, Purpose]:
    """Return fields by purpose: ``fields(order="id", answer="utterance language")``."""
    return {name: Purpose(purpose) for purpose, listed in names.items() for name in listed.split()}


RECORDS: Final[tuple[type[Record], ...]] = tuple(record for feature in FEATURES for record in feature.records)
# Data that the store itself keeps; its classes stand above this room.
_TABLES: Final = (
    Holding(
        kind="delivery",
        most="one for each turn, and what others send the person",
        record=None,
        months=12,
        terms=(),
        purposes=fields(
            order="id slot version sequence group attempts possibly_twice lease_token lease_until turn",
            reach="recipient message status reason urgency address channel reference",
            time="posted_at due_at ready_at expires_at settled_at first_sent_at",
        ),
    ),
    Holding(
        kind="event",
        most="one for each message or press",
        record=None,
        ground=Ground.LEGAL_OBLIGATION,
        terms=(),
        erasing=Erasing.KEPT,
        purposes=fields(order="id", time="at"),
    ),
    Holding(
        kind="audit_chain",
        most="one link for each entry of the audit log",
        record=None,
        whose=Whose.ACTOR,
        ground=Ground.LEGAL_OBLIGATION,
        months=24,
        terms=(),
        erasing=Erasing.KEPT,
        purposes=fields(order="number id format", evidence="previous hash"),
    ),
    Holding(
        kind="timer",
        most="one for each open handoff, draft and absence",
        record=None,
        terms=(),
        purposes=fields(order="key verb data", time="at"),
    ),
)
INVENTORY: Final[tuple[Holding, ...]] = (
    *(Holding.from_record(record) for record in RECORDS),
    *_TABLES,
)


# Chapters of documents for auditors and controllers.


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter: paragraphs, then a table. Each row has one cell for each column."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def columns(texts: Texts, *names: str) -> tuple[str, ...]:
    """Return the headings of a table's columns."""
    return tuple(texts(f"record.column.{name}") for name in names)


def to_fill_in(texts: Texts, key: str) -> str:
    """Return the marked field for what only the controller knows."""
    return texts("record.fill", what=texts(f"{key}.fill"))
