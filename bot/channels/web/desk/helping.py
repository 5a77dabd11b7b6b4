"""Pages about who helps: open questions, coverage, directory of ambassadors."""

from dataclasses import replace
from typing import Final

from aiohttp import web

from bot.channels.web.desk.form import DeskForm
from bot.channels.web.desk.people import DECISIONS
from bot.channels.web.desk.visit import EVERYONE, DeskPage, PageGroup, PressOutcome, Visit
from dialogs.ambassadors.coverage_view import branches_view, coverage_view
from dialogs.ambassadors.directory import directory_view
from dialogs.ambassadors.people import applications_view, waiting_for_leader
from dialogs.core.person import Role
from dialogs.handoff.open_questions import assignment_view, open_questions_view, waiting_questions
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
    return visit.back(_with_way(visit, form, await visit.press(form)))


def _with_way(visit: Visit, form: DeskForm, outcome: PressOutcome) -> PressOutcome:
    """Return the outcome with the way to the chat, once a question was taken."""
    if not outcome.done or form.verb != "handoff.accept":
        return outcome
    said = (visit.texts("desk.questions.taken"),)
    return replace(outcome, texts=said, href=visit.chat, label=visit.texts("desk.to_chat"))


async def show_assignment(visit: Visit) -> web.StreamResponse:
    """Show the possible recipients of a question."""
    model = await visit.view(assignment_view, visit.request.match_info["id"], visit.query("q", most=80))
    return visit.render("assignment.html", model=model)


async def assign_question(visit: Visit) -> web.StreamResponse:
    """Assign or take it, and go back to the list unless it has to be chosen again."""
    form = await visit.form()
    outcome = _with_way(visit, form, await visit.press(form, handoff_id=visit.request.match_info["id"]))
    return visit.back(outcome, to=QUESTIONS.path if outcome.done else "")


QUESTIONS: Final = DeskPage(
    path="/desk/questions",
    title="desk.questions.title",
    group=PageGroup.HELP,
    roles=frozenset(OVERSEERS),
    show=show_questions,
    verbs=frozenset({"handoff.accept", "handoff.remind"}),
    act=take_question,
    queues={"questions": waiting_questions},
)
ASSIGNMENT: Final = DeskPage(
    path="/desk/questions/{id}",
    title="desk.questions.assign",
    roles=frozenset(OVERSEERS),
    show=show_assignment,
    verbs=frozenset({"handoff.pass", "handoff.accept"}),
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
    group=PageGroup.HELP,
    roles=EVERYONE,
    show=show_directory,
    searched=frozenset({"q"}),
)


async def show_coverage_page(visit: Visit) -> web.StreamResponse:
    """Show the coverage, or to a leader that of the units led and the applications to decide.

    Reading it is recorded, as in the chat.
    """
    if not visit.person.has(*OVERSEERS):
        branches, applications = await visit.view(branches_view), await visit.view(applications_view)
        await visit.record("ambassador.coverage", visit.person.municipality_id or "")
        return visit.render("branches.html", branches=branches, applications=applications)
    kind = visit.query("kind")
    model = await visit.view(coverage_view, kind=kind, number=visit.page_number)
    await visit.record("ambassador.coverage", visit.person.municipality_id or "")
    kinds = [("", visit.texts("desk.filter.all"))]
    kinds += [(kind, visit.texts(f"desk.coverage.kind.{kind}")) for kind in GapKind]
    return visit.render("coverage.html", model=model, kind=kind, kinds=kinds)


COVERAGE: Final = DeskPage(
    path="/desk/coverage",
    title="desk.coverage.title",
    group=PageGroup.HELP,
    roles=frozenset({*OVERSEERS, Role.LEADER}),
    show=show_coverage_page,
    verbs=DECISIONS,
    queues={"applications": waiting_for_leader},
)
