"""The directory of ambassadors, for every employee."""

from aiohttp import web

from bot.channels.web.desk.visit import EVERYONE, DeskPage, Visit
from dialogs.ambassadors.directory import directory_view


async def show_directory(visit: Visit) -> web.StreamResponse:
    """Show the ambassadors that fit the words."""
    model = await visit.view(directory_view, words=visit.query("q"), number=visit.page_number)
    return visit.render("directory.html", model=model)


PAGE = DeskPage(
    path="/desk/directory",
    title="desk.directory.title",
    roles=EVERYONE,
    show=show_directory,
    searched=frozenset({"q"}),
)
