"""``heia announce``: announcements and their results. They are written and sent in the chat."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Annotated, Final, TextIO

import typer
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from bot.app.commands.opening import CommandContext, refuse, with_store
from bot.directory.current import every
from bot.ports import Commit, Key
from bot.records.codec import decode, write_of
from bot.records.query_answering import FlowRun
from bot.report.files import Report
from dialogs.announce.cards import describe
from dialogs.announce.model import Announcement
from dialogs.announce.report.figures import DeliveryFigures, figures_of
from dialogs.announce.report.report import DeliverySummary, curve
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Put
from dialogs.teams_membership.model import Team, owners, placed
from knowledge.article.article import Language

# Tables that stay whole, whatever the width of the terminal or file they are printed to.

_WIDEST: Final = 10_000


def print_whole(table: Table) -> None:
    """Print every row in one line of full length, so that ids can be copied and lines searched."""
    console = Console()
    needed = Measurement.get(console, replace(console.options, max_width=_WIDEST), table).maximum
    console.width = max(console.width, needed)
    console.print(table)


# ``heia announce teams`` and ``place``: the teams the bot is in, and their municipalities.


def teams() -> None:
    """Print the teams in Microsoft Teams that the bot is in, and their municipalities.

    Example: heia announce teams
    """

    async def print_teams(context: CommandContext) -> None:
        table = Table("id", "name", "municipality", "tenant", "channels", box=None)
        async for team in every(context.store, Team, "all"):
            names = ", ".join(channel.name or "General" for channel in team.channels)
            table.add_row(team.id, escape(team.name), team.municipality_id or "–", team.tenant_id, escape(names))
        print_whole(table)

    with_store(print_teams)


def place(
    team_id: Annotated[str, typer.Argument(help="Id of the team, as teams shows it.")],
    municipality: Annotated[str, typer.Argument(help="Id of the municipality; - for none.")],
) -> None:
    """Say which municipality a team belongs to; only announcements to it may stand there.

    Example: heia announce place 19:abc@thread.tacv2 eidsvoll
    """

    async def assign_municipality(context: CommandContext) -> None:
        key = Key(kind=Team.KIND, id=team_id)
        stored = (await context.store.get([key])).get(key)
        if stored is None:
            raise refuse(f"There is no team {team_id}; heia announce teams shows them.")
        team = decode(Team, stored)
        if municipality not in {"-", *owners(team.tenant_id, context.content)}:
            raise refuse(f"The team's tenant serves no municipality {municipality}.", code=2)
        now = context.now
        changed = replace(team, municipality_id=None if municipality == "-" else municipality, changed_at=now)
        entry = AuditEntry.from_act(placed(changed, by=context.by), id=context.rng.new_id("audit"), at=now)
        writes = (write_of(Put(record=changed), {key: stored.version}), write_of(Put(record=entry), {}))
        await context.store.commit(Commit(at=now, records=writes))

    with_store(assign_municipality)


announce = typer.Typer(
    no_args_is_help=True,
    help="Announcements and their delivery; sending is done in the chat.\n\nExample: heia announce list",
)

announce.command()(teams)
announce.command()(place)

# Bars of the sending over time.
BARS: Final = 20
IdArgument = Annotated[str, typer.Argument(help="Id of the announcement, as list shows it.")]


@announce.command("list")
def list_(
    municipality: Annotated[str, typer.Option(help="Only this municipality's, by its id.")] = "",
) -> None:
    """Print all announcements, the newest last.

    Example: heia announce list --municipality eidsvoll
    """

    async def print_announcements(context: CommandContext) -> None:
        organisation = context.content.organisation
        if municipality and municipality not in organisation.municipalities:
            raise refuse(f"There is no municipality {municipality}.", code=2)
        chosen = [municipality] if municipality else list(organisation.municipalities)
        announcements = [
            announcement
            for id_ in chosen
            async for announcement in every(context.store, Announcement, f"municipality:{id_}")
        ]
        names = ("changed", "state", "municipality", "title", "sent", "waiting", "throttled", "failed")
        table = Table("id", *names, box=None)
        for announcement in sorted(announcements, key=lambda announcement: announcement.changed_at):
            figures = await _figures(context, announcement)
            table.add_row(
                announcement.id,
                f"{announcement.changed_at.astimezone():%Y-%m-%d %H:%M}",
                announcement.state,
                announcement.municipality_id,
                escape(_title(announcement)),
                str(figures.sent),
                str(figures.waiting + figures.to_come),
                str(figures.throttled),
                str(figures.failed),
            )
        print_whole(table)

    with_store(print_announcements)


@announce.command()
def show(id: IdArgument) -> None:
    """Print one announcement: texts, audience, numbers and history.

    Example: heia announce show announcement-1f0c
    """

    async def print_announcement(context: CommandContext) -> None:
        announcement = await _get(context, id)
        texts = context.content.texts[Language.EN]
        console = Console()
        for language, wording in announcement.wordings.items():
            console.print(
                f"[bold]{escape(wording.title)}[/bold] ({language})\n{escape(wording.body)}\n", soft_wrap=True
            )
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        rows: list[tuple[str, str]] = [
            ("state", str(announcement.state)),
            ("audience", describe(texts, context.content.organisation, announcement)),
            ("severity", str(announcement.severity)),
            ("confirmation", "demanded" if announcement.confirm else "no"),
            *(("channel", target.display_name(texts)) for target in announcement.channels),
            ("version", str(announcement.version)),
            ("scheduled", _moment(announcement.scheduled_at)),
            ("expires", _moment(announcement.expires_at)),
            *(
                (texts(f"announce.number.{name}"), str(value))
                for name, value in (await _figures(context, announcement)).rows(announcement)
            ),
            *(
                (_moment(change.at), f"{change.act} by {change.by} (version {change.version})")
                for change in announcement.history
            ),
        ]
        for name, value in rows:
            table.add_row(name, escape(value))
        console.print(table)

    with_store(print_announcement)


@announce.command()
def report(
    id: IdArgument,
    to_csv: Annotated[Path | None, typer.Option("--csv", help="Write every recipient's state into this file.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the delivery over time into this SVG file.")] = None,
) -> None:
    """Print how the sending went over time, and which recipients may have got it twice.

    Example: heia announce report announcement-1f0c --csv report.csv
    """

    async def print_report(context: CommandContext) -> None:
        announcement = await _get(context, id)
        texts = context.content.texts[Language.NB]
        files = Report(
            announcement=announcement, texts=texts, store=context.store, organisation=context.content.organisation
        )
        if to_csv is not None:
            with _whole(to_csv) as file:
                async for part in files.table(of_all=True):
                    file.write(part)
        summary = await files.summary()
        if plot is not None and announcement.first_sent_at is not None:
            plot.write_text(
                curve(texts, summary.sent_at, started_at=announcement.first_sent_at, title=_title(announcement)),
                "utf-8",
            )
        _show(await _figures(context, announcement), announcement, summary, context)

    with_store(print_report)


@contextmanager
def _whole(path: Path) -> Iterator[TextIO]:
    """Open a file that appears only when the block has ended without a fault; a device is written directly.

    Until then the text is in a hidden file beside it, under a random name.
    """
    if path.exists() and not path.is_file():
        with path.open("w", encoding="utf-8", newline="") as device:
            yield device
        return
    beside = path.with_name(f".{token_hex(8)}.part")
    file = beside.open("x", encoding="utf-8", newline="")
    try:
        with file:
            yield file
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


async def _get(context: CommandContext, id_: str) -> Announcement:
    key = Key(kind=Announcement.KIND, id=id_)
    stored = (await context.store.get([key])).get(key)
    if stored is None:
        raise refuse(f"There is no announcement {id_}; heia announce list shows them.")
    return decode(Announcement, stored)


async def _figures(context: CommandContext, announcement: Announcement) -> DeliveryFigures:
    return await FlowRun(store=context.store).result_of(figures_of(announcement))


def _show(
    figures: DeliveryFigures, announcement: Announcement, summary: DeliverySummary, context: CommandContext
) -> None:
    texts = context.content.texts[Language.EN]
    console = Console()
    console.print(f"[bold]{escape(_title(announcement))}[/bold] {announcement.id}")
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, value in figures.rows(announcement):
        table.add_row(texts(f"announce.number.{name}"), f"{value:,}")
    for reason, number in sorted(summary.reasons.items()):
        table.add_row(f"  {escape(reason)}", f"{number:,}")
    table.add_row("possibly twice", f"{len(summary.twice):,}")
    console.print(table)
    if summary.twice:
        console.print(f"possibly twice: {', '.join(summary.twice)}", soft_wrap=True)
    bars = summary.bars(BARS)
    most = max((number for _, number in bars), default=0)
    for start, number in bars:
        console.print(f"{start.astimezone():%Y-%m-%d %H:%M} {'█' * max(1, round(40 * number / most))} {number:,}")


def _title(announcement: Announcement) -> str:
    return announcement.wording(Language.NB).title if announcement.wordings else "(no text yet)"


def _moment(at: datetime | None) -> str:
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if at else "–"
