"""The coverage of the municipality: numbers, picture, and a remedy for each gap."""

from aiohttp import web

from bot.channels.web.desk.visit import DeskPage, Visit
from dialogs.ambassadors.coverage_view import branches_view, coverage_view
from dialogs.core.person import Role
from dialogs.handoff.oversight import OVERSEERS
from knowledge.organisation.coverage import GapKind


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


PAGE = DeskPage(
    path="/desk/coverage",
    title="desk.coverage.title",
    roles=frozenset({*OVERSEERS, Role.LEADER}),
    show=show_coverage_page,
)
