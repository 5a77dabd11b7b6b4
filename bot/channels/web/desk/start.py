"""The first page: what the person can do here."""

from aiohttp import web

from bot.channels.web.desk.visit import EVERYONE, DeskPage, Visit
from dialogs.unanswered.suggestion_views import waiting_counts


async def show_start(visit: Visit) -> web.StreamResponse:
    """Show a link to every page of the person, with what waits there."""
    return visit.render("start.html", waiting=await visit.view(waiting_counts))


PAGE = DeskPage(path="/desk", title="desk.start.title", roles=EVERYONE, show=show_start)
