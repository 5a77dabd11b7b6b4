"""Read the utterances of the content folder: what people typed, each with the entries that answer it."""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.resources.abc import Traversable
from typing import Any, Final

from knowledge.article.article import ArticleFault, Language
from knowledge.matching.match import Phrasing

UTTERANCES: Final = "utterances.csv"
_LANGUAGES: Final = frozenset(Language)
_HEADER: Final = ["entries", "language", "utterance"]


def load_utterances(folder: Traversable, *, known: Collection[str], faults: list[ArticleFault]) -> tuple[Phrasing, ...]:
    """Return the sound rows of ``utterances.csv``; the others are added to ``faults``, with their lines.

    ``known`` are the ids of articles and actions. An utterance that none of them answers has an empty id.
    """
    seen = dict[str, str]()
    found = []
    for line, each in _well_formed(folder / UTTERANCES, faults):
        first = seen.setdefault(each.text.lower(), each.article_id)
        unknown = [entry for entry in (each.article_id, *each.others) if entry and entry not in known]
        if not unknown and first == each.article_id:
            found.append(each)
            continue
        reason = f"'{each.text}' is an utterance of {first or 'no entry'}, too"
        if unknown:
            reason = f"there is no article or action {', '.join(unknown)}"
        faults.append(ArticleFault(file=UTTERANCES, line=line, reason=reason))
    return tuple(found)


def _well_formed(file: Traversable, faults: list[ArticleFault]) -> Iterator[tuple[int, Phrasing]]:
    """Yield the well-formed rows, with their lines."""
    if not file.is_file():
        return
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.append(ArticleFault(file=UTTERANCES, line=line, reason="is not UTF-8"))
        return
    reader = csv.reader(text.splitlines())
    if next(reader, None) != _HEADER:
        faults.append(ArticleFault(file=UTTERANCES, line=1, reason=f"the first line must be {','.join(_HEADER)}"))
        return
    for row in _readable(reader, faults):
        reason = _wrong(row)
        if reason:
            faults.append(ArticleFault(file=UTTERANCES, line=reader.line_num, reason=reason))
        elif row:
            entry, *others = row[0].split() or [""]
            text = row[2].strip()
            yield (
                reader.line_num,
                Phrasing(article_id=entry, language=row[1], text=text, asked=True, others=tuple(others)),
            )


def _readable(reader: Any, faults: list[ArticleFault]) -> Iterator[list[str]]:
    """Yield the rows up to one that is not CSV, such as a quotation mark that is never closed in a large file."""
    try:
        yield from reader
    except csv.Error as error:
        faults.append(ArticleFault(file=UTTERANCES, line=reader.line_num, reason=f"is no CSV from here on: {error}"))


def _wrong(row: list[str]) -> str:
    """Return what is wrong with the form of a row, or an empty text."""
    if row and len(row) != len(_HEADER):
        return f"has {len(row)} columns, not {len(_HEADER)}"
    if row and row[1] not in _LANGUAGES:
        return f"'{row[1]}' is no language: {', '.join(Language)}"
    return "the utterance is empty" if row and not row[2].strip() else ""


def in_index(
    utterances: Iterable[Phrasing], *, known: Collection[str], entry_of: Mapping[str, str]
) -> Iterator[Phrasing]:
    """Yield the utterances under the ids of the index.

    ``entry_of`` maps ids that have another one there: actions that complete an article, and retired articles. Left out
    are the utterances of entries that are not ``known``.
    """
    for each in utterances:
        if each.article_id in known and entry_of.keys().isdisjoint((each.article_id, *each.others)):
            yield each
            continue
        entry, *others = (entry_of.get(id_, id_) for id_ in (each.article_id, *each.others))
        if entry in known:
            yield replace(each, article_id=entry, others=tuple(others))
