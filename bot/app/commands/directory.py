"""``heia directory``: exports, Microsoft Graph, and values without a place."""

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bot.app.clock import SystemClock
from bot.app.commands import registry_view
from bot.app.commands.importing import ImportOptions, carry_out, checked_municipalities, progress_bar, refuse_faults
from bot.app.commands.opening import (
    CommandContext,
    DryRunOption,
    MostRemovedOption,
    ShowAllOption,
    YesOption,
    refuse,
    with_store,
)
from bot.app.commands.registry import MunicipalityOption
from bot.app.commands.scim import approve_waiting, waiting
from bot.app.log import make_log
from bot.directory.current import every, read_known
from bot.directory.last_run import Origin, age_fault, all_runs, is_unchanged, keep_run, origin_of, read_run
from bot.directory.mapped_rows import MappedPeople, plan_mapped
from bot.directory.mapping import DirectoryMapping, load_mapping, mapping_in_use
from bot.directory.plan import plan_import
from bot.graph.config import GraphFault, GraphSource
from bot.graph.loop import configured_graph
from bot.graph.plan import GraphPlan
from bot.graph.sync import GraphSync, PlannedRun
from bot.records.codec import decode
from bot.scim.account import department_of
from bot.scim.change import Parts
from bot.support.outbound import open_session
from dialogs.core.person import Person
from dialogs.provisioning.model import ScimUser, unplaced_term
from knowledge.organisation.importers.rows import csv_of_rows

# ``heia directory graph``: read a municipality's directory through Microsoft Graph.


def graph(
    municipality: Annotated[str, typer.Argument(help="Id of the municipality.")],
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    show_all: ShowAllOption = False,
    full: Annotated[bool, typer.Option("--full", help="Read everything, not only what changed.")] = False,
    most_removed: MostRemovedOption = 25,
) -> None:
    """Read the directory of a municipality in Entra ID, and make the registry follow.

    The first run reads everything; from then on the running bot reads what changed. Pupils, guests and disabled
    accounts never enter.

    Example: heia directory graph nes --dry-run
    """
    if not (dry_run or yes or sys.stdin.isatty()):
        raise refuse(
            "There is no terminal to confirm on: say --yes to change the registry, or --dry-run to look only.", code=2
        )

    async def run(context: CommandContext) -> None:
        if context.settings.graph_file is None:
            raise refuse("HEIA_GRAPH_FILE is not set: docs/directory.md", code=2)
        source = configured_graph(context.settings, context.content.organisation).source_of(municipality)
        if source is None:
            raise refuse(f"{context.settings.graph_file} has no [[source]] for {municipality}", code=2)
        async with _opened(context, source) as sync:
            planned = await sync.prepare(full=full)
            await _show(sync, planned, every=show_all)
            if dry_run or not _may_apply(planned.plan, most_removed, yes=yes):
                await sync.leave_unchanged()
                return
            with progress_bar() as bar:
                task = bar.add_task("Applying", total=len(planned.plan.steps))
                sync.progress = lambda done, _: bar.update(task, completed=done)
                await sync.apply_run(planned, allowed=True)
            typer.echo("The registry is up to date; the running bot goes on from here.")

    with_store(run)


@asynccontextmanager
async def _opened(context: CommandContext, source: GraphSource) -> AsyncIterator[GraphSync]:
    """Begin a run; a failure is explained, remembered, and ends the command."""
    parts = Parts(store=context.store, rng=context.rng, former=await context.former_marks(), content=context.content)
    async with open_session() as session:
        sync = GraphSync(
            parts=parts,
            source=source,
            session=session,
            clock=SystemClock(),
            log=make_log(),
            name=context.rng.new_id("graph"),
        )
        try:
            await sync.begin()
            yield sync
        except GraphFault as fault:
            await sync.fail(fault)
            raise refuse(f"{source.municipality}: {fault}. {fault.advice} Nothing was changed.") from None
        except (typer.Exit, asyncio.CancelledError, KeyboardInterrupt):
            await sync.leave_unchanged()
            raise


async def _show(sync: GraphSync, planned: PlannedRun, *, every: bool) -> None:
    plan = planned.plan
    registry_view.show_plan(await sync.preview_run(planned), every=every)
    for verdict, number in sorted(plan.refused.items()):
        if number:
            typer.echo(f"Left out, {verdict.value}: {number}")
    typer.echo("Everything was read." if plan.full else "Only changes were read.")


def _may_apply(plan: GraphPlan, most_removed: int, *, yes: bool) -> bool:
    """Return whether to go on. Raises typer.Exit: too many would go, or the operator declines."""
    if plan.removes_too_many(most_removed / 100):
        raise refuse(
            f"{plan.removals} people would leave the registry. Is the directory right? If so, allow it with "
            "--most-removed. Nothing was changed."
        )
    if plan.steps and not yes and not typer.confirm("Change the registry?"):
        raise refuse("Nothing was changed.")
    return True


