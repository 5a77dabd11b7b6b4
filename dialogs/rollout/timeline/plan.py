"""The plan in force: the lines of the file, with what the desk changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dialogs.core.content import Content
from dialogs.core.import_preview import file_changed
from dialogs.core.milestone import Milestone, MilestoneState
from dialogs.core.person import Person
from dialogs.core.query import Asking, find_all, find_any
from dialogs.core.texts import OSLO
from dialogs.rollout.timeline.model import EVERY, OVERRIDING, SHARED, PlanEntry, digest_of

OPEN = frozenset({MilestoneState.PLANNED, MilestoneState.LATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """One milestone in force.

    Attributes:
        milestone: what readers get.
        entry: the desk's entry, if there is one.
        line: what the file says, if it has it.
    """

    milestone: Milestone
    entry: PlanEntry | None = None
    line: Milestone | None = None

    @property
    def id(self) -> str:
        return self.entry.id if self.entry is not None else self.milestone.line_id

    @property
    def number(self) -> int:
        """The number of changes on the desk."""
        return self.entry.number if self.entry is not None else 0

    @property
    def file_changed(self) -> bool:
        """Whether the file says something else than when the desk changed the milestone."""
        return self.entry is not None and not self.entry.from_file and _file_says_otherwise(self.entry, self.line)

    @property
    def sequence(self) -> int:
        """The sequence for calendars: higher after every change."""
        in_file = self.line.sequence if self.line is not None else 0
        if self.entry is None:
            return in_file
        return self.entry.sequence + in_file + (1 if _file_says_otherwise(self.entry, self.line) else 0)


def _file_says_otherwise(entry: PlanEntry, line: Milestone | None) -> bool:
    return line is not None and file_changed(entry.file_digest, digest_of(line))


def overlaid(lines: Sequence[Milestone], entries: Iterable[PlanEntry]) -> tuple[PlanLine, ...]:
    """Return the plan in force, by date: of each milestone the file's line or the desk's entry."""
    by_id: Mapping[str, PlanEntry] = {entry.id: entry for entry in entries}
    in_file = {line.line_id: line for line in lines}
    in_force = [_in_force(by_id.get(id_), line) for id_, line in in_file.items()]
    in_force += [_in_force(entry, None) for id_, entry in by_id.items() if id_ not in in_file and not entry.from_file]
    return tuple(sorted(in_force, key=lambda line: (line.milestone.days.first, line.milestone.days.last, line.id)))


def _in_force(entry: PlanEntry | None, line: Milestone | None) -> PlanLine:
    if line is not None and (entry is None or entry.from_file or _file_says_otherwise(entry, line)):
        return PlanLine(milestone=line, entry=entry, line=line)
    assert entry is not None  # noqa: S101
    return PlanLine(milestone=entry.plan, entry=entry, line=line)


def whole_plan(content: Content) -> Asking[tuple[PlanLine, ...]]:
    """Return every milestone in force."""
    return overlaid(content.milestones, (yield from find_all(PlanEntry, EVERY)))


def plan_of_municipality(content: Content, municipality_id: str | None) -> Asking[tuple[PlanLine, ...]]:
    """Return the milestones in force that concern a municipality or a unit of it; None: those for all."""
    terms = [SHARED, OVERRIDING, *([f"municipality:{municipality_id}"] if municipality_id else [])]
    every = overlaid(content.milestones, (yield from find_any(PlanEntry, terms)))
    if municipality_id is None:
        return tuple(line for line in every if not line.milestone.municipalities and not line.milestone.units)
    return tuple(line for line in every if municipality_id in line.milestone.places(content.organisation))


def plan_for(content: Content, person: Person | None) -> Asking[tuple[PlanLine, ...]]:
    """Return the milestones that concern a person, by date, without withdrawn ones; public ones to outside visitors."""
    municipality_id = person.municipality_id if person is not None else None
    unit_id = person.unit_id if person is not None else None
    outside = person is None or person.is_outsider
    lines = yield from plan_of_municipality(content, municipality_id)
    return tuple(
        line
        for line in lines
        if line.milestone.steps_to(content.organisation, municipality_id, unit_id) is not None
        and not line.milestone.withdrawn
        and (line.milestone.public or not outside)
    )


def today_of(at: datetime) -> date:
    """Return the day in Norway."""
    return at.astimezone(OSLO).date()
