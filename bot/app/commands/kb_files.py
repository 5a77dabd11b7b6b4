"""``heia kb export`` and ``heia kb import``: articles as files, and from other tools."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.app.commands.opening import CommandContext, refuse, with_store
from bot.content.additions import live_additions
from bot.content.article_import import apply_import, export_content, read_import
from bot.content.catalogue import load_catalogue
from bot.content.index_builder import revised_content
from bot.content.loading import content_folder
from bot.content.revisions import live_revisions
from bot.records.query_answering import FlowRun
from dialogs.core.import_preview import ImportResult, to_apply
from dialogs.editing.imported import ImportedArticle, import_fault, plan_articles
from knowledge.article.article import ArticleFault, Language
from knowledge.article.importing import BadImport

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
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
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
