"""The pages of rehearsals: drafts and test questions, and one rehearsal with its progress."""

from typing import Final

from aiohttp import web

from bot.channels.web.desk.visit import DeskPage, PageGroup, Visit, see_other
from dialogs.core.person import Role
from dialogs.rehearsal.asked import drafts_view, task_view
from dialogs.rehearsal.flow import NOTHING_RIGHT, VERBS
from dialogs.rehearsal.model import RehearsalState
from dialogs.rehearsal.page import rehearsal_view

PATH: Final = "/desk/rehearsal"
ONE: Final = f"{PATH}/{{key:[A-Za-z0-9_-]+(?:@[A-Za-z0-9_-]+)?}}"
EDITORS: Final = frozenset({Role.EDITOR})
# Seconds between two looks of a page without scripts.
REFRESH_SECONDS: Final = 2


async def show_drafts(visit: Visit) -> web.StreamResponse:
    """Show the drafts that can be rehearsed, and the test questions."""
    return visit.render("rehearsals.html", model=await visit.view(drafts_view))


async def show_rehearsal(visit: Visit) -> web.StreamResponse:
    """Show a rehearsal: not begun, running, or what changes."""
    model = await visit.view(rehearsal_view, visit.request.match_info["key"])
    answer = visit.render("rehearsal.html", model=model, nothing=NOTHING_RIGHT)
    if model.state is RehearsalState.RUNNING:
        # Works without a script; the page has nothing that an early reload could lose.
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


async def act_on_rehearsal(visit: Visit) -> web.StreamResponse:
    """Send the form's verb, and run the rehearsal that it began."""
    form, key = await visit.form(), visit.request.match_info["key"]
    outcome = await visit.press(form, key=key)
    if form.verb == "rehearsal.start" and outcome.done and visit.desk.rehearsals is not None:
        task = await visit.view(task_view, key)
        if task is not None:
            visit.desk.rehearsals.begin_rehearsal(task)
        return see_other(visit.request.path)  # the page itself says how far it is
    return visit.back(outcome)


PAGES: Final = (
    DeskPage(
        path=PATH,
        title="rehearsal.title",
        group=PageGroup.CONTENT,
        roles=EDITORS,
        show=show_drafts,
        verbs=frozenset({"rehearsal.forget"}),
    ),
    DeskPage(
        path=ONE,
        title="rehearsal.page.title",
        roles=EDITORS,
        show=show_rehearsal,
        verbs=frozenset(VERBS) - {"rehearsal.forget"},
        act=act_on_rehearsal,
        listed=False,
    ),
)