directory = typer.Typer(
    no_args_is_help=True,
    help="Directories that the registry follows.\n\nExample: heia directory import employees.csv --dry-run",
)
directory.command("graph")(graph)
# The same accounts, whether a directory sends them or is read.
directory.command()(waiting)
directory.command("approve")(approve_waiting)


@dataclass(frozen=True, slots=True, kw_only=True)
class _MappedImport:
    """An import by a mapping. ``chosen``: municipalities that the operator limits it to."""

    file: Path
    ambassadors: Path | None
    mapping: DirectoryMapping
    origin: Origin
    chosen: tuple[str, ...]
    unknown_csv: Path | None


MappingOption = Annotated[
    Path | None,
    typer.Option(
        help="TOML file that maps its columns; by default that of HEIA_DIRECTORY_FILE, or directory.toml. Without one, "
        "the file must have the registry's own columns.",
        exists=True,
        dir_okay=False,
    ),
]
UnknownOption = Annotated[
    Path | None, typer.Option(help="Write the values that lead nowhere to this CSV file; - for standard output.")
]


@directory.command("import")
def import_export(
    file: Annotated[Path, typer.Argument(help="CSV or XLSX file.", exists=True, dir_okay=False)],
    mapping: MappingOption = None,
    ambassadors: Annotated[
        Path | None, typer.Option(help="CSV or XLSX file of the ambassadors.", exists=True, dir_okay=False)
    ] = None,
    municipality: MunicipalityOption = None,
    dry_run: DryRunOption = False,
    yes: YesOption = False,
    show_all: ShowAllOption = False,
    most_removed: MostRemovedOption = 25,
    older: Annotated[bool, typer.Option("--older", help="Take a file that is older than the last one.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Compare everything, also when the file is the last one.")] = (
        False
    ),
    unknown_csv: UnknownOption = None,
) -> None:
    """Make the registry match an export. People keep their own choices, and their chats with Heia.

    People missing from the export leave the registry. A person whose department leads to no unit stays, without a unit.
    Pupils are refused. Nothing changes unless every other row is right.

    Example: heia directory import employees.csv --mapping directory.toml --dry-run
    """
    options = ImportOptions(dry_run=dry_run, yes=yes, show_all=show_all, most_removed=most_removed)
    options.check_terminal()

    async def plan_and_apply(context: CommandContext) -> None:
        chosen = checked_municipalities(context, municipality)
        mapping_file = mapping or mapping_in_use(context.settings.directory_file)
        if mapping_file is None:
            await _import_plain(context, file, ambassadors, chosen, options)
            return
        if not context.loaded.organisation_sound:
            raise refuse("organisation.yaml has faults, so units are missing: heia kb check. Nothing was changed.")
        read = load_mapping(mapping_file, context.content.organisation)
        origin = _origin(context, file, mapping_file, read, chosen)
        last = await read_run(context.store, origin.run_id)
        if not older and (reason := age_fault(origin, last, read, at=context.now)):
            raise refuse(f"{reason} Allow it with --older. Nothing was changed.")
        if not (again or dry_run or ambassadors) and await is_unchanged(context.store, origin, last):
            typer.echo("This file was imported last, and nothing has changed since. The registry is up to date.")
            return
        job = _MappedImport(
            file=file, ambassadors=ambassadors, mapping=read, origin=origin, chosen=chosen, unknown_csv=unknown_csv
        )
        await _import_mapped(context, job, options)

    with_store(plan_and_apply)


@directory.command()
def unknown(
    csv: Annotated[Path | None, typer.Option(help="Write them to this CSV file; - for standard output.")] = None,
) -> None:
    """Show departments and other values of the last imports that lead nowhere, and how many people have each.

    Add them to [units] of the mapping, and import again.

    Example: heia directory unknown --csv unknown.csv
    """

    async def print_unknown(context: CommandContext) -> None:
        runs = await all_runs(context.store)
        rows = [(run.id, unknown.field, unknown.value, str(unknown.people)) for run in runs for unknown in run.unknown]
        if csv is not None:
            _write_csv(csv, rows)
        else:
            for row in rows:
                typer.echo("\t".join(row))
        typer.echo(f"{len(rows)} unknown values, of {sum(int(row[3]) for row in rows)} people", err=True)

    with_store(print_unknown)


