"""``heia registry``: import and export of people and ambassadors, and coverage."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from bot.app.commands import registry_view
from bot.app.commands.importing import ImportOptions, carry_out, checked_municipalities, refuse_faults
from bot.app.commands.opening import (
    CommandContext,
    DryRunOption,
    MostRemovedOption,
    ShowAllOption,
    YesOption,
    refuse,
    with_store,
)
from bot.app.commands.web import link
from bot.directory.coverage_report import coverage_csv, draw, read_coverage
from bot.directory.current import read_known
from bot.directory.plan import plan_import
from knowledge.article.article import Language
from knowledge.organisation.importers.ambassadors import write_ambassadors
from knowledge.organisation.importers.people import write_people

registry = typer.Typer(
    no_args_is_help=True,
    help="The registry of people and ambassadors.\n\nExample: heia registry import people.csv --dry-run",
)
registry.command("link")(link)

MunicipalityOption = Annotated[
    list[str] | None, typer.Option("--municipality", help="Only this municipality, by its id; may be repeated.")
]


@registry.command("import")
def import_(
    people: Annotated[Path, typer.Argument(help="CSV or XLSX file of the people.", exists=True, dir_okay=False)],
    ambassadors: Annotated[
        Path | None, typer.Option(help="CSV or XLSX file of the ambassadors.", exists=True, dir_okay=False)
    ] = None,
    municipality: MunicipalityOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    show_all: ShowAllOption = False,
    most_removed: MostRemovedOption = 25,
) -> None:
    """Make the registry match the files. People keep their own choices, and their chats with Heia.

    People missing from the file leave the registry. An empty cell keeps the known value. Nothing changes unless every
    row is right.

    Example: heia registry import people.xlsx --ambassadors ambassadors.csv --dry-run
    """
    options = ImportOptions(dry_run=dry_run, yes=yes, show_all=show_all, most_removed=most_removed)
    options.check_terminal()

    async def plan_and_apply(context: CommandContext) -> None:
        planned = plan_import(
            people,
            ambassadors,
            known=await read_known(context.store, context.content.organisation),
            organisation=context.content.organisation,
            topics=context.loaded.topics(),
            municipality_ids=checked_municipalities(context, municipality),
        )
        if isinstance(planned, tuple):
            raise await refuse_faults(context, planned, dry_run=dry_run)
        await carry_out(context, planned, options)

    with_store(plan_and_apply)


@registry.command()
def export(
    people: Annotated[Path, typer.Argument(help="CSV file to write the people to; - for standard output.")],
    ambassadors: Annotated[Path | None, typer.Option(help="CSV file to write the ambassadors to.")] = None,
) -> None:
    """Write the registry as the files that import reads.

    Example: heia registry export people.csv --ambassadors ambassadors.csv
    """

    async def write_files(context: CommandContext) -> None:
        known = await read_known(context.store, context.content.organisation)
        if str(people) == "-":
            sys.stdout.write(write_people(known.colleagues()))
        else:
            people.write_text(write_people(known.colleagues()), "utf-8")
        if ambassadors is not None:
            ambassadors.write_text(write_ambassadors(known.ambassadors()), "utf-8")
        typer.echo(f"{len(known.people)} people, {len(known.ambassadors())} ambassadors", err=True)

    with_store(write_files)


@registry.command()
def coverage(
    municipality: MunicipalityOption = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the gaps as CSV.")] = False,
    png: Annotated[Path | None, typer.Option(help="Draw a picture into this file.")] = None,
    lang: Annotated[Language, typer.Option(help="Language of the picture.")] = Language.NB,
) -> None:
    """Show units without an ambassador, absences without a substitute, and ambassadors with too much.

    Example: heia registry coverage --png coverage.png
    """

    async def print_coverage(context: CommandContext) -> None:
        organisation = context.content.organisation
        unknown = sorted(set(municipality or ()) - organisation.municipalities.keys())
        if unknown:
            raise refuse(f"There is no municipality {', '.join(unknown)}.", code=2)
        covered = await read_coverage(
            context.store, context.content, at=context.now, municipality_ids=municipality or ()
        )
        if png is not None:
            day = datetime.now(UTC).astimezone().date()
            png.write_bytes(draw(covered.municipalities, organisation, texts=context.content.texts[lang], on=day))
        if as_csv:
            sys.stdout.write(coverage_csv(covered, organisation))
        else:
            registry_view.show_coverage(covered, organisation)

    with_store(print_coverage)


@registry.command()
def show(person: Annotated[str, typer.Argument(help="Id, e-mail address or Entra object id.")]) -> None:
    """Show one person as in the registry, with their details as an ambassador.

    Example: heia registry show p002
    """

    async def print_person(context: CommandContext) -> None:
        await registry_view.show_person(context, await context.person(person))

    with_store(print_person)
