"""Pages of statistics: the overview of closed weeks, and e-learning modules."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Final

from aiohttp import web

from bot.channels.web.desk.rendering import message_html
from bot.channels.web.desk.visit import DeskPage, PageGroup, Visit
from dialogs.core.texts import OSLO
from dialogs.insight.learning import learning_shares
from dialogs.insight.model import last_closed_week, last_day
from dialogs.insight.overview import DEFAULT_WEEKS, STATISTICS_ROLES, overview, overview_csv
from dialogs.insight.table import without_hidden
from dialogs.rollout.learn.taking import module_view

_QUICK: Final = (4, DEFAULT_WEEKS, 52)


async def show_overview(visit: Visit) -> web.StreamResponse:
    """Show the overview of a span, or send it as CSV."""
    page = await visit.view(
        overview,
        first=visit.query("first"),
        last=visit.query("last"),
        municipality_id=visit.query("municipality"),
    )
    if visit.query("format") == "csv":
        name = f"heia-{page.municipality_id or 'all'}-{page.first}-{page.last}.csv"
        file = overview_csv(visit.texts, page, visit.desk.web.clock.now())
        return visit.download(name, "text/csv; charset=utf-8", file.encode())
    today = visit.desk.web.clock.now().astimezone(OSLO).date()
    newest = last_day(last_closed_week(visit.desk.web.clock.now()))
    quick = [
        (
            visit.texts(f"insight.newest.{weeks}"),
            visit.address_with(first=newest - timedelta(weeks=weeks, days=-1), last=newest),
        )
        for weeks in _QUICK
    ]
    quick.append((visit.texts("insight.newest.quarter"), visit.address_with(**previous_quarter(today))))
    folded = [(table, *without_hidden(table)) for table in page.tables]
    tables = [(table, short.shown(visit.texts), left) for table, short, left in folded]
    return visit.render("overview.html", model=page, quick=quick, tables=tables)


def previous_quarter(today: date) -> dict[str, date]:
    """Return the first and the last day of the calendar quarter before the one of this day."""
    begins = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    last = begins - timedelta(days=1)
    return {"first": last.replace(month=last.month - 2, day=1), "last": last}


OVERVIEW: Final = DeskPage(
    path="/desk/overview", title="insight.title", roles=STATISTICS_ROLES, show=show_overview, group=PageGroup.SERVICE
)


async def show_learning(visit: Visit) -> web.StreamResponse:
    """Show the modules and their shares."""
    model = await visit.view(learning_shares, municipality_id=visit.query("municipality"))
    return visit.render("learning.html", model=model)


async def show_module(visit: Visit) -> web.StreamResponse:
    """Show one module as people read it."""
    model = await visit.view(module_view, visit.request.match_info["id"])
    steps = [
        (message_html(step), message_html(answered) if answered is not None else None) for step, answered in model.steps
    ]
    return visit.render("module.html", model=model, steps=steps)


LEARNING: Final = DeskPage(
    path="/desk/learning",
    title="desk.learning.title",
    roles=STATISTICS_ROLES,
    show=show_learning,
    group=PageGroup.COURSES,
)
MODULE: Final = replace(
    LEARNING, path=f"{LEARNING.path}/{{id}}", title="desk.learning.module", show=show_module, listed=False
)
