"""The record of processing activities: everything that is stored, in three languages and three formats."""

import json
from datetime import date
from pathlib import Path

import pytest

from bot.app.export_files import RecordFormat, rendered
from dialogs.privacy.inventory import INVENTORY, Chapter
from dialogs.privacy.processing_record import ProcessingRecord, processing_record
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
from tests.unit.driver import CATALOGUE

YAML = Path(__file__).parents[3] / "knowledge" / "content" / "organisation.yaml"
EVERY_LANGUAGE = pytest.mark.parametrize("language", list(Language))
DAY = date(2026, 11, 26)


def record(language: Language, yaml: str | None = None) -> ProcessingRecord:
    organisation, _ = Organisation.parse(yaml or YAML.read_text("utf-8"))
    return processing_record(CATALOGUE[language], organisation, on=DAY)


@EVERY_LANGUAGE
def test_every_stored_field_is_in_it_with_basis_and_retention(language: Language) -> None:
    texts, shown = CATALOGUE[language], record(language)
    data, listed = chapter(shown, texts("record.data")), chapter(shown, texts("record.fields"))
    assert [row[0] for row in data.rows] == [texts(f"privacy.kind.{holding.kind}") for holding in INVENTORY]
    assert all(all(row) for row in data.rows)
    for (kind, fields), holding in zip(listed.rows, INVENTORY, strict=True):
        assert kind.endswith(f" ({holding.kind})")
        named = [each.rpartition(" (") for each in fields.split(" · ")]
        assert [path.removesuffix(")") for _, _, path in named] == list(holding.purposes)
        assert all(name for name, _, _ in named)


def test_a_reader_finds_names_in_words_of_their_own() -> None:
    listed = chapter(record(Language.NB), CATALOGUE[Language.NB]("record.fields"))
    [person] = [fields for kind, fields in listed.rows if kind.endswith("(person)")]
    assert "Navn (name)" in person
    assert "E-postadresse (email)" in person


@EVERY_LANGUAGE
def test_every_controller_and_officer_is_in_it(language: Language) -> None:
    responsible = record(language).chapters[0]
    assert len(responsible.rows) == 7
    assert all("@" in controller and "@" in officer for _, controller, officer in responsible.rows)


def chapter(shown: ProcessingRecord, heading: str) -> Chapter:
    [found] = [each for each in shown.chapters if each.heading == heading]
    return found


@EVERY_LANGUAGE
def test_processor_recipients_and_safeguard_are_in_it(language: Language) -> None:
    texts, shown = CATALOGUE[language], record(language)
    processors = chapter(shown, texts("record.processors")).rows
    assert "post@dgi.example" in processors[0][0]
    recipients = dict(chapter(shown, texts("record.recipients")).rows)
    for each in ("network", "admin", "officer"):
        assert texts(f"record.recipient.{each}") in recipients
    assert "2021/914" in " ".join(chapter(shown, texts("notice.transfers.title")).paragraphs)


def test_the_basis_of_each_row_is_that_of_its_employers() -> None:
    texts = CATALOGUE[Language.NB]
    own = (
        "  - id: {id}\n    names: {{nb: {id}}}\n    provider: {provider}\n"
        "    contact: {{role: {{nb: K}}, address: k@x.example}}\n"
    )
    town, company = own.format(id="by", provider="false"), own.format(id="firma", provider="true")
    for yaml, ground in ((town, "public_task"), (company, "interest"), (town + company, "by_employer")):
        data = chapter(record(Language.NB, f"municipalities:\n{yaml}"), texts("record.data"))
        [question] = [row for row in data.rows if row[0] == texts("privacy.kind.question")]
        assert question[3] == texts(f"privacy.ground.{ground}")


@EVERY_LANGUAGE
def test_the_annex_assesses_each_risk_and_leaves_marked_fields_to_the_controller(language: Language) -> None:
    texts, shown = CATALOGUE[language], record(language)
    levels = {texts(f"record.level.{level}") for level in ("low", "medium", "high")}
    risks = chapter(shown, texts("record.annex.risks"))
    assert len(risks.rows) == 7
    assert all({likelihood, severity} <= levels for _, likelihood, severity, _, _ in risks.rows)
    mark = texts("record.fill", what="").removesuffix("]").strip()
    for name in ("views", "advice", "consultation", "decision"):
        assert mark in chapter(shown, texts(f"record.annex.{name}")).paragraphs[-1]
    assert mark.removesuffix(":") in shown.lead


def test_what_is_not_named_and_where_the_league_table_is_shown_stands_in_it() -> None:
    page = rendered(
        record(
            Language.NB,
            "municipalities:\n  - id: lillevik\n    names: {nb: Lillevik | kommune}\n    league_table: true\n"
            "    contact: {role: {nb: Kontakten}, address: kontakt@lillevik.example}\n",
        ),
        RecordFormat.MD,
        Language.NB,
    )
    assert "| Lillevik \\| kommune | ikke oppgitt | ikke oppgitt |" in page
    assert "slått på: Lillevik \\| kommune)" in page


@EVERY_LANGUAGE
def test_the_three_formats_say_the_same(language: Language) -> None:
    shown = record(language)
    markdown, html, data = (rendered(shown, form, language) for form in RecordFormat)
    assert json.loads(data)["title"] == shown.title
    assert len(json.loads(data)["chapters"]) == len(shown.chapters) == markdown.count("\n## ") == html.count("<h2>")
    rows = sum(len(chapter.rows) for chapter in shown.chapters)
    tables = sum(bool(chapter.columns) for chapter in shown.chapters)
    assert html.count("<tr>") == rows + tables
    assert sum(line.startswith("| ") for line in markdown.splitlines()) == rows + 2 * tables


def test_a_name_cannot_break_out_of_the_page() -> None:
    yaml = (
        "municipalities:\n  - id: lillevik\n    names: {nb: '<script>alert(1)</script>'}\n"
        "    contact: {role: {nb: Kontakten}, address: kontakt@lillevik.example}\n"
    )
    assert "<script>" not in rendered(record(Language.NB, yaml), RecordFormat.HTML, Language.NB)
