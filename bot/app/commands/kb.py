"""``heia kb``: the articles."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.app.commands.kb_files import export_articles, import_articles
from bot.app.commands.opening import CommandContext, refuse, with_store
from bot.app.commands.rehearsal import run_rehearsal
from bot.app.wiring import load_encoder_for
from bot.content.additions import article_file, undo_addition
from bot.content.evaluation import BadSet, measure, questions_at_hand, rows
from bot.content.index_builder import NoCache
from bot.content.learned_files import LEARNED, learned_in, write_learned
from bot.content.loading import content_folder, load_content
from bot.content.review import review_content
from bot.content.task_matchers import write_tasks
from bot.records.codec import decode
from bot.settings.model import load_settings
from dialogs.core.texts import OSLO
from dialogs.handoff.addition import EVERY, Addition
from knowledge.matching.matcher import Matcher
from knowledge.software.task import shipped_tasks

kb = typer.Typer(
    no_args_is_help=True, help="The articles: check and measure them, and see what was added.\n\nExample: heia kb check"
)


@kb.command()
def check(
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 for notices, too.")] = False,
    semantic: Annotated[
        bool, typer.Option(help="Use the sentence encoder, where it is installed, to find phrasings near others.")
    ] = True,
) -> None:
    """Read all content and print every fault and notice as file:line: reason.

    Example: heia kb check --strict
    """
    settings = load_settings() if semantic else load_settings(semantic="off")
    folder = content_folder(settings.content_dir)
    content = load_content(folder)
    encoder = load_encoder_for(settings, log=structlog.get_logger())
    today = datetime.now(OSLO).date()
    reviewed = [
        *content.faults,
        *shipped_tasks().faults,
        *review_content(folder, content, today=today, encoder=encoder),
    ]
    faults, notices = (
        [article_fault for article_fault in reviewed if article_fault.notice is kind] for kind in (False, True)
    )
    for article_fault in (*faults, *notices):
        sys.stdout.write(f"{article_fault}\n")
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
        for name, value in rows(report):
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
