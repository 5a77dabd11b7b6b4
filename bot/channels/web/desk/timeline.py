"""The pages of the plan: for everyone to read, and for administrators and announcers to change."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from aiohttp import web

from bot.channels.web.desk.visit import EVERYONE, DeskPage, PageGroup, PageNotice, PressOutcome, Tone, Visit
from bot.report.files import plan_png
from dialogs.core.paging import paged
from dialogs.rollout.timeline.access import EDITORS
from dialogs.rollout.timeline.picture import plan_svg
from dialogs.rollout.timeline.views import MilestonePage, milestone_page, new_milestone_page, plan_page

PATH: Final = "/desk/timeline"
# At once, so that the whole plan of most municipalities is on one page.
LISTED: Final = 50


async def show_plan(visit: Visit) -> web.StreamResponse:
    """Show the plan with its picture, or send the picture as a file."""
    model = await visit.view(plan_page, municipality=visit.query("municipality"), show=visit.query("show"))
    form = visit.query("format")
    if form in {"svg", "png"}:
        if model.picture is None:
            raise web.HTTPNotFound
        name = f"plan-{model.municipality_id or 'all'}.{form}"
        if form == "svg":
            return visit.download(name, "image/svg+xml; charset=utf-8", plan_svg(model.picture, paper=True).encode())
        return visit.download(name, "image/png", plan_png(model.picture))
    rows = paged(model.rows, visit.page_number, size=LISTED)
    svg = plan_svg(model.picture) if model.picture is not None else ""
    narrow = plan_svg(model.narrow_picture, id_="plan-narrow") if model.narrow_picture is not None else ""
    return visit.render("timeline.html", model=model, rows=rows, svg=svg, narrow=narrow)


async def show_milestone(visit: Visit) -> web.StreamResponse:
    """Show a milestone with its forms and its history."""
    model = await visit.view(milestone_page, visit.request.match_info["id"])
    return _milestone(visit, model)


async def show_new_milestone(visit: Visit) -> web.StreamResponse:
    """Show the form of a new milestone."""
    return _milestone(visit, await visit.view(new_milestone_page))


async def change_milestone(visit: Visit) -> web.StreamResponse:
    """Send the form's verb. A refused form is shown again as it was written."""
    form = await visit.form()
    outcome = await visit.press(form, milestone_id=visit.request.match_info["id"])
    if outcome.refused or not outcome.done:
        model = await visit.view(milestone_page, visit.request.match_info["id"])
        return _milestone(visit, _as_written(model, form.data), outcome=outcome)
    return visit.back(outcome)


async def add_milestone(visit: Visit) -> web.StreamResponse:
    """Save a new milestone. A refused form is shown again as it was written."""
    form = await visit.form()
    outcome = await visit.press(form, milestone_id="")
    if outcome.refused or not outcome.done:
        return _milestone(visit, _as_written(await visit.view(new_milestone_page), form.data), outcome=outcome)
    return visit.back(outcome, to=PATH)


def _as_written(model: MilestonePage, data: Mapping[str, str]) -> MilestonePage:
    """Return the page with the refused input in place of the saved values; other forms of the page stay."""
    ticked = {name: data.get(name, "") for name in ("public", "done", "units")} if "what_nb" in data else {}
    return replace(model, values={**model.values, **data, **ticked})


def _milestone(visit: Visit, model: MilestonePage, *, outcome: PressOutcome | None = None) -> web.Response:
    notice = PageNotice(text=outcome.summary, tone=Tone.DANGER) if outcome is not None else None
    return visit.render("milestone.html", status=200 if outcome is None else 422, notice=notice, model=model)


_LIST = DeskPage(path=PATH, title="desk.timeline.title", roles=EVERYONE, show=show_plan, group=PageGroup.COURSES)
_SAVE = frozenset({"timeline.save"})
PAGES: Final = (
    _LIST,
    replace(
        _LIST,
        path=f"{PATH}/+new",
        title="desk.timeline.new",
        roles=EDITORS,
        show=show_new_milestone,
        verbs=_SAVE,
        act=add_milestone,
        listed=False,
    ),
    replace(
        _LIST,
        path=f"{PATH}/{{id:[A-Za-z0-9_-]+}}",
        title="desk.timeline.one",
        roles=EDITORS,
        show=show_milestone,
        verbs=_SAVE | {f"timeline.{act}" for act in ("move", "done", "withdraw", "reopen", "keep", "use_file")},
        act=change_milestone,
        listed=False,
    ),
)
