"""Read the content folder's typed questions with the entries answering them."""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.resources.abc import Traversable
from typing import Final

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
    utterances = []
    for line, utterance in _well_formed(folder / UTTERANCES, faults):
        unknown = [entry for entry in (utterance.article_id, *utterance.others) if entry and entry not in known]
        if unknown:
            reason = f"there is no article or action {', '.join(unknown)}"
        elif (first := seen.setdefault(utterance.text.lower(), utterance.article_id)) != utterance.article_id:
            reason = f"'{utterance.text}' is an utterance of {first or 'no entry'}, too"
        else:
            utterances.append(utterance)
            continue
        faults.append(ArticleFault(file=UTTERANCES, line=line, reason=reason))
    return tuple(utterances)


def _well_formed(file: Traversable, faults: list[ArticleFault]) -> Iterator[tuple[int, Phrasing]]:
    """Yield the well-formed rows, with their lines."""
    if not file.is_file():
        return
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        broken = error.object[: error.start].count(b"\n") + 1
        faults.append(ArticleFault(file=UTTERANCES, line=broken, reason="is not UTF-8"))
        return
    except OSError as error:
        faults.append(ArticleFault(file=UTTERANCES, line=1, reason=f"cannot be read: {error.strerror}"))
        return
    header, *lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if _cells(header) != _HEADER:
        faults.append(ArticleFault(file=UTTERANCES, line=1, reason=f"the first line must be {','.join(_HEADER)}"))
        return
    for number, line in enumerate(lines, 2):
        row = _cells(line)
        reason = "is no CSV: a quotation mark is not closed, or something follows one" if row is None else _wrong(row)
        if reason:
            faults.append(ArticleFault(file=UTTERANCES, line=number, reason=reason))
        elif row:
            entry, *others = row[0].split() or [""]
            said = row[2].strip()
            yield number, Phrasing(article_id=entry, language=row[1], text=said, asked=True, others=tuple(others))


def _cells(line: str) -> list[str] | None:
    """Return the cells of a line, or None if it is not CSV.

    An utterance has one line, so that a quotation mark that is never closed costs its own row only.
    """
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error:
        return None


def _wrong(row: list[str]) -> str:
    """Return the fault in a row's form, or an empty text."""
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
    for utterance in utterances:
        if utterance.article_id in known and entry_of.keys().isdisjoint((utterance.article_id, *utterance.others)):
            yield utterance
            continue
        entry, *others = (entry_of.get(id_, id_) for id_ in (utterance.article_id, *utterance.others))
        if entry in known:
            yield replace(utterance, article_id=entry, others=tuple(others))
