"""The page of operation: what ``heia doctor`` finds, in sentences of the reader's language."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from aiohttp import web

from bot.channels.web.desk.visit import DeskPage, PageGroup, Visit
from bot.ports import HealthFinding, HealthReport
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer

READERS: Final = frozenset({Role.ADMIN, Role.OPERATOR})
STATES: Final = ("fail", "warn", "ok")
COLOURS: Final = {"fail": "danger", "warn": "warning", "ok": "success"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaRow:
    """One area with its worst state.

    ``findings``: sentences about what needs attention; the provider and operators read all, others those about their
    own municipality.
    """

    name: str
    about: str
    state: str
    state_name: str
    colour: str
    findings: tuple[str, ...]


def area_rows(viewer: Viewer, report: HealthReport) -> Asking[tuple[AreaRow, ...]]:
    """Return the areas, those that need attention first. Raises EventRefused."""
    yield from ()
    viewer.require(*READERS)
    areas: dict[str, list[HealthFinding]] = {}
    for finding in report.findings:
        areas.setdefault(finding.area, []).append(finding)
    rows = [_area_row(viewer, area, findings) for area, findings in areas.items()]
    return tuple(sorted(rows, key=lambda row: (STATES.index(row.state), row.name)))


def sees_all_findings(viewer: Viewer) -> Asking[bool]:
    """Return whether the reader runs the service. Raises EventRefused."""
    yield from ()
    viewer.require(*READERS)
    return _runs_the_service(viewer)


def _runs_the_service(viewer: Viewer) -> bool:
    return viewer.is_provider or viewer.person.has(Role.OPERATOR)


async def show_operation(visit: Visit) -> web.StreamResponse:
    """Show the state of the installation. ``?fresh=yes`` examines it again."""
    everything = await visit.view(sees_all_findings)
    examine = visit.desk.examine
    if examine is None:
        raise web.HTTPNotFound
    report = await examine(visit.query("fresh") == "yes")
    rows = await visit.view(area_rows, report)
    return visit.render("operation.html", rows=rows, report=report, everything=everything)


def _area_row(viewer: Viewer, area: str, findings: list[HealthFinding]) -> AreaRow:
    texts = viewer.texts
    state = min((finding.state for finding in findings), key=_severity)
    state = state if state in STATES else "warn"
    key = f"desk.operation.area.{area.replace('-', '_')}"
    return AreaRow(
        name=texts(key),
        about=texts(f"{key}.about"),
        state=state,
        state_name=texts(f"desk.operation.state.{state}"),
        colour=COLOURS[state],
        findings=tuple(dict.fromkeys(_sentences(viewer, findings))),
    )


def _sentences(viewer: Viewer, findings: list[HealthFinding]) -> Iterator[str]:
    """Yield a sentence for each finding that the reader may know of, the worst first."""
    # Findings without a municipality are about paths, settings and counts of all municipalities.
    all_of_them, own = _runs_the_service(viewer), viewer.person.municipality_id
    for finding in sorted(findings, key=lambda finding: _severity(finding.state)):
        if finding.state == "ok" or not (all_of_them or (finding.municipality_id and finding.municipality_id == own)):
            continue
        key = f"desk.operation.finding.{finding.key}"
        # Of a newer doctor, or one about a detail of the machine: the command has the words.
        yield (
            _sentence(viewer, key, finding)
            if key in viewer.texts.sentences
            else viewer.texts("desk.operation.by_command")
        )


def _sentence(viewer: Viewer, key: str, finding: HealthFinding) -> str:
    texts = viewer.texts
    unit = viewer.content.organisation.find_unit(finding.municipality_id)
    values: dict[str, object] = {**finding.values}
    if "day" in values:
        values["day"] = texts.day(date.fromisoformat(str(values["day"])))
    if unit is not None:
        values["place"] = unit.names.text(texts.language)
    number = values.pop("number", None)
    return texts(key, **values) if number is None else texts.plural(key, int(str(number)), **values)


def _severity(state: str) -> int:
    return STATES.index(state) if state in STATES else STATES.index("warn")


PAGE: Final = DeskPage(
    path="/desk/operation",
    title="desk.operation.title",
    roles=READERS,
    show=show_operation,
    group=PageGroup.SERVICE,
)
