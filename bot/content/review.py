"""Review of a content folder for its editors: faults that cost no article, and notices."""

from collections.abc import Iterator, Sequence
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import PurePath

from bot.content.catalogue import commands_of, load_catalogue
from bot.content.index_builder import NoCache
from bot.content.learned_files import LEARNED, learned_in
from bot.content.loading import ORGANISATION, LoadedContent, read_articles
from bot.content.modules import review_modules
from knowledge.article.article import ArticleFault
from knowledge.article.placeholder import local_keys
from knowledge.article.review import ArticleFile, review_articles
from knowledge.matching.encoder import Encoder
from knowledge.matching.strays import find_strays
from knowledge.matching.vocabulary import Vocabulary


def review_content(
    folder: Traversable, content: LoadedContent, *, today: date, encoder: Encoder | None
) -> Iterator[ArticleFault]:
    """Yield what editors should know besides ``content.faults``: faults first by file, then what concerns two files.

    Args:
        folder: the folder that ``content`` was loaded from.
        encoder: finds phrasings that lie nearer to another article; None leaves them out.
    """
    files = [file for file in read_articles(folder, []) if _is_used(file, content)]
    yield from _unknown_actions(files)
    left_out = {PurePath(article_fault.file).stem.partition("@")[0] for article_fault in content.faults}
    yield from review_articles(files, today=today, left_out=left_out)
    yield from review_modules(folder, content.curriculum, articles=frozenset(content.articles.ids()) | left_out)
    yield from _unused_local(folder, content, files)
    if encoder is not None:
        yield from _strays(folder, content, files, encoder)


def _is_used(file: ArticleFile, content: LoadedContent) -> bool:
    article = file.article
    return (article.id, article.language, article.municipality_id) in content.articles.articles


def _unknown_actions(files: Sequence[ArticleFile]) -> Iterator[ArticleFault]:
    """Yield a fault for each article button without a known command."""
    known = set(commands_of(load_catalogue()).values())
    for file in files:
        button = file.article.button
        if button is not None and button.action not in known:
            yield file.fault("button:", f"there is no command {button.action}")


def _unused_local(folder: Traversable, content: LoadedContent, files: Sequence[ArticleFile]) -> Iterator[ArticleFault]:
    """Yield a notice for each local text of a municipality that no answer asks for; its key may be misspelt."""
    asked = {key for file in files for key in local_keys(file.article.answer)}
    unused = {
        key for municipality in content.organisation.municipalities.values() for key in municipality.local
    } - asked
    if unused:
        lines = (folder / ORGANISATION).read_text(encoding="utf-8").splitlines()
        for key in sorted(unused):
            line = next((n for n, text in enumerate(lines, 1) if f"{key}:" in text), 1)
            yield ArticleFault(file=ORGANISATION, line=line, reason=f"no answer asks for local:{key}", notice=True)


def _strays(
    folder: Traversable, content: LoadedContent, files: Sequence[ArticleFile], encoder: Encoder
) -> Iterator[ArticleFault]:
    """Yield a notice for each phrasing of an article that lies nearer to another article or action."""
    owners = {
        (file.article.id, str(file.article.language), words): file
        for file in files
        for words in (file.article.title, *file.article.phrasings)
    }
    phrasings = content.phrasings()
    known = learned_in(folder / LEARNED, NoCache(), phrasings)
    for stray in find_strays(phrasings, encoder=encoder, vocabulary=Vocabulary(known.spoken_by(encoder))):
        words, near = stray.phrasing.text, stray.near
        file = owners.get((stray.phrasing.article_id, stray.phrasing.language, words))
        if file is not None:
            reason = f"'{words}' lies nearer to {near.article_id} ('{near.text}', {stray.other:.2f}) than to its own"
            yield ArticleFault(
                file=file.name,
                line=file.line_of_phrasing(words),
                reason=f"{reason} article ({stray.own:.2f})",
                notice=True,
            )
