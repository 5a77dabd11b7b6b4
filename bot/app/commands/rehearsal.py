"""``heia kb rehearse``: what changed article files do to the answers, before they are in use."""

import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path

import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Table

from bot.app.commands.opening import CommandContext, refuse, with_store
from bot.app.wiring import load_encoder_for, make_index_builder
from bot.content.article_import import live_additions
from bot.content.evaluation import BadSet, labelled_questions
from bot.content.index_builder import IndexBuilder, KnowledgeState
from bot.content.loading import content_folder
from bot.content.rehearsing import rehearse
from bot.content.revisions import live_revisions
from bot.ports import Store
from bot.records.query_answering import FlowRun
from bot.settings.model import Settings
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer
from dialogs.editing.model import ArticleRevision
from dialogs.handoff.addition import Addition
from dialogs.insight.suppression import EnoughPeople
from dialogs.rehearsal.asked import AskedAgain, asked_again
from dialogs.rehearsal.page import RehearsalPage, rehearsal_page
from dialogs.rehearsal.verdict import Change, Evidence
from knowledge.article.article import Article, Language, parse_article
from knowledge.article.change import ArticleChange
from knowledge.matching.encoder import Encoder
from knowledge.matching.evaluate import LabelledQuestion


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edited:
    """A changed file. ``before``: the text of the last commit, if the file lies in the content folder."""

    after: Article
    before: Article | None
    in_place: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    asked: tuple[AskedAgain, ...]
    additions: Sequence[Addition]
    revisions: Sequence[ArticleRevision]


def run_rehearsal(files: Sequence[Path], sets: Sequence[Path], settings: Settings) -> None:
    """Rehearse the files and print the result. Raises typer.Exit: 1 if answers become worse, or for a faulty file."""
    folder = content_folder(settings.content_dir)
    edited = [_edited(file, folder) for file in files]
    try:
        labelled = [question for name in sets for question in labelled_questions(name)]
    except BadSet as fault:
        raise typer.BadParameter(str(fault), param_hint="--questions") from None

    async def rehearsed(context: CommandContext) -> RehearsalPage:
        read = await _read(context)
        encoder = load_encoder_for(settings, log=structlog.get_logger())
        builder = make_index_builder(settings, now=context.now, log=structlog.get_logger())
        state = builder.build(folder, before=None, encoder=encoder, additions=read.additions, revisions=read.revisions)
        before = _with(builder, state, _undone(edited), encoder, read.additions)
        after = _with(builder, state, [edit.after for edit in edited], encoder, read.additions)
        with Progress(console=Console(stderr=True)) as bar:
            task = bar.add_task("questions", total=None)
            result = rehearse(
                before,
                after,
                (*_of_sets(labelled), *read.asked),
                baseline={},
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        operator = Person(id=context.by, name="", roles=frozenset({Role.OPERATOR}), created_at=context.now)
        operator = replace(operator, language=Language.EN)
        content = before.content
        viewer = Viewer(person=operator, texts=content.texts[Language.EN], content=content, at=context.now)
        return rehearsal_page(viewer, result, EnoughPeople.among(content.organisation.municipalities))

    page = with_store(rehearsed)
    _print(page)
    if page.changed_number(Change.WORSE):
        raise typer.Exit(1)


async def _read(context: CommandContext) -> _Read:
    def questions() -> Asking[tuple[AskedAgain, ...]]:
        every = frozenset(context.content.organisation.municipalities)
        return (yield from asked_again(every, every, context.now))

    store: Store = context.store
    reading = FlowRun(store=store)
    return _Read(
        asked=await reading.result_of(questions()),
        additions=await live_additions(store),
        revisions=await live_revisions(store),
    )


def _edited(file: Path, folder: Traversable) -> _Edited:
    """Read a changed file. Raises typer.Exit for a faulty one."""
    language = file.absolute().parent.name
    if language not in set(Language):
        raise typer.BadParameter(f"{file}: the folder of an article is its language: nb, nn or en", param_hint="FILE")
    in_place = isinstance(folder, Path) and folder.resolve() in file.resolve().parents
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise typer.BadParameter(f"{file}: {fault}", param_hint="FILE") from None
    after = _parsed(text, file, Language(language))
    committed = _committed(file) if in_place else None
    before = _parsed(committed, file, Language(language)) if committed is not None else None
    return _Edited(after=after, before=before, in_place=in_place)


def _parsed(text: str, file: Path, language: Language) -> Article:
    parsed = parse_article(text, file=str(file), language=language)
    if isinstance(parsed, Article):
        return parsed
    raise refuse("\n".join(map(str, parsed)))


def _committed(file: Path) -> str | None:
    """Return the file as of the last commit, None if it is new there. Raises typer.Exit without git."""
    git = shutil.which("git")
    place = ["-C", str(file.absolute().parent)]
    if git is None or _git(git, *place, "rev-parse", "HEAD") is None:
        raise refuse(
            f"{file} is in use already, and there is no commit to compare it with: name the changed file from outside "
            "the content folder, as nb/<id>.md.",
            code=2,
        )
    return _git(git, *place, "show", f"HEAD:./{file.name}")


def _git(git: str, *arguments: str) -> str | None:
    done = subprocess.run([git, *arguments], capture_output=True, timeout=30, check=False)  # noqa: S603
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def _undone(edited: Iterable[_Edited]) -> Iterator[Article]:
    """Yield the texts before the change; a new one without phrasings, which nothing can match."""
    for edit in edited:
        if edit.in_place:
            yield edit.before or replace(edit.after, title="", phrasings=())


def _with(
    builder: IndexBuilder,
    state: KnowledgeState,
    articles: Iterable[Article],
    encoder: Encoder | None,
    additions: Sequence[Addition],
) -> KnowledgeState:
    """Return the knowledge with these texts in place of those of the same article and language."""
    for change in ArticleChange.from_articles(articles):
        new = {article.language: article for article in change.articles}
        others = state.loaded.articles.texts_of(change.article_id, change.municipality_id)
        texts = {article.language: article for article in others} | new
        whole = replace(change, articles=tuple(texts[language] for language in Language if language in texts))
        state = builder.build_changed(state, whole, encoder=encoder, additions=additions)
    return state


def _of_sets(labelled: Iterable[LabelledQuestion]) -> Iterator[AskedAgain]:
    for number, question in enumerate(labelled):
        if question.previous is None:
            yield AskedAgain(
                id=f"set-{number}",
                words=(question.text, b""),
                municipality_id=None,
                evidence=Evidence(expected=question.gold),
            )


def _print(page: RehearsalPage) -> None:
    console = Console()
    console.print(page.summary)
    for section in page.sections:
        console.print(f"\n{section.title}: {section.number}")
        if section.rows:
            table = Table("question", "number", "now", "with the change", box=None)
            for row in section.rows:
                words = row.words or "(people: their words are not shown)"
                table.add_row(escape(words), row.number, escape(row.before), escape(row.after))
            console.print(table)
