"""Record of processing activities (GDPR article 30) with its annexes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from dialogs.core.texts import Texts
from dialogs.privacy.field_labels import path_label
from dialogs.privacy.inventory import INVENTORY, Chapter, columns, to_fill_in
from dialogs.privacy.notice import backups, client_addresses, grounds, processor, transfer_basis
from dialogs.privacy.report import ground_text, retention
from dialogs.privacy.shown_words import words_rows
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Contact, Municipality

# Annex for the data protection impact assessment (GDPR articles 35 and 36).

_REQUIREMENTS: Final = ("purpose", "minimal", "storage", "accuracy", "informed", "rights", "alternative")
# Risk, likelihood and severity after the measures.
_RISKS: Final = (
    ("sensitive", "medium", "high"),
    ("colleague", "low", "medium"),
    ("leaver", "low", "medium"),
    ("operator", "low", "high"),
    ("backup", "low", "high"),
    ("control", "low", "medium"),
    ("transfer", "medium", "medium"),
)


def impact_assessment(texts: Texts) -> Iterator[Chapter]:
    """Yield the chapters of the annex."""
    yield Chapter(
        heading=texts("record.annex.necessity"),
        paragraphs=(texts("record.annex.necessity.text"),),
        columns=columns(texts, "principle", "met", "assessed"),
        rows=tuple(
            (
                texts(f"record.necessity.{requirement}"),
                texts(f"record.necessity.{requirement}.met"),
                texts("record.fill", what="…"),
            )
            for requirement in _REQUIREMENTS
        ),
    )
    yield Chapter(
        heading=texts("record.annex.risks"),
        paragraphs=(texts("record.annex.risks.text"),),
        columns=columns(texts, "risk", "likelihood", "severity", "measure", "remains"),
        rows=tuple(
            (
                texts(f"record.risk.{risk}"),
                texts(f"record.level.{likelihood}"),
                texts(f"record.level.{severity}"),
                texts(f"record.risk.{risk}.measure", words=texts("words.title")),
                texts(f"record.risk.{risk}.remains"),
            )
            for risk, likelihood, severity in _RISKS
        ),
    )
    for name in ("views", "advice"):
        yield Chapter(heading=texts(f"record.annex.{name}"), paragraphs=(to_fill_in(texts, f"record.annex.{name}"),))
    yield Chapter(
        heading=texts("record.annex.consultation"),
        paragraphs=(texts("record.annex.consultation.text"), to_fill_in(texts, "record.annex.consultation")),
    )
    yield Chapter(heading=texts("record.annex.decision"), paragraphs=(to_fill_in(texts, "record.annex.decision"),))


_MEASURED: Final = ("load", "rating", "league", "readers")
_RECIPIENTS: Final = ("helper", "network", "editor", "announcer", "decider", "admin", "officer")
_MICROSOFT: Final = "Microsoft"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingRecord:
    """The whole document, in one language."""

    title: str
    lead: str
    chapters: tuple[Chapter, ...]


def processing_record(texts: Texts, organisation: Organisation, *, on: date) -> ProcessingRecord:
    """Return the record of every municipality in the organisation, as of a day."""
    chapters = (*_basics(texts, organisation), *_handling(texts, organisation), *impact_assessment(texts))
    lead = texts("record.lead", date=texts.day(on))
    return ProcessingRecord(title=texts("record.title"), lead=lead, chapters=chapters)


def _basics(texts: Texts, organisation: Organisation) -> tuple[Chapter, ...]:
    """Return controllers, processors, purposes, legal grounds and data subjects."""
    municipalities = tuple(organisation.municipalities.values())
    return (
        Chapter(
            heading=texts("record.controllers"),
            columns=columns(texts, "municipality", "controller", "officer"),
            rows=tuple(_responsible(texts, municipality) for municipality in municipalities),
        ),
        Chapter(
            heading=texts("record.processors"),
            columns=columns(texts, "processor", "task", "agreement"),
            rows=tuple(_processors(texts, organisation)),
        ),
        Chapter(heading=texts("record.purposes"), paragraphs=_paragraphs(texts, "record.purposes.text")),
        Chapter(heading=texts("record.basis"), paragraphs=tuple(grounds(texts, municipalities))),
        Chapter(
            heading=texts("record.sensitive"),
            paragraphs=(*_paragraphs(texts, "record.sensitive.text"), to_fill_in(texts, "record.sensitive")),
        ),
        Chapter(heading=texts("record.subjects"), paragraphs=_paragraphs(texts, "record.subjects.text")),
    )


def _handling(texts: Texts, organisation: Organisation) -> tuple[Chapter, ...]:
    """Return the stored data, its recipients, and its protection."""
    municipalities = tuple(organisation.municipalities.values())
    return (
        Chapter(
            heading=texts("record.data"),
            paragraphs=(*_paragraphs(texts, "record.data.text"), backups(texts, organisation.privacy)),
            columns=columns(texts, "kind", "whose", "purpose", "ground", "retention", "erasing"),
            rows=tuple(_stored(texts, municipalities)),
        ),
        Chapter(
            heading=texts("record.fields"),
            paragraphs=_paragraphs(texts, "record.fields.text"),
            columns=columns(texts, "kind", "fields"),
            rows=tuple(_fields(texts)),
        ),
        Chapter(
            heading=texts("record.recipients"),
            columns=columns(texts, "recipient", "receives"),
            rows=tuple(
                (texts(f"record.recipient.{recipient}"), texts(f"record.recipient.{recipient}.receives"))
                for recipient in _RECIPIENTS
            ),
        ),
        Chapter(
            heading=texts("words.title"),
            paragraphs=(texts("words.lead"),),
            columns=columns(texts, "words", "reader", "because"),
            rows=tuple(words_rows(texts)),
        ),
        Chapter(
            heading=texts("notice.transfers.title"),
            paragraphs=(*_paragraphs(texts, "notice.transfers.text"), transfer_basis(texts, organisation.privacy)),
        ),
        Chapter(
            heading=texts("record.security"),
            paragraphs=(*_paragraphs(texts, "record.security.text"), client_addresses(texts, organisation.privacy)),
        ),
        Chapter(
            heading=texts("record.monitoring"),
            paragraphs=(*_paragraphs(texts, "record.monitoring.text"), to_fill_in(texts, "record.monitoring")),
            columns=columns(texts, "measured", "why", "access"),
            rows=tuple(_measured(texts, municipalities)),
        ),
    )


def _paragraphs(texts: Texts, key: str) -> tuple[str, ...]:
    return tuple(texts(key).split("\n\n"))


def _responsible(texts: Texts, municipality: Municipality) -> tuple[str, ...]:
    def named(contact: Contact | None) -> str:
        return f"{contact.role.text(texts.language)}, {contact.address}" if contact else texts("record.missing")

    name = municipality.names.text(texts.language)
    return name, named(municipality.controller), named(municipality.data_protection_officer)


def _processors(texts: Texts, organisation: Organisation) -> Iterator[tuple[str, ...]]:
    agreement = texts("record.fill", what=texts("record.processor.agreement"))
    yield processor(texts, organisation) or texts("record.missing"), texts("record.processor.server"), agreement
    yield _MICROSOFT, texts("record.processor.microsoft"), agreement


def _stored(texts: Texts, municipalities: tuple[Municipality, ...]) -> Iterator[tuple[str, ...]]:
    for holding in INVENTORY:
        yield (
            texts(f"privacy.kind.{holding.kind}"),
            texts(f"privacy.whose.{holding.whose}"),
            "; ".join(dict.fromkeys(texts(f"privacy.purpose.{purpose}") for purpose in holding.purposes.values())),
            ground_text(texts, holding, municipalities),
            retention(texts, holding),
            texts(f"privacy.erasing.{holding.erasing}"),
        )


def _fields(texts: Texts) -> Iterator[tuple[str, ...]]:
    for holding in INVENTORY:
        named = " · ".join(f"{path_label(texts, path)} ({path})" for path in holding.purposes)
        yield f"{texts(f'privacy.kind.{holding.kind}')} ({holding.kind})", named


def _measured(texts: Texts, municipalities: tuple[Municipality, ...]) -> Iterator[tuple[str, ...]]:
    shown = [municipality.names.text(texts.language) for municipality in municipalities if municipality.league_table]
    named = ", ".join(shown) or texts("record.nowhere")
    for measure in _MEASURED:
        description = (
            texts(f"record.measured.{measure}", municipalities=named)
            if measure == "league"
            else texts(f"record.measured.{measure}")
        )
        yield description, texts(f"record.measured.{measure}.why"), texts(f"record.measured.{measure}.access")
