"""``heia directory graph``: read a municipality's directory through Microsoft Graph."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from bot.app.clock import SystemClock
from bot.app.commands import registry_view
from bot.app.commands.importing import progress_bar
from bot.app.commands.opening import CommandContext, refuse, with_store
from bot.app.log import make_log
from bot.graph.config import GraphSource
from bot.graph.fault import GraphFault
from bot.graph.plan import GraphPlan
from bot.graph.setup import configured_graph
from bot.graph.sync import GraphSync, PlannedRun
from bot.scim.change import Parts
from bot.support.outbound import open_session


def graph(
    municipality: Annotated[str, typer.Argument(help="Id of the municipality.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before changing anything.")] = False,
    show_all: Annotated[bool, typer.Option("--all", help="Show every change, not the first of each kind.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Read everything, not only what changed.")] = False,
    most_removed: Annotated[
        int, typer.Option(help="Refuse when more than so many percent of the people would go.", min=0, max=100)
    ] = 25,
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
