"""View of the register for the desk: the list of programs with search and filters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from dialogs.availability.registry import today
from dialogs.core.paging import Paged, paged
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer
from dialogs.rollout.software.register.changes import current_register
from dialogs.rollout.software.reviewers import DECIDERS
from knowledge.organisation.unit import Sector
from knowledge.software.program import (
    Assessment,
    ListKey,
    Program,
    ProgramUse,
    text_in,
)
from knowledge.software.register import ProgramPlace, Register

# Roles that read the register at the desk; all employees read it in the chat.
READING: Final = (*DECIDERS, Role.LEADER, Role.DPO, Role.EDITOR)
# A search returns so many programs at most.
MAX_FOUND: Final = 200
# Of a hit; a lower one shares a common word with the request.
LEAST_SCORE: Final = 0.4
# Assessments that end within this time are due.
SOON: Final = timedelta(days=30)


class ProgramFilter(StrEnum):
    """What the list may be limited to, besides a status."""

    ALL = "all"
    DUE = "due"
    CHANGED = "changed"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramList:
    """A list of the register: ``code`` is ``all``, the sector's, or ``SECTOR-pupils``."""

    code: str
    name: str
    sector: Sector | None
    use: ProgramUse

    def key_for(self, municipality_id: str | None) -> ListKey:
        return ListKey(sector=self.sector, use=self.use, municipality_id=municipality_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramRow:
    """One program in the list. ``statuses``: code and words of each list with an assessment, in a fixed order."""

    program_id: str
    name: str
    vendor: str
    purpose: str
    statuses: tuple[tuple[str, str, str], ...]
    review_by: str
    due: bool
    own: bool
    sample: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramsPage:
    """A page of the register."""

    words: str
    chosen: str
    list_code: str
    lists: tuple[ProgramList, ...]
    rows: Paged[ProgramRow]
    may_add: bool


def lists_of(viewer: Viewer) -> tuple[ProgramList, ...]:
    """Return the lists of the register: for all, of each sector with a forum, and for pupils."""
    texts = viewer.texts
    lists = [ProgramList(code="all", name=texts("software.list.all"), sector=None, use=ProgramUse.STAFF)]
    sectors = dict.fromkeys(forum.sector for forum in viewer.content.register.forums if forum.sector)
    for sector in sectors:
        name = texts(f"announce.sector.{sector}")
        lists.append(ProgramList(code=sector.value, name=name, sector=sector, use=ProgramUse.STAFF))
    school = Sector.SCHOOL if Sector.SCHOOL in sectors else None
    pupils = texts("software.list.pupils")
    lists.append(ProgramList(code="pupils", name=pupils, sector=school, use=ProgramUse.PUPILS))
    return tuple(lists)


def programs_view(
    viewer: Viewer, *, words: str = "", chosen: str = "", list_code: str = "", number: int = 1
) -> Asking[ProgramsPage]:
    """Return the programs that fit the search and the filter, on the chosen list."""
    viewer.require(*READING)
    reader = yield from register_reader(viewer)
    lists = lists_of(viewer)
    shown = next((program_list for program_list in lists if program_list.code == list_code), lists[0])
    kept = [program for program in _searched(reader, words, shown) if _is_wanted(reader, program, shown, chosen)]
    page = paged(kept, number)
    return ProgramsPage(
        words=words,
        chosen=chosen,
        list_code=shown.code,
        lists=lists,
        rows=page.showing(_program_row(reader, program, lists, shown) for program in page.items),
        may_add=viewer.person.has(*DECIDERS),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterReader:
    """A reader of the register with their municipality and its day. ``register``: with the latest change."""

    viewer: Viewer
    register: Register
    municipality_id: str
    day: date

    def on_list(self, program: Program, shown: ProgramList) -> Assessment | None:
        """Return the assessment of a list: the municipality's own before the one for all."""
        own = program.on_list(shown.key_for(self.municipality_id))
        return own or program.on_list(shown.key_for(None))


def register_reader(viewer: Viewer) -> Asking[RegisterReader]:
    """Return the reader of the register. Raises EventRefused."""
    municipality_id = viewer.require_municipality(None)
    day = today(viewer.content, municipality_id, viewer.at)
    register = yield from current_register(viewer.content)
    return RegisterReader(viewer=viewer, register=register, municipality_id=municipality_id, day=day)


def _searched(reader: RegisterReader, words: str, shown: ProgramList) -> Sequence[Program]:
    register = reader.register
    if not words.strip():
        known = register.of_municipality(reader.municipality_id)
        return sorted(known, key=lambda program: (program.name.casefold(), program.id))
    place = ProgramPlace(municipality_id=reader.municipality_id, sector=shown.sector, use=shown.use)
    hits = register.find_programs(words, place, day=reader.day, limit=MAX_FOUND)
    return [hit.program for hit in hits if hit.score >= LEAST_SCORE]


def _is_wanted(reader: RegisterReader, program: Program, shown: ProgramList, chosen: str) -> bool:
    assessment = reader.on_list(program, shown)
    if chosen in {"", ProgramFilter.ALL}:
        return True
    if chosen == ProgramFilter.DUE:
        return assessment is not None and assessment.is_due(reader.day + SOON)
    if chosen == ProgramFilter.CHANGED:
        return program != reader.register.files.get(program.id)
    if chosen == ProgramFilter.NONE:
        return assessment is None
    return assessment is not None and assessment.status_on(reader.day).value == chosen


def _program_row(
    reader: RegisterReader, program: Program, lists: Iterable[ProgramList], shown: ProgramList
) -> ProgramRow:
    texts, day = reader.viewer.texts, reader.day
    on_lists = [(program_list, reader.on_list(program, program_list)) for program_list in lists]
    assessment = reader.on_list(program, shown)
    # A program without an assessment on the shown list has the next day of another list.
    dated = [assessment] if assessment else [on_list for _, on_list in on_lists if on_list is not None]
    end = min(filter(None, (on_list.expires or on_list.review_by for on_list in dated)), default=None)
    return ProgramRow(
        program_id=program.id,
        name=program.name,
        vendor=program.vendor,
        purpose=text_in(program.purpose, texts.language),
        statuses=tuple(
            (program_list.name, on_list.status_on(day).value, texts(f"software.tag.{on_list.status_on(day)}"))
            for program_list, on_list in on_lists
            if on_list is not None
        ),
        review_by=texts.day(end) if end else "",
        due=assessment is not None and assessment.is_due(day + SOON),
        own=program.municipality_id is not None,
        sample=program.sample,
    )
