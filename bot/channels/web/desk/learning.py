"""The modules of the e-learning, with the shares of people that completed them."""

from typing import Final

from aiohttp import web

from bot.channels.web.desk.visit import DeskPage, Visit
from dialogs.insight.learning import learning_shares
from dialogs.insight.overview import STATISTICS_ROLES


async def show_learning(visit: Visit) -> web.StreamResponse:
    """Show the modules and their shares."""
    model = await visit.view(learning_shares, municipality_id=visit.query("municipality"))
    return visit.render("learning.html", model=model)


PAGE: Final = DeskPage(path="/desk/learning", title="desk.learning.title", roles=STATISTICS_ROLES, show=show_learning)
