"""Exports of other tools are read as they are."""

import json

import pytest

from knowledge.article.importing import BadImport, ImportedPair, read_pairs

TSV = (
    "Question\tAnswer\tSource\tMetadata\tSuggestedQuestions\tIsContextOnly\tPrompts\tQnaId\n"
    "How do I print?\tPress **Print**.\\n\\nThen wait.\tIT desk\ttopic:print\t[]\tFalse\t[]\t1\n"
    "printing\tPress **Print**.\\n\\nThen wait.\tIT desk\ttopic:print\t[]\tFalse\t[]\t1\n"
    "Where is the scanner?\tIn the hall.\tEditorial\t\t[]\tFalse\t[]\t2\n"
)
PRINT = ImportedPair(
    questions=("How do I print?", "printing"), answer="Press **Print**.\n\nThen wait.", source="IT desk", place="row 2"
)


def test_rows_of_one_answer_in_a_tsv_export_are_one_pair() -> None:
    assert read_pairs(TSV, name="kb.tsv") == (
        PRINT,
        ImportedPair(questions=("Where is the scanner?",), answer="In the hall.", source="Editorial", place="row 4"),
    )


LOW = {"id": 1, "answer": "Press.", "source": "IT", "questions": ["Print?", "print"], "metadata": []}
HIGH = {name.capitalize(): value for name, value in LOW.items()}


@pytest.mark.parametrize(
    "whole",
    [
        {"qnaDocuments": [LOW]},
        {"Metadata": {"Language": "en"}, "Assets": {"Synonyms": [], "Qnas": [HIGH]}},
        {"metadata": {"language": "en"}, "assets": {"synonyms": [], "qnas": [LOW]}},
    ],
    ids=["QnA Maker", "Custom Question Answering", "its newer form"],
)
def test_both_json_exports_are_read(whole: object) -> None:
    [pair] = read_pairs(json.dumps(whole), name="kb.json")
    assert pair == ImportedPair(questions=("Print?", "print"), answer="Press.", source="IT", place="pair 1")


def test_an_answer_of_faq_plus_with_title_and_link_becomes_markdown() -> None:
    answer = json.dumps({"title": "Print", "description": "Press **Print**.", "redirectionUrl": "https://it.example/p"})
    [pair] = read_pairs(f"Question\tAnswer\nPrint?\t{answer}\n", name="faq.tsv")
    assert pair.answer == "Press **Print**.\n\n[Print](https://it.example/p)"


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_csv_file_may_have_either_separator_and_norwegian_headings(separator: str) -> None:
    text = separator.join(("Spørsmål", "Svar")) + "\n" + separator.join(("Hvor?", '"I gangen; der, ja."')) + "\n"
    [pair] = read_pairs(f"\ufeff{text}", name="faq.csv")
    assert pair.answer == "I gangen; der, ja."


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "a.csv"),
        ("Spørsmål;Tekst\na;b\n", "a.csv"),
        ("Question\tAnswer\n", "a.tsv"),
        ("{", "a.json"),
        ("[" * 100_000, "a.json"),
        ('{"a": 1}', "a.json"),
        ('{"qnaDocuments": [1, {"questions": 3, "answer": []}]}', "a.json"),
    ],
)
def test_another_file_is_refused_with_a_reason(text: str, name: str) -> None:
    with pytest.raises(BadImport, match=r"\w"):
        read_pairs(text, name=name)
