"""Read questions and answers: a document with headings, or what other tools exported.

Formats, checked on 2026-11-26:
TSV has the columns Question, Answer, Source, Metadata, SuggestedQuestions, IsContextOnly, Prompts, QnaId and, newer,
SourceDisplayName, with one row for each question.
Source: https://learn.microsoft.com/azure/ai-services/qnamaker/concepts/data-sources-and-content
JSON is ``qnaDocuments`` (QnA Maker) or ``Assets.Qnas`` (Custom Question Answering), each with questions and an answer.
Source: https://learn.microsoft.com/azure/ai-services/language-service/question-answering/how-to/authoring
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any, Final

from knowledge.article.sections import UnreadPart, has_sections, sections_of
from knowledge.table import Column, headings_of, missing_columns

# More than any knowledge base of a municipality; the tools allow a million characters an answer.
MAX_PAIRS: Final = 10_000
# Rows of a table for each answer that is taken: one for each of its questions.
ROWS_OF_PAIR: Final = 10
_COLUMNS: Final = (
    Column(name="question", aliases=("questions", "spørsmål", "title", "tittel"), required=True),
    Column(name="answer", aliases=("svar",), required=True),
    Column(name="sourcedisplayname", aliases=("source", "kilde", "kjelde")),
    Column(name="qnaid", aliases=("id",)),
)


class ImportRule(StrEnum):
    """Why a file cannot be imported. Each has a catalogue text, ``article.import_fault.…``."""

    NO_PAIRS = "no_pairs"
    TOO_MANY = "too_many"
    TOO_MANY_ROWS = "too_many_rows"
    TABLE = "table"
    COLUMNS = "columns"
    JSON = "json"
    NO_LIST = "no_list"
    ENDING = "ending"
    ZIP = "zip"
    NO_FILES = "no_files"
    SIZE = "size"
    ONE_TABLE = "one_table"
    FOLDER = "folder"
    WORD = "word"
    WORD_OLD = "word_old"
    MACROS = "macros"
    FILE_SIZE = "file_size"
    MIXED = "mixed"


class BadImport(Exception):
    """The file is none of the formats. ``values`` are those that the text of the rule names."""

    def __init__(self, rule: ImportRule, **values: object) -> None:
        super().__init__(str(rule))
        self.rule = rule
        self.values = values


class PlaceKind(StrEnum):
    """Unit in which places in a file are counted. Each has a catalogue text, ``article.import_place.…``."""

    ROW = "row"
    PAIR = "pair"
    FILE = "file"
    SECTION = "section"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlace:
    """Where a pair stands in its file; ``number`` is the row, or the number or id of the pair."""

    kind: PlaceKind
    number: str

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedPair:
    """An answer with the questions that lead to it. ``unread``: what of its section could not be read."""

    questions: tuple[str, ...]
    answer: str
    source: str
    place: ImportPlace
    unread: Mapping[UnreadPart, int] = field(default_factory=Counter)


def read_pairs(text: str, *, most: int = MAX_PAIRS) -> tuple[ImportedPair, ...]:
    """Return the pairs of a file in any of the formats, at most ``most``. Raises BadImport.

    Of a table no more rows are read than that many answers may have.
    """
    text = text.lstrip("\ufeff\r\n")
    # The first line of a table names its columns, so no table begins like JSON or a heading.
    if has_sections(text):
        read = _from_sections(text)
    elif text.lstrip()[:1] in {"{", "["}:
        read = _from_json(text, most)
    else:
        read = _from_rows(text, most * ROWS_OF_PAIR)
    # Of a section without text it is told what stood there.
    pairs = tuple(pair for pair in read if pair.questions and (pair.answer or pair.unread))
    if not pairs:
        raise BadImport(ImportRule.NO_PAIRS)
    if len(pairs) > most:
        raise BadImport(ImportRule.TOO_MANY, number=len(pairs), most=most)
    return pairs


def _from_sections(text: str) -> Iterable[ImportedPair]:
    return [
        ImportedPair(
            questions=_unique([heading]),
            answer=answer,
            source="",
            place=ImportPlace(kind=PlaceKind.SECTION, number=str(at)),
            unread=unread,
        )
        for at, (heading, answer, unread) in enumerate(sections_of(text), start=1)
    ]


def _from_rows(text: str, most: int) -> Iterable[ImportedPair]:
    """Return the pairs of a table with at most ``most`` rows; rows with one answer and id belong together."""
    first = text.split("\n", 1)[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=_separator(first))
    try:
        rows = list(islice(reader, most + 1))
    except csv.Error:
        raise BadImport(ImportRule.TABLE, line=reader.line_num + 1) from None
    if len(rows) > most:
        raise BadImport(ImportRule.TOO_MANY_ROWS, most=most)
    headings = headings_of(reader.fieldnames or (), _COLUMNS)
    if missing_columns(headings, _COLUMNS):
        raise BadImport(ImportRule.COLUMNS)
    question, answer, source, number = (headings.get(column.name) for column in _COLUMNS)
    by_key: dict[tuple[str, str], list[tuple[int, Mapping[str, Any]]]] = {}
    for at, row in enumerate(rows, start=2):
        # The answer belongs to the key: in a hand-made table an id may be missing or stand twice.
        key = (_cell(row, number), _cell(row, answer))
        by_key.setdefault(key, []).append((at, row))
    return [
        ImportedPair(
            questions=_unique(_cell(row, question) for _, row in group),
            answer=plain_answer(key[1]),
            source=_cell(group[0][1], source),
            place=ImportPlace(kind=PlaceKind.ROW, number=str(group[0][0])),
        )
        for key, group in by_key.items()
    ]


def _separator(first_line: str) -> str:
    """Return the separator of a table: the one that is found most often in its first line."""
    return max("\t", ";", ",", key=first_line.count)


def _cell(row: Mapping[str, Any], column: str | None) -> str:
    value = row.get(column) if column is not None else None
    # A table writes a line break in a cell as the two characters \n.
    return value.replace("\\n", "\n").strip() if isinstance(value, str) else ""


def _from_json(text: str, most: int) -> Iterable[ImportedPair]:
    try:
        loaded = json.loads(text)
    except json.JSONDecodeError as fault:
        raise BadImport(ImportRule.JSON, line=fault.lineno, column=fault.colno) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, thousands of brackets
        raise BadImport(ImportRule.NO_LIST) from None
    listed = loaded if isinstance(loaded, list) else _listed(loaded)
    if listed is None:
        raise BadImport(ImportRule.NO_LIST)
    if len(listed) > most:
        raise BadImport(ImportRule.TOO_MANY, number=len(listed), most=most)
    return [_pair(fields, at) for at, fields in enumerate(listed, start=1) if isinstance(fields, Mapping)]


def _listed(loaded: Any) -> list[Any] | None:
    """Return the list of pairs; the tools differ in capitals."""
    if not isinstance(loaded, Mapping):
        return None
    low = {str(name).lower(): value for name, value in loaded.items()}
    for name in ("qnadocuments", "qnas", "assets", "qnalist"):
        value = low.get(name)
        if isinstance(value, list):
            return value
        if isinstance(value, Mapping):
            return _listed(value)
    return None


def _pair(fields: Mapping[str, Any], at: int) -> ImportedPair:
    low = {str(name).lower(): value for name, value in fields.items()}
    questions = low.get("questions") or low.get("question") or ()
    listed = [questions] if isinstance(questions, str) else questions
    answer, source = low.get("answer"), low.get("sourcedisplayname") or low.get("source")
    named = low.get("id")
    return ImportedPair(
        questions=_unique(question for question in listed if isinstance(question, str))
        if isinstance(listed, list)
        else (),
        answer=plain_answer(answer) if isinstance(answer, str) else "",
        source=source.strip() if isinstance(source, str) else "",
        place=ImportPlace(kind=PlaceKind.PAIR, number=str(named if isinstance(named, int) else at)),
    )


def plain_answer(answer: str) -> str:
    """Return an answer as Markdown. FAQ Plus keeps one with a title or image as JSON."""
    text = answer.strip()
    if not text.startswith("{"):
        return text
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(loaded, Mapping):
        return text
    low = {str(name).lower(): value for name, value in loaded.items() if isinstance(value, str)}
    link = low.get("redirectionurl", "")
    parts = [
        low.get("subtitle", ""),
        low.get("description", ""),
        f"[{low.get('title') or link}]({link})" if link else "",
    ]
    return "\n\n".join(part.strip() for part in parts if part.strip()) or text


def _unique(questions: Iterable[str]) -> tuple[str, ...]:
    lines = (" ".join(question.split()) for question in questions)
    return tuple(dict.fromkeys(line for line in lines if line))
