"""Open questions of the municipality, and assigning one."""

from dataclasses import replace

from aiohttp import web

from bot.channels.web.desk.visit import DeskPage, Visit
from dialogs.handoff.open_questions import assignment_view, open_questions_view
from dialogs.handoff.oversight import OVERSEERS


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
    return visit.back(outcome, to=PAGE.path if outcome.done else "")


PAGE = DeskPage(
    path="/desk/questions",
    title="desk.questions.title",
    roles=frozenset(OVERSEERS),
    show=show_questions,
    verbs=frozenset({"handoff.accept", "handoff.remind"}),
    act=take_question,
)
ASSIGNMENT = DeskPage(
    path="/desk/questions/{id}",
    title="desk.questions.assign",
    roles=frozenset(OVERSEERS),
    show=show_assignment,
    verbs=frozenset({"handoff.pass"}),
    act=assign_question,
    listed=False,
    searched=frozenset({"q"}),
)
