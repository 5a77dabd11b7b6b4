"""The modules of the e-learning, with the shares of people that completed them."""

from dataclasses import replace
from typing import Final

from aiohttp import web

from bot.channels.web.desk.rendering import message_html
from bot.channels.web.desk.visit import DeskPage, Visit
from dialogs.insight.learning import learning_shares
from dialogs.insight.overview import STATISTICS_ROLES
from dialogs.rollout.learn.taking import module_view


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


PAGE: Final = DeskPage(path="/desk/learning", title="desk.learning.title", roles=STATISTICS_ROLES, show=show_learning)
MODULE: Final = replace(PAGE, path=f"{PAGE.path}/{{id}}", title="desk.learning.module", show=show_module, listed=False)
