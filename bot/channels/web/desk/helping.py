"""Pages about who helps: open questions, coverage, directory of ambassadors."""

from dataclasses import replace
from typing import Final

from aiohttp import web

from bot.channels.web.desk.visit import EVERYONE, DeskPage, Visit
from dialogs.ambassadors.coverage_view import branches_view, coverage_view
from dialogs.ambassadors.directory import directory_view
from dialogs.core.person import Role
from dialogs.handoff.open_questions import assignment_view, open_questions_view
from dialogs.handoff.oversight import OVERSEERS
from knowledge.organisation.coverage import GapKind


async def show_questions(visit: Visit) -> web.StreamResponse:
    """List the open questions; reading them is recorded, as in the chat."""
    overdue = visit.query("overdue") == "yes"
    model = await visit.view(open_questions_view, only_overdue=overdue, number=visit.page_number)
    await visit.record("handoff.open", visit.person.municipality_id or "")
    return visit.render("questions.html", model=model, only_overdue=overdue)


async def take_question(visit: Visit) -> web.StreamResponse:
    """Let the person take a question, or remind its helper. The words and the answer are in the chat alone."""
    form = await visit.form()
    outcome = await visit.press(form)
    if outcome.done and form.verb == "handoff.accept":
        said = (visit.texts("desk.questions.taken"),)
        outcome = replace(outcome, texts=said, href=visit.chat, label=visit.texts("desk.to_chat"))
    return visit.back(outcome)


async def show_assignment(visit: Visit) -> web.StreamResponse:
    """Show the possible recipients of a question."""
    model = await visit.view(assignment_view, visit.request.match_info["id"], visit.query("q", most=80))
    return visit.render("assignment.html", model=model)


async def assign_question(visit: Visit) -> web.StreamResponse:
    """Assign it, and go back to the list unless it has to be chosen again."""
    outcome = await visit.press(await visit.form(), handoff_id=visit.request.match_info["id"])
    return visit.back(outcome, to=QUESTIONS.path if outcome.done else "")


QUESTIONS: Final = DeskPage(
    path="/desk/questions",
    title="desk.questions.title",
    roles=frozenset(OVERSEERS),
    show=show_questions,
    verbs=frozenset({"handoff.accept", "handoff.remind"}),
    act=take_question,
)
ASSIGNMENT: Final = DeskPage(
    path="/desk/questions/{id}",
    title="desk.questions.assign",
    roles=frozenset(OVERSEERS),
    show=show_assignment,
    verbs=frozenset({"handoff.pass"}),
    act=assign_question,
    listed=False,
    searched=frozenset({"q"}),
)


async def show_directory(visit: Visit) -> web.StreamResponse:
    """Show the ambassadors that fit the words."""
    model = await visit.view(directory_view, words=visit.query("q"), number=visit.page_number)
    return visit.render("directory.html", model=model)


DIRECTORY: Final = DeskPage(
    path="/desk/directory",
    title="desk.directory.title",
    roles=EVERYONE,
    show=show_directory,
    searched=frozenset({"q"}),
)


async def show_coverage_page(visit: Visit) -> web.StreamResponse:
    """Show the coverage, or to a leader that of the units led; reading it is recorded, as in the chat."""
    if not visit.person.has(*OVERSEERS):
        branches = await visit.view(branches_view)
        await visit.record("ambassador.coverage", visit.person.municipality_id or "")
        return visit.render("branches.html", branches=branches)
    kind = visit.query("kind")
    model = await visit.view(coverage_view, kind=kind, number=visit.page_number)
    await visit.record("ambassador.coverage", visit.person.municipality_id or "")
    kinds = [("", visit.texts("desk.filter.all"))]
    kinds += [(kind, visit.texts(f"desk.coverage.kind.{kind}")) for kind in GapKind]
    return visit.render("coverage.html", model=model, kind=kind, kinds=kinds)


COVERAGE: Final = DeskPage(
    path="/desk/coverage",
    title="desk.coverage.title",
    roles=frozenset({*OVERSEERS, Role.LEADER}),
    show=show_coverage_page,
)
