"""Show, guard and apply the plan of an import: the same for every file."""

import sys
from dataclasses import dataclass

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from bot.app.commands import registry_view
from bot.app.commands.opening import CommandContext, refuse
from bot.directory.apply_import import apply_import, note_refused
from bot.directory.plan import FileFault, RegistryPlan
from knowledge.article.article import Language

NO_TERMINAL = "There is no terminal to confirm on: say --yes to change the registry, or --dry-run to look only."


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """The operator's options. ``most_removed``: most people to remove, in percent."""

    dry_run: bool
    yes: bool
    show_all: bool
    most_removed: int

    def check_terminal(self) -> None:
        """Raise typer.Exit if a needed confirmation cannot be given."""
        if not (self.dry_run or self.yes or sys.stdin.isatty()):
            raise refuse(NO_TERMINAL, code=2)


def checked_municipalities(context: CommandContext, chosen: list[str] | None) -> tuple[str, ...]:
    """Return the chosen municipalities. Raises typer.Exit for one that there is not."""
    unknown = sorted(set(chosen or ()) - context.content.organisation.municipalities.keys())
    if unknown:
        raise refuse(f"There is no municipality {', '.join(unknown)}.", code=2)
    return tuple(chosen or ())


async def refuse_faults(context: CommandContext, faults: tuple[FileFault, ...], *, dry_run: bool) -> typer.Exit:
    """Print every fault, note the refusal unless only looking, and return the exit to raise."""
    registry_view.show_faults(faults, context.content.texts[Language.EN])
    if not dry_run:
        await note_refused(context.store, len(faults), at=context.now, rng=context.rng, by=context.by)
    return typer.Exit(1)


async def carry_out(
    context: CommandContext, planned: RegistryPlan, options: ImportOptions, *, each_municipality: bool = False
) -> bool:
    """Show a plan and apply it, unless the guard or the operator says no. Return whether the registry follows it.

    Args:
        each_municipality: the guard also looks at the municipalities one by one.
    Raises:
        typer.Exit: too many people would leave, also when only looking; or the operator said no.
    """
    registry_view.show_plan(planned, every=options.show_all)
    share = options.most_removed / 100
    if planned.removes_too_many(share):
        raise refuse(
            f"{len(planned.people.removals)} people would leave the registry. Is the file whole? If so, allow it "
            "with --most-removed. Nothing was changed."
        )
    if each_municipality and (losing := planned.losing_too_many(share)):
        raise refuse(
            f"More than {options.most_removed} % of the people of {', '.join(losing)} would leave the registry. Is the "
            "file whole? If so, allow it with --most-removed. Nothing was changed."
        )
    if options.dry_run:
        return False
    if planned.empty:
        return True
    if not options.yes and not typer.confirm("Change the registry?"):
        raise refuse("Nothing was changed.")
    await _apply(context, planned)
    return True


async def _apply(context: CommandContext, planned: RegistryPlan) -> None:
    with progress_bar() as bar:
        task = bar.add_task("Importing", total=len(planned.touched))
        await apply_import(
            context.store,
            planned,
            at=context.now,
            rng=context.rng,
            former=await context.former_marks(),
            content=context.content,
            by=context.by,
            progress=lambda done, _: bar.update(task, completed=done),
        )
    typer.echo("The registry is up to date.")


def progress_bar() -> Progress:
    """Return a progress bar on standard error."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )
