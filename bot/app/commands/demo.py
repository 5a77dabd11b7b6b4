"""``heia demo``: invented data to try Heia on."""

from typing import Annotated

import typer

from bot.app.commands.opening import CommandContext, refuse, with_store
from bot.app.demo.year import NotEmpty, WrittenYear, write_year
from bot.directory.current import BadSample

demo = typer.Typer(
    no_args_is_help=True, help="Invented data to try Heia on; never beside real people.\n\nExample: heia demo year"
)


@demo.callback()
def _demo() -> None:
    """Make ``year`` a command of its own although it is the only one."""


@demo.command()
def year(
    people: Annotated[int, typer.Option(min=100, max=100_000, help="Number of invented employees.")] = 22_000,
    seed: Annotated[int, typer.Option(help="The same number draws the same year.")] = 2027,
) -> None:
    """Write a year of invented people, questions, questions to colleagues and announcements, and close its weeks.

    Refused in a store with real people. Example: heia demo year --people 2000
    """

    async def work(context: CommandContext) -> WrittenYear:
        return await write_year(
            context.store,
            context.content,
            topics=context.loaded.topics(),
            people=people,
            seed=seed,
            now=context.now,
        )

    try:
        written = with_store(work)
    except (NotEmpty, BadSample) as fault:
        raise refuse(str(fault)) from None
    typer.echo(
        f"{written.people:,} people, {written.records:,} records, {written.announcements} announcements,"
        f" {written.closed} closed weeks and months.\nLook at it: heia serve --dev, then /desk/overview"
    )
