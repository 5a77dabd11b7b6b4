"""The pages of rehearsals: drafts and test questions, and one rehearsal with its progress."""

from typing import Final

from aiohttp import web

from bot.channels.web.desk.visit import DeskPage, Visit, see_other
from dialogs.core.person import Role
from dialogs.rehearsal.drafts import draft_id_view, drafts_view, task_view
from dialogs.rehearsal.flow import NOTHING_RIGHT, VERBS
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
    key = visit.request.match_info["key"]
    revision_id, heading = await visit.view(draft_id_view, key)
    rehearsals = visit.desk.rehearsals
    running = rehearsals.found(visit.person.id, revision_id) if rehearsals is not None else None
    model, failed = None, False
    if running is not None and running.task.done():
        failed = running.task.cancelled() or running.task.exception() is not None
        model = None if failed else await visit.view(rehearsal_view, running.task.result())
    waits = running is not None and model is None and not failed
    answer = visit.render(
        "rehearsal.html",
        key=key,
        heading=heading,
        model=model,
        failed=failed,
        running=running if waits else None,
        nothing=NOTHING_RIGHT,
    )
    if waits:
        # Works without a script; the page has nothing that an early reload could lose.
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


async def act_on_rehearsal(visit: Visit) -> web.StreamResponse:
    """Send the form's verb, and begin the rehearsal if it asks for one."""
    form, key = await visit.form(), visit.request.match_info["key"]
    outcome = await visit.press(form, key=key)
    if form.verb == "rehearsal.start" and not outcome.refused and visit.desk.rehearsals is not None:
        visit.desk.rehearsals.begin_rehearsal(visit.person.id, await visit.view(task_view, key))
        return see_other(visit.request.path)  # the page itself says how far it is
    return visit.back(outcome)


PAGES: Final = (
    DeskPage(
        path=PATH,
        title="rehearsal.title",
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
