"""View of one program for the desk: its fields, its assessment on each list, and the applications for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dialogs.core.import_preview import file_changed
from dialogs.core.query import Asking, find_all
from dialogs.core.speaker import Viewer
from dialogs.rollout.software.applicant_cards import standing_words
from dialogs.rollout.software.assess.editing import is_only_here, may_edit_program
from dialogs.rollout.software.assess.listing import (
    READING,
    SOON,
    ProgramList,
    RegisterReader,
    lists_of,
    register_reader,
)
from dialogs.rollout.software.model import Application, ProgramState
from dialogs.rollout.software.register.changes import current_program, entry_of, names_to_pick, owner_of
from dialogs.rollout.software.register.entry import ProgramEntry
from dialogs.rollout.software.reviewers import DECIDERS, may_decide
from knowledge.article.article import Language
from knowledge.software.program import Assessment, Program, ProgramStatus, program_digest, text_in

MAX_CASES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStanding:
    """The assessment of a program on one list, with what its form begins with.

    Attributes:
        status: as it counts today; empty if there is none.
        written, alternative_written: status and program to use instead, in the form.
        whose: empty, or that the assessment is the one for all municipalities.
        decides: whether the reader may change it.
    """

    shown: ProgramList
    status: str
    status_name: str
    written: str
    notes: Mapping[str, str]
    note: str
    alternative: str
    alternative_name: str
    alternative_written: str
    assessed: str
    review_by: str
    expires: str
    ends: str
    due: bool
    whose: str
    decides: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramPage:
    """One program of the register.

    Attributes:
        program_id: empty for a new one.
        seen: number of the reader's entry; a form repeats it.
        changed: the store has an entry that counts before the file.
        file_changed: the file has changed since.
        removable: no other source has the program: without the entry it is gone.
        edits: whether the reader may change the program's own fields.
        cases: id, program and state of applications for it.
        programs: names to pick what to use instead from.
    """

    program_id: str
    name: str
    vendor: str
    aliases: str
    purposes: Mapping[str, str]
    purpose: str
    wheres: Mapping[str, str]
    where: str
    personal_data: str
    sample: bool
    own: bool
    seen: int
    changed: bool
    file_changed: bool
    removable: bool
    edits: bool
    lists: tuple[ListStanding, ...]
    cases: tuple[tuple[str, str, str], ...]
    programs: tuple[str, ...]


def new_program_view(viewer: Viewer) -> Asking[ProgramPage]:
    """Return the empty form of a new program."""
    viewer.require(*DECIDERS)
    yield from ()
    viewer.require_municipality(None)
    return _program_page(viewer, Program(id="", name=""), seen=0, edits=True)


def program_view(viewer: Viewer, program_id: str) -> Asking[ProgramPage]:
    """Return one program with its assessments as the store has them now."""
    viewer.require(*READING)
    reader = yield from register_reader(viewer)
    municipality_id, content = reader.municipality_id, viewer.content
    program = yield from current_program(content, program_id, municipality_id)
    if program is None:
        raise viewer.not_found("software.no_program")
    owner = owner_of(content, municipality_id)
    entry = yield from entry_of(content, program_id, owner, viewer.at)
    lists: list[ListStanding] = []
    for shown in lists_of(viewer):
        assessment = reader.on_list(program, shown)
        alternative = (
            (yield from current_program(content, assessment.alternative, municipality_id)) if assessment else None
        )
        lists.append(_list_standing(reader, shown, assessment, alternative))
    return _program_page(
        viewer,
        program,
        seen=entry.number,
        edits=may_edit_program(content, viewer.person, program),
        entry=entry,
        lists=lists,
        cases=(yield from _cases(viewer, program, municipality_id)),
    )


def _program_page(
    viewer: Viewer,
    program: Program,
    *,
    seen: int,
    edits: bool,
    entry: ProgramEntry | None = None,
    lists: Sequence[ListStanding] = (),
    cases: Sequence[Application] = (),
) -> ProgramPage:
    texts, file = viewer.texts, viewer.content.register.files.get(program.id)
    changed = entry is not None and entry.number > 0 and not entry.withdrawn
    return ProgramPage(
        program_id=program.id,
        name=program.name,
        vendor=program.vendor,
        aliases=", ".join(program.aliases),
        purposes=_in_codes(program.purpose),
        purpose=text_in(program.purpose, texts.language),
        wheres=_in_codes(program.where),
        where=text_in(program.where, texts.language),
        personal_data=program.personal_data.value,
        sample=program.sample,
        own=program.municipality_id is not None,
        seen=seen,
        changed=changed,
        file_changed=changed and entry is not None and file_changed(entry.file_digest, program_digest(file)),
        removable=changed and entry is not None and is_only_here(viewer.content, entry),
        edits=edits,
        lists=tuple(lists),
        cases=tuple((case.id, case.program, standing_words(texts, case)) for case in cases),
        programs=names_to_pick(viewer.content, viewer.person.municipality_id, besides=program.id)
        if any(row.decides for row in lists)
        else (),
    )


def _in_codes(texts: Mapping[Language, str]) -> Mapping[str, str]:
    return {language.value: texts.get(language, "") for language in Language}


def _list_standing(
    reader: RegisterReader, shown: ProgramList, assessment: Assessment | None, alternative: Program | None
) -> ListStanding:
    viewer, texts, day = reader.viewer, reader.viewer.texts, reader.day
    status = assessment.status_on(day) if assessment else None
    end = assessment.expires or assessment.review_by if assessment else None
    shared = (
        assessment is not None
        and assessment.municipality_id is None
        and owner_of(viewer.content, reader.municipality_id)
    )
    return ListStanding(
        shown=shown,
        status=status.value if status else "",
        status_name=texts(f"software.tag.{status or 'none'}"),
        written=assessment.status.value if assessment else ProgramStatus.REVIEW.value,
        notes=_in_codes(assessment.note if assessment else {}),
        note=text_in(assessment.note, texts.language) if assessment else "",
        alternative=alternative.id if alternative else "",
        alternative_name=alternative.name if alternative else "",
        alternative_written=alternative.name if alternative else "",
        assessed=texts.day(assessment.assessed) if assessment and assessment.assessed else "",
        review_by=_future(assessment.review_by if assessment else None, day),
        expires=_future(assessment.expires if assessment else None, day),
        ends=texts.day(end) if end else "",
        due=assessment is not None and assessment.is_due(day + SOON),
        whose=texts("software.for_all_municipalities") if shared else "",
        decides=may_decide(viewer.content, viewer.person, reader.municipality_id, shown.sector),
    )


def _cases(viewer: Viewer, program: Program, municipality_id: str) -> Asking[Sequence[Application]]:
    """Return the applications for a program that the reader decides or decided on, newest first."""
    applications: list[Application] = []
    for standing in ProgramState:
        if viewer.person.has(*DECIDERS):
            applications += yield from find_all(Application, f"{standing}@{municipality_id}")
    mine = [
        application
        for application in applications
        if _is_about(application, program) and _decides_case(viewer, application)
    ]
    return sorted(mine, key=lambda application: (application.applied_at, application.id), reverse=True)[:MAX_CASES]


def _future(day: date | None, now: date) -> str:
    """Return a day for a form, which takes no past one."""
    return day.isoformat() if day is not None and day > now else ""


def _is_about(application: Application, program: Program) -> bool:
    names = {name.casefold() for name in (program.name, *program.aliases)}
    return application.program_id == program.id or application.program.casefold() in names


def _decides_case(viewer: Viewer, application: Application) -> bool:
    return may_decide(viewer.content, viewer.person, application.municipality_id, application.sector)
