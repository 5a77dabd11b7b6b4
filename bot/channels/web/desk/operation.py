"""The page of operation: what ``heia doctor`` finds, in plain words."""

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from bot.channels.web.desk.visit import DeskPage, Visit
from bot.ports import HealthFinding, HealthReport
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from dialogs.core.viewer import Viewer

READERS: Final = frozenset({Role.ADMIN, Role.OPERATOR})
STATES: Final = ("fail", "warn", "ok")
COLOURS: Final = {"fail": "danger", "warn": "warning", "ok": "success"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow:
    """One area with its worst state. ``findings``, in the words of doctor, are for the provider and operators."""

    name: str
    about: str
    state: str
    state_name: str
    colour: str
    findings: tuple[HealthFinding, ...]


def sees_details(viewer: Viewer) -> Asking[bool]:
    """Return whether the reader runs the service. Raises EventRefused."""
    yield from ()
    viewer.require(*READERS)
    # Findings have paths, settings and counts of all municipalities.
    return viewer.is_provider or viewer.person.has(Role.OPERATOR)


def area_rows(texts: Texts, report: HealthReport, *, details: bool) -> tuple[AreaRow, ...]:
    """Return the areas, those that need attention first."""
    areas: dict[str, list[HealthFinding]] = {}
    for finding in report.findings:
        areas.setdefault(finding.area, []).append(finding)
    rows = [_area_row(texts, area, found, details=details) for area, found in areas.items()]
    return tuple(sorted(rows, key=lambda each: (STATES.index(each.state), each.name)))


async def show_operation(visit: Visit) -> web.StreamResponse:
    """Show the state of the installation. ``?fresh=yes`` examines it again."""
    details = await visit.view(sees_details)
    examine = visit.desk.examine
    if examine is None:
        raise web.HTTPNotFound
    report = await examine(visit.query("fresh") == "yes")
    rows = area_rows(visit.texts, report, details=details)
    return visit.render("operation.html", rows=rows, report=report, details=details)


def _area_row(texts: Texts, area: str, found: list[HealthFinding], *, details: bool) -> AreaRow:
    state = min((each.state for each in found), key=_severity)
    key = f"desk.operation.area.{area.replace('-', '_')}"
    shown = tuple(sorted(found, key=lambda each: _severity(each.state)))
    return AreaRow(
        name=texts(key),
        about=texts(f"{key}.about"),
        state=state if state in STATES else "warn",
        state_name=texts(f"desk.operation.state.{state if state in STATES else 'warn'}"),
        colour=COLOURS.get(state, "warning"),
        findings=shown if details else (),
    )


def _severity(state: str) -> int:
    return STATES.index(state) if state in STATES else STATES.index("warn")


PAGE: Final = DeskPage(path="/desk/operation", title="desk.operation.title", roles=READERS, show=show_operation)
