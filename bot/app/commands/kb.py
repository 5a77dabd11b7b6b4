"""``heia kb``: the articles, also as files."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final

import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.app.commands.opening import CommandContext, DryRunOption, refuse, with_store
from bot.app.commands.rehearsal import run_rehearsal
from bot.app.wiring import load_encoder_for
from bot.content.article_import import (
    apply_import,
    article_file,
    export_content,
    live_additions,
    read_import,
    undo_addition,
)
from bot.content.catalogue import load_catalogue
from bot.content.evaluation import BadSet, measure, questions_at_hand, report_rows, review_content, stray_phrasings
from bot.content.index_builder import NoCache, revised_content
from bot.content.learned_files import LEARNED, learned_in, write_learned
from bot.content.loading import content_folder, load_content
from bot.content.revisions import live_revisions
from bot.content.task_matchers import write_tasks
from bot.records.codec import decode
from bot.records.query_answering import FlowRun
from bot.settings.model import load_settings
from dialogs.core.import_preview import ImportResult, to_apply
from dialogs.core.texts import OSLO
from dialogs.editing.imported import ImportedArticle, import_fault, plan_articles
from dialogs.handoff.addition import EVERY, Addition
from knowledge.article.article import ArticleFault, Language
from knowledge.article.importing import BadImport
from knowledge.matching.matcher import Matcher
from knowledge.software.task import shipped_tasks

# ``heia kb export`` and ``heia kb import``: articles as files, and from other tools.

_RESULTS: Final = {ImportResult.HAS_DRAFT: "has a draft"}


def export_articles(
    target: Annotated[Path, typer.Argument(help="A folder that does not exist or is empty.")],
) -> None:
    """Write the whole content as files: what editors published and approved, in a folder Heia can use.

    Example: heia kb export content
    """

    async def write_files(context: CommandContext) -> tuple[int, int]:
        loaded = revised_content(context.loaded, await live_revisions(context.store))
        additions = await live_additions(context.store)
        return export_content(content_folder(context.settings.content_dir), loaded, additions, target)

    try:
        files, left_out = with_store(write_files)
    except FileExistsError as fault:
        raise refuse(str(fault)) from None
    sys.stdout.write(f"{target}: {files} article files\n")
    if left_out:
        typer.echo(f"{left_out} phrasings that one municipality approved for itself stay in the store.", err=True)


def import_articles(
    path: Annotated[
        Path,
        typer.Argument(
            help="A folder with articles/nb, nn, en, or a CSV, TSV or JSON export of FAQ Plus or QnA Maker."
        ),
    ],
    language: Annotated[
        str, typer.Option("--language", help="Language of a CSV, TSV or JSON file: nb, nn or en.")
    ] = "nb",
    municipality: Annotated[str, typer.Option(help="Import as this municipality's own texts.")] = "",
    dry_run: DryRunOption = False,
) -> None:
    """Save articles as drafts, to be read and published on the desk; nothing that is live changes.

    Example: heia kb import faq.tsv --dry-run
    """
    if language not in set(Language):
        raise typer.BadParameter(f"{language} is not one of nb, nn, en", param_hint="--language")

    async def work(context: CommandContext) -> tuple[Sequence[ImportedArticle], Sequence[ArticleFault]]:
        if municipality and municipality not in context.loaded.organisation.municipalities:
            raise refuse(f"There is no municipality {municipality}.")
        known = revised_content(context.loaded, await live_revisions(context.store))
        read, faults = read_import(
            path, language=Language(language), municipality_id=municipality or None, known=known, today=context.now
        )
        planned = await FlowRun(store=context.store).result_of(plan_articles(read))
        if not dry_run:
            await apply_import(context.store, planned, name=path.name, by=context.by, at=context.now, rng=context.rng)
        return planned, faults

    try:
        planned, faults = with_store(work)
    except BadImport as fault:
        raise refuse(f"{path}: {import_fault(load_catalogue()[Language.EN], fault)}") from None
    except UnicodeDecodeError:
        raise refuse(f"{path}: is not UTF-8") from None
    table = Table("article", "languages", "from", "result", box=None)
    for article in planned:
        languages = " ".join(text.language for text in article.texts)
        table.add_row(
            escape(article.key), languages, escape(article.place), _RESULTS.get(article.result, article.result)
        )
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    sys.stdout.writelines(f"{article_fault}\n" for article_fault in faults)
    drafts = len(to_apply(planned))
    done = "would become drafts" if dry_run else "drafts saved"
    typer.echo(f"{drafts} {done}, {len(planned) - drafts} left alone", err=True)
    if faults:
        raise typer.Exit(1)


kb = typer.Typer(
    no_args_is_help=True, help="The articles: check and measure them, and see what was added.\n\nExample: heia kb check"
)


@kb.command()
def check(
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for notices, too.")] = False,
    semantic: Annotated[
        bool,
        typer.Option(
            help="Look for phrasings that lie nearer to another article, too: with the sentence encoder, where it is "
            "installed, and for minutes where content has changed."
        ),
    ] = False,
) -> None:
    """Read all content and print every fault and notice as file:line: reason, faults first.

    Example: heia kb check --strict
    """
    settings = load_settings() if semantic else load_settings(semantic="off")
    folder = content_folder(settings.content_dir)
    content = load_content(folder)
    today = datetime.now(OSLO).date()
    reviewed = [*content.faults, *shipped_tasks().faults, *review_content(folder, content, today=today)]
    faults, notices = (
        [article_fault for article_fault in reviewed if article_fault.notice is kind] for kind in (False, True)
    )
    for article_fault in (*faults, *notices):
        sys.stdout.write(f"{article_fault}\n")
    encoder = load_encoder_for(settings, log=structlog.get_logger())
    if encoder is not None:
        sys.stdout.flush()  # all faults are known, and what follows takes long
        for notice in stray_phrasings(folder, content, encoder=encoder):
            notices.append(notice)
            sys.stdout.write(f"{notice}\n")
    Console(stderr=True).print(
        f"{len(content.articles.ids())} articles, {len(content.phrasings())} phrasings, "
        f"{len(faults)} faults, {len(notices)} notices"
    )
    if faults or (strict and notices):
        raise typer.Exit(1)


@kb.command("list")
def list_articles() -> None:
    """Print every article with its languages and the date it should be looked at again.

    Example: heia kb list
    """
    settings = load_settings()
    content = load_content(content_folder(settings.content_dir))
    table = Table("article", "languages", "title", "review by", box=None)
    for article_id in content.articles.ids():
        texts = [a for a in content.articles.articles.values() if a.id == article_id]
        first = min(texts, key=lambda a: a.review_by)
        languages = " ".join(sorted({a.language for a in texts}))
        table.add_row(article_id, languages, escape(texts[0].title), first.review_by.isoformat())
    Console().print(table)


@kb.command()
def additions(
    draft: Annotated[
        str, typer.Option(help="Print this one as an article file, to be finished and put in place.")
    ] = "",
    undo: Annotated[str, typer.Option(help="Take this one back; the bot forgets it.")] = "",
) -> None:
    """Print the additions that editors approved in the chat: editor, date, and state (live, draft or undone).

    Example: heia kb additions
    """

    async def read_or_undo(context: CommandContext) -> tuple[Addition, ...]:
        additions = tuple(decode(Addition, stored) for stored in await context.store.find(Addition.KIND, EVERY))
        if undo and undo in {addition.id for addition in additions}:
            await undo_addition(context.store, undo, by=context.by, at=context.now, rng=context.rng)
            additions = tuple(
                addition.undo(by=context.by, at=context.now) if addition.id == undo else addition
                for addition in additions
            )
        return additions

    additions = with_store(read_or_undo)
    for id_ in filter(None, (draft, undo)):
        if id_ not in {addition.id for addition in additions}:
            raise refuse(f"There is no addition {id_}.")
    if draft:
        sys.stdout.write(article_file(next(addition for addition in additions if addition.id == draft)))
        return
    table = Table("addition", "state", "added", "by", "article", "question", box=None)
    for addition in sorted(additions, key=lambda addition: addition.added_at):
        state = f"undone by {addition.undone_by}" if addition.undone_at else "live" if addition.live else "draft"
        asked = escape(addition.question)  # user text must not be read as markup
        table.add_row(
            addition.id, state, f"{addition.added_at:%Y-%m-%d}", addition.added_by, addition.article_id or "", asked
        )
    Console(width=None if sys.stdout.isatty() else 200).print(table)


@kb.command()
def vectors(
    every: Annotated[
        bool, typer.Option("--all", help="Learn everything again, also how vectors are compared: some minutes.")
    ] = False,
) -> None:
    """Write what is learned of the articles beside them, in the folder learned.

    A first start with these files learns nothing. Without --all only changed articles are learned; with --all a new
    balance of all of them is struck, after many changes. With the sample content, the everyday tasks of programs are
    written, too.

    Example: heia kb vectors
    """
    settings = load_settings()
    folder = content_folder(settings.content_dir)
    encoder = load_encoder_for(settings, log=structlog.get_logger())
    if encoder is None or not isinstance(folder, Path):
        raise typer.BadParameter("needs the extra 'semantic' and a folder that can be written to")
    content = load_content(folder)
    phrasings = content.phrasings()
    known = learned_in(folder / LEARNED, NoCache(), phrasings)
    matcher = Matcher.build(phrasings, encoder=encoder, known=known, unanswered=content.unanswered(), compare=every)
    changed = write_learned(folder / LEARNED, matcher.index)
    sys.stdout.write(f"{folder / LEARNED}: {len(matcher.index.articles)} entries, {changed / 1000:.0f} kB written\n")
    if settings.content_dir is None:
        changed = write_tasks(shipped_tasks().tasks, encoder, cache=NoCache(), compare=every)
        sys.stdout.write(f"everyday tasks: {changed / 1000:.0f} kB written\n")


@kb.command()
def evaluate(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Labelled sets; without any, the questions kept with the tests.")
    ] = None,
    typo: Annotated[bool, typer.Option(help="Damage each question by one or two typing errors.")] = False,
    fold: Annotated[bool, typer.Option(help="Write æ, ø, å as ae, o, a.")] = False,
    semantic: Annotated[bool, typer.Option(help="Use the sentence encoder where it is installed.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a set.")] = False,
) -> None:
    """Measure the matcher on labelled sets: accuracy, ranking, calibration, latency.

    A set without entries is asked against the articles.

    Example: heia kb evaluate questions.json --typo
    """
    chosen = tuple(files or questions_at_hand())
    if not chosen:
        raise typer.BadParameter("name a labelled set: none is kept here", param_hint="FILES")
    settings = load_settings() if semantic else load_settings(semantic="off")
    encoder = load_encoder_for(settings, log=structlog.get_logger())
    try:
        reports = measure(chosen, settings=settings, encoder=encoder, typo=typo, fold=fold)
    except BadSet as fault:
        raise typer.BadParameter(str(fault), param_hint="FILES") from None
    for report in reports:
        if as_json:
            sys.stdout.write(json.dumps(report.to_dict(), ensure_ascii=False) + "\n")
            continue
        table = Table("measure", "value", box=None)
        for name, value in report_rows(report):
            table.add_row(name, value)
        Console().print(table)


@kb.command("rehearse")
def rehearse_files(
    files: Annotated[list[Path], typer.Argument(help="Changed article files, as nb/<id>.md.")],
    questions: Annotated[
        list[Path] | None, typer.Option(help="Labelled sets to ask, too; without any, those kept with the tests.")
    ] = None,
    semantic: Annotated[bool, typer.Option(help="Use the sentence encoder where it is installed.")] = True,
) -> None:
    """Ask the questions of the last 30 days and the test questions without and with changed articles.

    Prints which answers become worse, better or unclear; ends with 1 if any becomes worse. A file in the content folder
    is compared with its last commit, another one with the content in use. Nothing changes for readers.

    Example: heia kb rehearse drafts/nb/phishing-report.md
    """
    settings = load_settings() if semantic else load_settings(semantic="off")
    run_rehearsal(files, tuple(questions or questions_at_hand()), settings)


kb.command("export")(export_articles)
kb.command("import")(import_articles)
