"""``heia programs``: the register of programs as a table."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.app.commands.opening import CommandContext, DryRunOption, refuse, with_store
from bot.content.catalogue import load_catalogue
from bot.content.program_import import apply_programs, planned_programs, program_changes
from bot.ports import Conflict
from dialogs.core.content import Content
from dialogs.rollout.software.assess.importing import PlannedImport, fault_text
from knowledge.article.article import Language
from knowledge.software.table import table_of

programs = typer.Typer(
    no_args_is_help=True,
    help="The register of programs: export it as CSV, and import one.\n\nExample: heia programs export programs.csv",
)
# A file of 5,000 programs with long texts has a tenth.
MOST_BYTES: Final = 50_000_000


@programs.command("export")
def export_programs(
    target: Annotated[Path, typer.Argument(help="A CSV file that does not exist; - for standard output.")],
    municipality: Annotated[str, typer.Option(help="With the programs and assessments of this municipality.")] = "",
) -> None:
    """Write the register as CSV with semicolons, as spreadsheets in Norway read it.

    Example: heia programs export programs.csv
    """

    async def table(context: CommandContext) -> str:
        content, owner = await known_programs(context, municipality)
        ordered = sorted(
            content.register.of_municipality(owner), key=lambda program: (program.name.casefold(), program.id)
        )
        return table_of(ordered, owner)

    text = with_store(table)
    if str(target) == "-":
        sys.stdout.write(text)
        return
    if target.exists():
        raise refuse(f"{target} exists already.")
    target.write_text(text, encoding="utf-8", newline="")
    typer.echo(f"{target}: {text.count(chr(10)) - 1} rows", err=True)


@programs.command("import")
def import_programs(
    path: Annotated[Path, typer.Argument(help="A CSV file as heia programs export writes it.")],
    municipality: Annotated[str, typer.Option(help="Import as assessments of this municipality.")] = "",
    language: Annotated[str, typer.Option("--language", help="Language of the faults: nb, nn or en.")] = "en",
    dry_run: DryRunOption = False,
) -> None:
    """Import a table whole, or nothing of it when a line has a fault. Programs that are not in it stay as they are.

    Example: heia programs import programs.csv --dry-run
    """
    if language not in set(Language):
        raise typer.BadParameter(f"{language} is not one of nb, nn, en", param_hint="--language")
    text = _text_of(path)

    async def import_whole(context: CommandContext) -> PlannedImport:
        content, owner = await known_programs(context, municipality)
        plan = await planned_programs(context.store, content, text, owner=owner, at=context.now)
        if not dry_run and not plan.faults:
            try:
                await apply_programs(
                    context.store, content, plan, owner=owner, by=context.by, at=context.now, rng=context.rng
                )
            except Conflict:
                raise refuse("The register was changed meanwhile. Import again.") from None
        return plan

    plan = with_store(import_whole)
    texts = load_catalogue()[Language(language)]
    sys.stdout.writelines(f"{path}: {fault_text(texts, table_fault)}\n" for table_fault in plan.faults)
    if plan.faults:
        raise refuse("Nothing was imported.")
    changes = plan.changes
    shown = Table("program", "result", "line", box=None)
    for change in changes:
        shown.add_row(escape(change.program.name), change.result, str(change.line))
    Console(width=None if sys.stdout.isatty() else 200).print(shown)
    verb = "would change" if dry_run else "changed"
    typer.echo(f"{len(changes)} {verb}, {len(plan.programs) - len(changes)} unchanged", err=True)


async def known_programs(context: CommandContext, municipality: str) -> tuple[Content, str | None]:
    """Return the content with the changes of the store, and the municipality of the table; None: everyone's."""
    organisation = context.loaded.organisation
    if municipality and municipality not in organisation.municipalities:
        raise refuse(f"There is no municipality {municipality}.")
    register = context.content.register.with_changes(await program_changes(context.store))
    owner = municipality or None
    return replace(context.content, register=register), None if organisation.provides(municipality) else owner


def _text_of(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise refuse(f"{path}: is larger than {MOST_BYTES // 1_000_000} MB.")
        raw = path.read_bytes()
    except OSError as fault:
        raise refuse(f"{path}: {fault.strerror}") from None
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise refuse(f"{path}: is no text.")
