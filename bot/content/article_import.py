"""Import of articles as drafts, export of everything that editors wrote, and approved additions."""

import shutil
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import as_file
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import frontmatter

from bot.content.loading import LoadedContent, read_articles
from bot.ports import Commit, Key, RandomSource, Store
from bot.records.codec import decode, write_of
from bot.records.query_answering import FlowRun
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put
from dialogs.core.import_preview import to_apply
from dialogs.core.query import find
from dialogs.editing.imported import ImportedArticle, articles_of_pairs, imported_article, masked_article
from dialogs.editing.model import ArticleHead, ArticleRevision, article_key
from dialogs.handoff.addition import LIVE, Addition
from knowledge.article.article import Article, ArticleFault, Language
from knowledge.article.importing import BadImport, ImportRule, read_pairs
from knowledge.article.writing import article_text, file_name

ENDINGS: Final = (".csv", ".tsv", ".txt", ".json")


def read_import(
    path: Path, *, language: Language, municipality_id: str | None, known: LoadedContent, today: datetime
) -> tuple[Sequence[ImportedArticle], Sequence[ArticleFault]]:
    """Return the articles of a folder or an export of another tool, and faults.

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
                by_key.setdefault(article_key(file.article.id, owner), []).append(masked_article(file.article))
        if not by_key and not faults:
            raise BadImport(ImportRule.FOLDER, folders=", ".join(f"articles/{language}" for language in Language))
        placed = [(file_name(texts[0]), tuple(texts)) for texts in by_key.values()]
        return [replace(imported_article(texts, known.articles), place=place) for place, texts in placed], faults
    if path.suffix.lower() not in ENDINGS:
        raise BadImport(ImportRule.ENDING, endings=", ".join(ENDINGS))
    imported = articles_of_pairs(
        read_pairs(path.read_text(encoding="utf-8-sig")),
        known=known.articles,
        taken=known.actions.actions,
        language=language,
        municipality_id=municipality_id,
        today=today.date(),
    )
    return [
        replace(
            imported_article((article,), known.articles),
            place=str(pair.place),
            note="" if article.answer else "no text",
        )
        for pair, article in imported
    ], ()


async def apply_import(
    store: Store, planned: Iterable[ImportedArticle], *, name: str, by: str, at: datetime, rng: RandomSource
) -> None:
    """Save imported drafts, each in a separate commit. Raises Conflict, StoreUnavailable."""
    import_id = rng.new_id("import")
    for article in to_apply(planned):
        reading = FlowRun(store=store)
        head = await reading.result_of(find(ArticleHead, article.key)) or ArticleHead(
            id=article.key, article_id=article.article_id, municipality_id=article.municipality_id
        )
        revision = replace(
            ArticleRevision.from_articles(
                article.texts, id=rng.new_id("revision"), number=head.number + 1, by=by, at=at
            ),
            reason=f"{name}: {article.place}",
            import_id=import_id,
            in_use=True,
        )
        changed = replace(head, number=revision.number, draft_id=revision.id)
        details = (("revision", revision.id), ("number", str(revision.number)))
        audit = Audit(act="article.imported", subject=article.key, by=by, details=details)
        entry = AuditEntry.from_act(audit, id=rng.new_id("audit"), at=at)
        writes = tuple(write_of(Put(record=record), reading.versions) for record in (revision, changed, entry))
        await store.commit(Commit(at=at, records=writes))


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


# Additions that editors approved in the chat, for the command line.

LOOKED_AT_AGAIN: Final = timedelta(days=180)


async def live_additions(store: Store) -> tuple[Addition, ...]:
    """Return the approved additions in use. Raises StoreUnavailable."""
    return tuple([decode(Addition, stored) for stored in await store.find(Addition.KIND, LIVE)])


async def undo_addition(store: Store, id_: str, *, by: str, at: datetime, rng: RandomSource) -> None:
    """Undo an addition, with an audit entry. Raises KeyError for an unknown id, Conflict, StoreUnavailable."""
    key = Key(kind=Addition.KIND, id=id_)
    stored = (await store.get([key]))[key]
    undone = decode(Addition, stored).undo(by=by, at=at)
    entry = AuditEntry.from_act(Audit(act="suggestion.undone", subject=id_, by=by), id=rng.new_id("audit"), at=at)
    writes = (write_of(Put(record=undone), {key: stored.version}), write_of(Put(record=entry), {}))
    await store.commit(Commit(at=at, records=writes))


def article_file(addition: Addition) -> str:
    """Return an addition as a draft article file; ``heia kb check`` lists the missing parts."""
    added = addition.added_at.date()
    first = next(iter(addition.question.splitlines()), "")
    post = frontmatter.Post(
        addition.answer,
        title=first[:80],
        changed=added,
        review_by=added + LOOKED_AT_AGAIN,
        phrasings=[" ".join(addition.question.split())],
    )
    return f"{frontmatter.dumps(post, allow_unicode=True, sort_keys=False)}\n"
