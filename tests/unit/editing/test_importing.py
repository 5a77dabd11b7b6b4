"""Exports of other tools are read as they are."""

import json

import pytest

from bot.content.catalogue import load_catalogue
from dialogs.editing.imported import import_fault, import_place
from knowledge.article.article import Language
from knowledge.article.importing import BadImport, ImportedPair, ImportPlace, ImportRule, PlaceKind, read_pairs
from knowledge.article.sections import UnreadPart

TSV = (
    "Question\tAnswer\tSource\tMetadata\tSuggestedQuestions\tIsContextOnly\tPrompts\tQnaId\n"
    "How do I print?\tPress **Print**.\\n\\nThen wait.\tIT desk\ttopic:print\t[]\tFalse\t[]\t1\n"
    "printing\tPress **Print**.\\n\\nThen wait.\tIT desk\ttopic:print\t[]\tFalse\t[]\t1\n"
    "Where is the scanner?\tIn the hall.\tEditorial\t\t[]\tFalse\t[]\t2\n"
)
PRINT = ImportedPair(
    questions=("How do I print?", "printing"),
    answer="Press **Print**.\n\nThen wait.",
    source="IT desk",
    place=ImportPlace(kind=PlaceKind.ROW, number="2"),
)


def test_rows_of_one_answer_in_a_tsv_export_are_one_pair() -> None:
    assert read_pairs(TSV) == (
        PRINT,
        ImportedPair(
            questions=("Where is the scanner?",),
            answer="In the hall.",
            source="Editorial",
            place=ImportPlace(kind=PlaceKind.ROW, number="4"),
        ),
    )


def test_a_document_with_headings_is_a_pair_for_each_and_says_what_could_not_be_read() -> None:
    text = (
        "# Skriver\n\n## Hvordan  skriver jeg ut?\n\nVelg **Skriv ut**.\n\\# 3\n<!-- unread: image -->\n"
        "<!-- unread: image -->\n<!-- unread: nothing -->\n\n- Gå\n#ingen overskrift\n###### Bare en tabell\n"
        "<!-- unread: table -->\n"
    )
    first, second = read_pairs(text)
    assert (first.questions, first.answer) == (
        ("Hvordan skriver jeg ut?",),
        "Velg **Skriv ut**.\n# 3\n\n- Gå\n#ingen overskrift",
    )
    assert first.unread == {UnreadPart.IMAGE: 2}
    assert (second.answer, second.unread) == ("", {UnreadPart.TABLE: 1})
    assert [pair.place for pair in (first, second)] == [
        ImportPlace(kind=PlaceKind.SECTION, number=number) for number in ("2", "3")
    ]


def test_a_document_without_text_below_its_headings_has_nothing_to_import() -> None:
    with pytest.raises(BadImport) as refused:
        read_pairs("# Skriver\n\n# Toner\n")
    assert refused.value.rule is ImportRule.NO_PAIRS


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
    [pair] = read_pairs(json.dumps(whole))
    place = ImportPlace(kind=PlaceKind.PAIR, number="1")
    assert pair == ImportedPair(questions=("Print?", "print"), answer="Press.", source="IT", place=place)


def test_an_answer_of_faq_plus_with_title_and_link_becomes_markdown() -> None:
    answer = json.dumps({"title": "Print", "description": "Press **Print**.", "redirectionUrl": "https://it.example/p"})
    [pair] = read_pairs(f"Question\tAnswer\nPrint?\t{answer}\n")
    assert pair.answer == "Press **Print**.\n\n[Print](https://it.example/p)"


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_csv_file_may_have_either_separator_and_norwegian_headings(separator: str) -> None:
    text = separator.join(("Spørsmål", "Svar")) + "\n" + separator.join(("Hvor?", '"I gangen; der, ja."')) + "\n"
    [pair] = read_pairs(f"\ufeff{text}")
    assert pair.answer == "I gangen; der, ja."


@pytest.mark.parametrize("before", ["", "\ufeff", "\n\r\n", " \n"])
def test_the_format_is_found_in_the_text(before: str) -> None:
    table = "Question;Answer\nHvor?;I gangen, til høyre, ved døra.\n"
    for text in (table, table.replace(";", "\t"), json.dumps({"qnaDocuments": [LOW]}, indent=2)):
        assert len(read_pairs(before.replace(" ", "") + text)) == 1
    assert len(read_pairs(before + json.dumps([LOW]))) == 1


@pytest.mark.parametrize(
    ("text", "rule", "values"),
    [
        ("", ImportRule.COLUMNS, {}),
        ("Spørsmål;Tekst\na;b\n", ImportRule.COLUMNS, {}),
        ("Question\tAnswer\n", ImportRule.NO_PAIRS, {}),
        ("Question\tAnswer\na\t\n", ImportRule.NO_PAIRS, {}),
        ('Question\tAnswer\na\t"' + "b" * 200_000, ImportRule.TABLE, {"line": 2}),
        ('{"qnaDocuments": [\n{"questions": }]}', ImportRule.JSON, {"line": 2, "column": 15}),
        ("[" * 100_000, ImportRule.NO_LIST, {}),
        ('{"a": 1}', ImportRule.NO_LIST, {}),
        ('{"qnaDocuments": [1, {"questions": 3, "answer": []}]}', ImportRule.NO_PAIRS, {}),
    ],
)
def test_another_file_is_refused_with_a_reason(text: str, rule: ImportRule, values: dict[str, int]) -> None:
    with pytest.raises(BadImport) as refused:
        read_pairs(text)
    assert (refused.value.rule, refused.value.values) == (rule, values)


@pytest.mark.parametrize("most", [200, 10_000])
def test_of_a_table_with_too_many_rows_the_rest_is_not_read(most: int) -> None:
    # A reader that went on would find that the last row is broken.
    table = "Question,Answer\n" + "a,b\n" * 160_000 + '"' + "b" * 200_000
    with pytest.raises(BadImport) as refused:
        read_pairs(table, most=most)
    assert (refused.value.rule, refused.value.values) == (ImportRule.TOO_MANY_ROWS, {"most": 10 * most})


def test_as_many_rows_as_the_answers_may_have_are_read() -> None:
    [pair] = read_pairs("Question,Answer\n" + "".join(f"a{number},b\n" for number in range(20)), most=2)
    assert len(pair.questions) == 20


def test_of_a_list_with_too_many_pairs_none_is_read() -> None:
    with pytest.raises(BadImport) as refused:
        read_pairs(json.dumps([None] * 201), most=200)
    assert (refused.value.rule, refused.value.values) == (ImportRule.TOO_MANY, {"number": 201, "most": 200})


@pytest.mark.parametrize("language", Language)
def test_every_reason_and_place_has_a_sentence_in_the_readers_language(language: Language) -> None:
    texts, english = load_catalogue()[language], load_catalogue()[Language.EN]
    values = {"number": 10_001, "most": 10_000, "line": 3, "column": 4, "endings": ".csv", "folders": "articles/nb"}
    for rule in ImportRule:
        said = import_fault(texts, BadImport(rule, **values))
        assert said.endswith((".", ".csv."))
        assert language is Language.EN or said != import_fault(english, BadImport(rule, **values))
    assert import_place(texts, PRINT.place) in {"rad 2", "row 2"}
