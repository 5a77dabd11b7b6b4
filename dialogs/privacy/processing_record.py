"""Record of processing activities (GDPR article 30) with an annex for the impact assessment (article 35)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dialogs.core.texts import Texts
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.notice import grounds
from dialogs.privacy.report import retention
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Contact, Municipality

_MEASURED = ("load", "rating", "league", "readers")
_RISKS = ("sensitive", "colleague", "leaver", "operator", "backup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """A chapter of the record: paragraphs, then a table. Each row has one cell for each column."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingRecord:
    """The whole document, in one language."""

    title: str
    lead: str
    chapters: tuple[Chapter, ...]


def processing_record(texts: Texts, organisation: Organisation, *, on: date) -> ProcessingRecord:
    """Return the record of every municipality in the organisation, as of a day."""
    municipalities = tuple(organisation.municipalities.values())
    chapters = (
        Chapter(
            heading=texts("record.controllers"),
            columns=_columns(texts, "municipality", "controller", "officer"),
            rows=tuple(_responsible(texts, each) for each in municipalities),
        ),
        Chapter(heading=texts("record.purposes"), paragraphs=_paragraphs(texts, "record.purposes.text")),
        Chapter(heading=texts("record.basis"), paragraphs=tuple(grounds(texts, municipalities))),
        Chapter(heading=texts("record.subjects"), paragraphs=_paragraphs(texts, "record.subjects.text")),
        Chapter(
            heading=texts("record.data"),
            paragraphs=_paragraphs(texts, "record.data.text"),
            columns=_columns(texts, "kind", "whose", "purpose", "ground", "retention", "erasing", "fields"),
            rows=tuple(_stored(texts)),
        ),
        Chapter(heading=texts("record.recipients"), paragraphs=_paragraphs(texts, "record.recipients.text")),
        Chapter(heading=texts("notice.transfers.title"), paragraphs=_paragraphs(texts, "notice.transfers.text")),
        Chapter(heading=texts("record.security"), paragraphs=_paragraphs(texts, "record.security.text")),
        Chapter(
            heading=texts("record.monitoring"),
            paragraphs=_paragraphs(texts, "record.monitoring.text"),
            columns=_columns(texts, "measured", "why", "access"),
            rows=tuple(_measured(texts, municipalities)),
        ),
        Chapter(
            heading=texts("record.risks"),
            columns=_columns(texts, "risk", "measure", "remains"),
            rows=tuple(
                (
                    texts(f"record.risk.{each}"),
                    texts(f"record.risk.{each}.measure"),
                    texts(f"record.risk.{each}.remains"),
                )
                for each in _RISKS
            ),
        ),
    )
    lead = texts("record.lead", date=on.isoformat())
    return ProcessingRecord(title=texts("record.title"), lead=lead, chapters=chapters)


def _columns(texts: Texts, *names: str) -> tuple[str, ...]:
    return tuple(texts(f"record.column.{name}") for name in names)


def _paragraphs(texts: Texts, key: str) -> tuple[str, ...]:
    return tuple(texts(key).split("\n\n"))


def _responsible(texts: Texts, municipality: Municipality) -> tuple[str, ...]:
    def named(contact: Contact | None) -> str:
        return f"{contact.role.text(texts.language)}, {contact.address}" if contact else texts("record.missing")

    name = municipality.names.text(texts.language)
    return name, named(municipality.controller), named(municipality.data_protection_officer)


def _stored(texts: Texts) -> Iterator[tuple[str, ...]]:
    for holding in INVENTORY:
        yield (
            f"{texts(f'privacy.kind.{holding.kind}')} ({holding.kind})",
            texts(f"privacy.whose.{holding.whose}"),
            "; ".join(dict.fromkeys(texts(f"privacy.purpose.{each}") for each in holding.purposes.values())),
            texts(f"privacy.ground.{holding.ground}"),
            retention(texts, holding),
            texts(f"privacy.erasing.{holding.erasing}"),
            ", ".join(holding.purposes),
        )


def _measured(texts: Texts, municipalities: tuple[Municipality, ...]) -> Iterator[tuple[str, ...]]:
    shown = [each.names.text(texts.language) for each in municipalities if each.league_table]
    named = ", ".join(shown) or texts("record.nowhere")
    for each in _MEASURED:
        what = (
            texts(f"record.measured.{each}", municipalities=named)
            if each == "league"
            else texts(f"record.measured.{each}")
        )
        yield what, texts(f"record.measured.{each}.why"), texts(f"record.measured.{each}.access")