@directory.command()
def unplaced(
    municipality: Annotated[str | None, typer.Argument(help="Id of the municipality; all without it.")] = None,
) -> None:
    """Print people of the registry without a unit, with the department that a directory names.

    Departments of exports are listed by heia directory unknown.

    Example: heia directory unplaced eidsvoll
    """

    async def print_unplaced(context: CommandContext) -> None:
        chosen = checked_municipalities(context, [municipality] if municipality else None)
        departments: dict[str, str] = {}
        for id_ in chosen or context.content.organisation.municipalities:
            accounts = [
                decode(ScimUser, stored) for stored in await context.store.find(ScimUser.KIND, unplaced_term(id_))
            ]
            departments |= {account.person_id: department_of(account.resource) for account in accounts}
        number = 0
        async for person in every(context.store, Person, "registered"):
            if person.unit_id is None and (not chosen or person.municipality_id in chosen):
                typer.echo(f"{person.id}\t{departments.get(person.id) or '-'}")
                number += 1
        typer.echo(f"{number} people without a unit", err=True)

    with_store(print_unplaced)


def _origin(
    context: CommandContext, file: Path, mapping_file: Path, mapping: DirectoryMapping, chosen: tuple[str, ...]
) -> Origin:
    if chosen and not mapping.covered(context.content.organisation, chosen):
        raise refuse(f"{mapping_file} is not for {', '.join(chosen)}.", code=2)
    try:
        return origin_of(file, mapping_file, mapping, context.content.organisation, chosen)
    except ValueError:
        raise refuse(f"The name of {file.name} has not the form {mapping.file.date_in_name} of date_in_name.") from None


async def _import_plain(
    context: CommandContext, file: Path, ambassadors: Path | None, chosen: tuple[str, ...], options: ImportOptions
) -> None:
    planned = plan_import(
        file,
        ambassadors,
        known=await read_known(context.store, context.content.organisation),
        organisation=context.content.organisation,
        topics=context.loaded.topics(),
        municipality_ids=chosen,
    )
    if isinstance(planned, tuple):
        raise await refuse_faults(context, planned, dry_run=options.dry_run)
    await carry_out(context, planned, options, each_municipality=True)


async def _import_mapped(context: CommandContext, job: _MappedImport, options: ImportOptions) -> None:
    begun = (await context.store.audit_head()).number
    import_plan = plan_mapped(
        job.file,
        job.ambassadors,
        mapping=job.mapping,
        known=await read_known(context.store, context.content.organisation),
        organisation=context.content.organisation,
        topics=context.loaded.topics(),
        covered=job.mapping.covered(context.content.organisation, job.chosen),
    )
    mapped, planned = import_plan.people, import_plan.planned
    if isinstance(planned, tuple):
        raise await refuse_faults(context, planned, dry_run=options.dry_run)
    _show_mapped(job.file, mapped, options)
    if job.unknown_csv is not None:
        rows = [
            (job.origin.run_id, unknown.field, unknown.value, str(people)) for unknown, people in mapped.unknown.items()
        ]
        _write_csv(job.unknown_csv, rows)
    if await carry_out(context, planned, options, each_municipality=True):
        await keep_run(context.store, job.origin, mapped, begun=begun, at=context.now, rng=context.rng, by=context.by)


def _show_mapped(file: Path, mapped: MappedPeople, options: ImportOptions) -> None:
    """Print refused pupils on standard error, then skipped and unplaced rows."""
    most = None if options.show_all else registry_view.FIRST
    if mapped.pupils:
        number = len(mapped.pupils)
        typer.echo(f"{number} pupil{'s' * (number > 1)} refused. Pupils never enter the registry:", err=True)
        for pupil in mapped.pupils[:most]:
            typer.echo(f"{file.name}:{pupil.line}: marked by its {pupil.reason}", err=True)
    if mapped.skipped:
        typer.echo(f"{mapped.skipped} rows left out, as the mapping says")
    if mapped.unplaced:
        typer.echo(f"{mapped.unplaced} people without a unit")
    if mapped.unknown:
        # heia directory unknown lists those of imports, not those of a dry run.
        hint = "" if options.dry_run else " (heia directory unknown)"
        typer.echo(f"Values that lead nowhere, and how many people have them{hint}:")
        ordered = Counter(mapped.unknown).most_common(most)
        for value, people in ordered:
            typer.echo(f"  {people}\t{value.field}\t{value.value or '(empty)'}")
        if len(ordered) < len(mapped.unknown):
            typer.echo(f"  … and {len(mapped.unknown) - len(ordered)} more (--all shows them)")


def _write_csv(file: Path, rows: Iterable[tuple[str, str, str, str]]) -> None:
    text = csv_of_rows(("import", "field", "value", "people"), rows)
    if str(file) == "-":
        sys.stdout.write(text)
    else:
        file.write_text(text, "utf-8-sig")
