"""Classroom courses: sign-up for everyone; sessions, participants and attendance for teachers and administrators."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from aiohttp import web

from bot.channels.web.desk.form import DeskForm
from bot.channels.web.desk.visit import EVERYONE, DeskPage, PageGroup, PageNotice, PressOutcome, Tone, Visit
from dialogs.rollout.classroom.invitation import MEDIA_TYPE, invitation_view
from dialogs.rollout.classroom.teaching import STAFF
from dialogs.rollout.classroom.teaching_views import (
    ClassFormPage,
    class_page,
    new_class_page,
    teaching_page,
    waiting_attendance,
)
from dialogs.rollout.classroom.views import classes_page

PATH: Final = "/desk/classes"
TEACHING: Final = "/desk/teaching"
ONE: Final = f"{TEACHING}/{{id:[A-Za-z0-9_-]+}}"


async def show_classes_to_join(visit: Visit) -> web.StreamResponse:
    """Show the sessions to sign up for, and the person's own."""
    words = visit.query("q")
    model = await visit.view(classes_page, words=words, number=visit.page_number)
    return visit.render("classes.html", model=model, words=words)


async def take_invitation(visit: Visit) -> web.StreamResponse:
    """Answer with the person's calendar file of a session."""
    invitation = await visit.view(invitation_view, visit.request.match_info["id"])
    if invitation is None:
        raise web.HTTPNotFound
    return visit.download(invitation.name, f"{MEDIA_TYPE}; method={invitation.method}", invitation.body)


async def show_teaching(visit: Visit) -> web.StreamResponse:
    """Show the sessions that the person handles."""
    past = visit.query("show") == "past"
    return visit.render("teaching.html", model=await visit.view(teaching_page, past=past, number=visit.page_number))


async def show_new_class(visit: Visit) -> web.StreamResponse:
    """Show the form of a new session."""
    return visit.render("class_new.html", form=await visit.view(new_class_page))


async def add_class(visit: Visit) -> web.StreamResponse:
    """Publish a session. A refused form is shown again as it was written."""
    form = await visit.form()
    outcome = await visit.press(form)
    if outcome.done:
        return visit.back(outcome, to=TEACHING)
    written = _as_filled_in(await visit.view(new_class_page), form.data)
    return visit.render("class_new.html", status=422, notice=_refusal_notice(outcome), form=written)


async def show_class(visit: Visit) -> web.StreamResponse:
    """Show a session with its people, and the forms it allows now."""
    model = await visit.view(class_page, visit.request.match_info["id"])
    return visit.render("class.html", model=model, form=model.form)


async def change_class_page(visit: Visit) -> web.StreamResponse:
    """Send the form's verb. A refused edit, or address, is shown again as it was written."""
    form = await visit.form()
    id_ = visit.request.match_info["id"]
    outcome = await visit.press(DeskForm(id=form.id, verb=form.verb, data={**form.data, "session_id": id_}))
    if outcome.done or form.verb not in {"classroom.change", "classroom.walk_in"}:
        return visit.back(outcome)
    model, notice = await visit.view(class_page, id_), _refusal_notice(outcome)
    if form.verb == "classroom.walk_in" and model.walk_in:
        email = form.data.get("email", "")
        return visit.render("class.html", status=422, notice=notice, model=model, form=model.form, email=email)
    if model.form is None:
        return visit.back(outcome)
    written = _as_filled_in(model.form, form.data)
    return visit.render("class.html", status=422, notice=notice, model=model, form=written)


async def show_class_list(visit: Visit) -> web.StreamResponse:
    """Show the participants on a sheet to print."""
    return visit.render("class_list.html", model=await visit.view(class_page, visit.request.match_info["id"]))


def _as_filled_in(page: ClassFormPage, data: Mapping[str, str]) -> ClassFormPage:
    # Of boxes without a tick a browser sends nothing.
    return replace(page, values={**page.values, "prerequisites": "", **data})


def _refusal_notice(outcome: PressOutcome) -> PageNotice:
    return PageNotice(text=outcome.summary, tone=Tone.DANGER)


_JOIN = DeskPage(
    path=PATH,
    title="desk.classes.title",
    roles=EVERYONE,
    group=PageGroup.COURSES,
    show=show_classes_to_join,
    verbs=frozenset({"classroom.sign_up", "classroom.accept", "classroom.cancel"}),
)
_LIST = DeskPage(
    path=TEACHING,
    title="desk.teaching.title",
    roles=frozenset(STAFF),
    group=PageGroup.COURSES,
    show=show_teaching,
    queues={"attendance": waiting_attendance},
)
PAGES: Final = (
    _JOIN,
    replace(_JOIN, path=f"{PATH}/{{id:[A-Za-z0-9_-]+}}.ics", show=take_invitation, verbs=frozenset(), listed=False),
    _LIST,
    replace(
        _LIST,
        path=f"{TEACHING}/+new",
        title="desk.teaching.new",
        show=show_new_class,
        verbs=frozenset({"classroom.create"}),
        act=add_class,
        listed=False,
    ),
    replace(
        _LIST,
        path=ONE,
        title="desk.teaching.one",
        show=show_class,
        verbs=frozenset(f"classroom.{act}" for act in ("change", "call_off", "remove", "attendance", "walk_in")),
        act=change_class_page,
        listed=False,
    ),
    replace(_LIST, path=f"{ONE}/list", title="desk.teaching.list", show=show_class_list, listed=False),
)
