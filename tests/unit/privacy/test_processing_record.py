"""The record of processing activities: everything that is stored, in three languages and three formats."""

import json
from datetime import date
from pathlib import Path

import pytest

from bot.app.record_formats import RecordFormat, rendered
from dialogs.privacy.inventory import INVENTORY
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
    [data] = [chapter for chapter in record(language).chapters if len(chapter.columns) == 7]
    assert [row[0].rpartition(" (")[2] for row in data.rows] == [f"{holding.kind})" for holding in INVENTORY]
    for row, holding in zip(data.rows, INVENTORY, strict=True):
        assert row[-1].split(", ") == list(holding.purposes)
        assert all(row)


@EVERY_LANGUAGE
def test_every_controller_and_officer_is_in_it(language: Language) -> None:
    responsible = record(language).chapters[0]
    assert len(responsible.rows) == 7
    assert all("@" in controller and "@" in officer for _, controller, officer in responsible.rows)


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
