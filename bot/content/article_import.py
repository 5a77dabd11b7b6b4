"""Import of articles as drafts in the store, and export of everything that is live as files."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from importlib.resources import as_file
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from bot.content.loading import LoadedContent, read_articles
from bot.ports import Commit, Key, RandomSource, Store
from bot.records.codec import decode, write_of
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put
from dialogs.editing.imported import articles_of_pairs
from dialogs.editing.model import ArticleHead, ArticleRevision, RevisionState, article_key
from dialogs.handoff.addition import Addition
from knowledge.article.article import Article, ArticleFault, Language
from knowledge.article.importing import BadImport, ImportRule, read_pairs
from knowledge.article.writing import article_text, file_name
from knowledge.language.masking import mask

ENDINGS: Final = (".csv", ".tsv", ".txt", ".json")


class ImportResult(StrEnum):
    """What an import does with one article."""

    DRAFT = "draft"
    UNCHANGED = "unchanged"
    # It is being written on the desk: left alone.
    HAS_DRAFT = "has a draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedArticle:
    """One article of an import, in the languages it has."""

    key: str
    texts: tuple[Article, ...]
    result: ImportResult
    place: str


def read_import(
    path: Path, *, language: Language, municipality_id: str | None, known: LoadedContent, today: datetime
) -> tuple[Sequence[tuple[str, tuple[Article, ...]]], Sequence[ArticleFault]]:
    """Return the articles of a folder or an export of another tool, each with its place, and faults.

    Raises BadImport, OSError, UnicodeDecodeError.
    """
    if path.is_dir():
        faults: list[ArticleFault] = []
        by_key: dict[str, list[Article]] = {}
        folder = path if (path / "articles").is_dir() else path.parent
        for file in read_articles(folder, faults):
            owner = file.article.municipality_id
            if owner is not None and owner not in known.organisation.municipalities:
                faults.append(file.fault("---", f"there is no municipality {owner}"))
            else:
                by_key.setdefault(article_key(file.article.id, owner), []).append(_masked(file.article))
        if not by_key and not faults:
            raise BadImport(ImportRule.FOLDER, folders=", ".join(f"articles/{language}" for language in Language))
        return [(file_name(texts[0]), tuple(texts)) for texts in by_key.values()], faults
    if path.suffix.lower() not in ENDINGS:
        raise BadImport(ImportRule.ENDING, endings=", ".join(ENDINGS))
    pairs = read_pairs(path.read_text(encoding="utf-8-sig"))
    imported = articles_of_pairs(
        pairs,
        known=known.articles,
        taken=known.actions.actions,
        language=language,
        municipality_id=municipality_id,
        today=today.date(),
    )
    return [(str(place), (article,)) for place, article in imported], ()


def _masked(article: Article) -> Article:
    """Return the article without numbers of people, as everything is before it is stored."""
    return replace(
        article,
        title=str(mask(article.title)),
        answer=str(mask(article.answer)),
        phrasings=tuple(str(mask(phrasing)) for phrasing in article.phrasings),
    )


async def plan_import(
    store: Store, read: Iterable[tuple[str, tuple[Article, ...]]], *, known: LoadedContent
) -> list[ImportedArticle]:
    """Return what would be done with each article. Raises StoreUnavailable."""
    planned = []
    for place, texts in read:
        first = texts[0]
        key = article_key(first.id, first.municipality_id)
        head, _ = await _head_of(store, first)
        live = {text.language: text for text in known.articles.texts_of(first.id, first.municipality_id)}
        same = all(_says(live.get(text.language)) == _says(text) for text in texts)
        result = (
            ImportResult.HAS_DRAFT
            if head.draft_id is not None
            else ImportResult.UNCHANGED
            if same
            else ImportResult.DRAFT
        )
        planned.append(ImportedArticle(key=key, texts=texts, result=result, place=place))
    return planned


async def apply_import(
    store: Store, planned: Iterable[ImportedArticle], *, name: str, by: str, at: datetime, rng: RandomSource
) -> int:
    """Save imported drafts, each in a separate commit; return their number.

    Raises Conflict, StoreUnavailable.
    """
    number = 0
    for planned_article in planned:
        if planned_article.result is not ImportResult.DRAFT:
            continue
        head, version = await _head_of(store, planned_article.texts[0])
        revision = replace(
            ArticleRevision.from_articles(
                planned_article.texts, id=rng.new_id("revision"), number=head.number + 1, by=by, at=at
            ),
            state=RevisionState.DRAFT,
            reason=f"{name}: {planned_article.place}",
            in_use=True,
        )
        changed = replace(head, number=revision.number, draft_id=revision.id)
        details = (("revision", revision.id), ("number", str(revision.number)))
        audit = Audit(act="article.imported", subject=planned_article.key, by=by, details=details)
        entry = AuditEntry.from_act(audit, id=rng.new_id("audit"), at=at)
        versions = {Key(kind=ArticleHead.KIND, id=planned_article.key): version}
        records = tuple(write_of(Put(record=record), versions) for record in (revision, changed, entry))
        await store.commit(Commit(at=at, records=records))
        number += 1
    return number


async def _head_of(store: Store, article: Article) -> tuple[ArticleHead, int]:
    """Return the head with its version in the store."""
    id_ = article_key(article.id, article.municipality_id)
    key = Key(kind=ArticleHead.KIND, id=id_)
    stored = (await store.get([key])).get(key)
    if stored is None:
        return ArticleHead(id=id_, article_id=article.id, municipality_id=article.municipality_id), 0
    return decode(ArticleHead, stored), stored.version


def _says(article: Article | None) -> object:
    return None if article is None else (article.title, article.answer, article.phrasings)


def export_content(
    folder: Traversable, loaded: LoadedContent, additions: Iterable[Addition], target: Path
) -> tuple[int, int]:
    """Write a content folder with everything that is live; return the numbers of files and of phrasings left out.

    ``target`` must not exist or be empty. Left out are phrasings of one municipality, which its own store keeps.
    Raises FileExistsError, OSError.
    """
    if target.exists() and any(target.iterdir()):
        raise FileExistsError(f"{target} is not empty")
    with as_file(folder) as source:
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("articles", "learned"))
        names = {file.name: file.text for file in read_articles(source, [])}
    more, left_out = _phrasings(loaded, additions)
    for article in loaded.articles.articles.values():
        added = tuple(
            phrasing for phrasing in more.get((article.id, article.language), ()) if article.municipality_id is None
        )
        whole = replace(article, phrasings=tuple(dict.fromkeys((*article.phrasings, *added))))
        file = target / file_name(article)
        file.parent.mkdir(parents=True, exist_ok=True)
        # A file without changes stays as it was written.
        same = loaded.files.articles.get((article.id, article.language, article.municipality_id)) == whole
        file.write_text(names[file_name(article)] if same else article_text(whole), encoding="utf-8")
    return len(loaded.articles.articles), left_out


def _phrasings(
    loaded: LoadedContent, additions: Iterable[Addition]
) -> tuple[dict[tuple[str, Language], list[str]], int]:
    """Return the approved phrasings for everyone by article and language, and the number of others."""
    by_article: dict[tuple[str, Language], list[str]] = {}
    left_out = 0
    for addition in additions:
        if addition.live and addition.article_id and loaded.organisation.provides(addition.municipality_id):
            by_article.setdefault((addition.article_id, addition.language), []).append(addition.question)
        else:
            left_out += addition.live
    return by_article, left_out
