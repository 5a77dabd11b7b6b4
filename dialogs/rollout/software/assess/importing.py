"""Import of a CSV table into the register: what would become of each program, and the changes themselves."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Audit, Notice, do
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.import_preview import ImportResult, pasted_text, to_apply
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow, find_each
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.rollout.software.assess.editing import editor_of_register
from dialogs.rollout.software.assess.listing import lists_of, register_reader
from dialogs.rollout.software.lookup.interests import timers_of_askers
from dialogs.rollout.software.register.changes import list_label, owner_of, put_entries
from dialogs.rollout.software.register.entry import ProgramEntry, entry_key, first_entry
from dialogs.rollout.software.reviewers import DECIDERS, may_decide
from knowledge.organisation.unit import Sector
from knowledge.software.program import Assessment, ListKey, Program
from knowledge.software.register import merged
from knowledge.software.table import TableProgram, read_table, table_of
from knowledge.table import TableFault

# Of one press; a larger table is imported by ``heia programs import``.
MAX_CHANGED: Final = 200
MAX_CHARACTERS: Final = 100_000

MayAssess = Callable[[Sector | None], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedProgram:
    """A program of an import. ``entry``: its entry before; ``lists``: those that change."""

    line: int
    program: Program
    entry: ProgramEntry
    result: ImportResult
    lists: tuple[ListKey, ...]

    @property
    def changed_entry(self) -> ProgramEntry:
        return self.entry.with_program(self.program)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedImport:
    """All programs of an import, and every fault; with a fault nothing is imported."""

    programs: tuple[PlannedProgram, ...]
    faults: tuple[TableFault, ...]

    @property
    def changes(self) -> tuple[PlannedProgram, ...]:
        return to_apply(self.programs)


def entry_keys(content: Content, text: str, owner: str | None) -> list[str]:
    """Return the ids of the entries that an import reads."""
    table_programs = read_table(text, known=content.register.programs).programs
    ids = {_id_here(content, table_program.program.id, owner) for table_program in table_programs}
    return [entry_key(id_, municipality_id) for id_ in sorted(ids) for municipality_id in dict.fromkeys((None, owner))]


def plan_programs(
    content: Content,
    text: str,
    entries: Mapping[str, ProgramEntry],
    *,
    owner: str | None,
    may_assess: MayAssess,
    at: datetime,
    day: date,
) -> PlannedImport:
    """Return what an import would do.

    Args:
        entries: those of ``entry_keys``, by id.
        owner: the municipality that the table is for; None: everyone.
        day: the day of assessments without one.
    """
    table = read_table(text, known=content.register.programs)
    faults = list(table.faults)
    planned: list[PlannedProgram] = []
    for table_program in table.programs:
        planned_program = _planned(content, table_program, entries, owner=owner, at=at, day=day)
        planned.append(planned_program)
        changed = {replace(key, municipality_id=None) for key in planned_program.lists}
        for key, line in table_program.lines.items():
            own = may_assess(key.sector) and content.register.forum_of(key.sector).sector is key.sector
            # Rows of other lists may stand in the table as they are: it was exported whole.
            if not own and replace(key, municipality_id=None) in changed:
                faults.append(TableFault(line=line, code="not_your_list", values={"id": table_program.program.id}))
    return PlannedImport(programs=tuple(planned), faults=tuple(sorted(faults, key=lambda fault: fault.line)))


def _plan(
    content: Content, text: str, person: Person, municipality_id: str, *, at: datetime, day: date
) -> Asking[PlannedImport]:
    """Return what an import by a person of this municipality would do."""
    owner = owner_of(content, municipality_id)
    entries = yield from find_each(ProgramEntry, entry_keys(content, text, owner))

    def may_assess(sector: Sector | None) -> bool:
        return may_decide(content, person, municipality_id, sector)

    return plan_programs(content, text, entries, owner=owner, may_assess=may_assess, at=at, day=day)


def _id_here(content: Content, program_id: str, owner: str | None) -> str:
    """Return the id of a table's program; that of one municipality begins with its id."""
    known = content.register.visible(program_id, owner) is not None
    own = owner is None or program_id.startswith(f"{owner}.")
    return program_id if known or own else f"{owner}.{program_id}"


def _planned(
    content: Content,
    row: TableProgram,
    entries: Mapping[str, ProgramEntry],
    *,
    owner: str | None,
    at: datetime,
    day: date,
) -> PlannedProgram:
    id_ = _id_here(content, row.program.id, owner)
    file = content.register.files.get(id_)
    changes = [entries[key].to_change() for key in (entry_key(id_, None), entry_key(id_, owner)) if key in entries]
    before = merged(file, changes)
    entry = entries.get(entry_key(id_, owner)) or first_entry(id_, owner, file, at)
    after = _with_fields(before, row.program, id_, owner)
    lists: list[ListKey] = []
    for assessment in row.program.assessments:
        own = replace(assessment, municipality_id=owner, assessed=assessment.assessed or day)
        if not _is_same(before, own, assessment):
            after = after.with_assessment(own)
            lists.append(own.list_key)
    if before is None:
        result = ImportResult.NEW
    else:
        result = ImportResult.CHANGED if lists or after != before else ImportResult.UNCHANGED
    return PlannedProgram(line=row.line, program=after, entry=entry, result=result, lists=tuple(lists))


def _with_fields(before: Program | None, given: Program, id_: str, owner: str | None) -> Program:
    """Return a program with the fields of the table, if they are the owner's to change."""
    if before is not None and before.municipality_id != owner:
        return before
    kept = before.assessments if before else ()
    fields = replace(given, id=id_, assessments=kept, municipality_id=owner)
    return replace(fields, sample=before.sample) if before is not None and _same_fields(before, fields) else fields


def _same_fields(before: Program, after: Program) -> bool:
    return replace(before, sample=False) == replace(after, sample=False)


def _is_same(before: Program | None, own: Assessment, given: Assessment) -> bool:
    """Return whether a list says the same already, by the municipality or for everyone."""
    if before is None:
        return False
    known = before.on_list(own.list_key) or before.on_list(replace(own.list_key, municipality_id=None))
    if known is None:
        return False
    assessed = given.assessed or known.assessed
    return replace(own, municipality_id=known.municipality_id, assessed=assessed) == known


def fault_text(texts: Texts, fault: TableFault) -> str:
    """Return a fault with its line."""
    return texts("software.import.line", line=fault.line, fault=texts(f"software.import.{fault.code}", **fault.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramImportPage:
    """The form of an import with what would become of it. ``rows``: program, result and lists of each change."""

    text: str = ""
    rows: tuple[tuple[str, str, str], ...] = ()
    unchanged: int = 0
    faults: tuple[str, ...] = ()
    too_large: str = ""

    @property
    def ready(self) -> bool:
        """Whether it can be imported."""
        return bool(self.rows) and not self.faults and not self.too_large


def program_import_view(viewer: Viewer, *, text: str = "") -> Asking[ProgramImportPage]:
    """Return what an import would do; nothing is changed."""
    viewer.require(*DECIDERS)
    reader = yield from register_reader(viewer)
    if not text.strip():
        return ProgramImportPage()
    texts = viewer.texts
    if len(text) > MAX_CHARACTERS:
        return ProgramImportPage(too_large=texts("software.import.too_large", number=texts.number(MAX_CHARACTERS)))
    plan = yield from _plan(viewer.content, text, viewer.person, reader.municipality_id, at=viewer.at, day=reader.day)
    changes = plan.changes
    large = texts("software.import.too_many_here", number=MAX_CHANGED) if len(changes) > MAX_CHANGED else ""
    return ProgramImportPage(
        text=text,
        rows=tuple(
            (
                change.program.name,
                texts(f"software.import.{change.result}"),
                ", ".join(_list_names(viewer, change.lists)),
            )
            for change in changes[:MAX_CHANGED]
        ),
        unchanged=len(plan.programs) - len(changes),
        faults=tuple(fault_text(texts, fault) for fault in plan.faults),
        too_large=large,
    )


def _list_names(viewer: Viewer, keys: Iterable[ListKey]) -> list[str]:
    names = {(program_list.sector, program_list.use): program_list.name for program_list in lists_of(viewer)}
    return [names.get((key.sector, key.use), list_label(key)) for key in keys]


def export_view(viewer: Viewer) -> Asking[str]:
    """Return the register that the reader's municipality knows, as CSV."""
    viewer.require(*DECIDERS)
    reader = yield from register_reader(viewer)
    municipality_id = reader.municipality_id
    known = reader.register.of_municipality(municipality_id)
    ordered = sorted(known, key=lambda program: (program.name.casefold(), program.id))
    return table_of(ordered, owner_of(viewer.content, municipality_id))


def import_programs(event: Event, content: Content) -> Flow:
    """Import a table whole, or nothing of it."""
    editor = yield from editor_of_register(event, content)
    texts = editor.texts
    text = pasted_text(event)
    if len(text) > MAX_CHARACTERS:
        return do(Notice(text=texts("software.import.too_large", number=texts.number(MAX_CHARACTERS))))
    plan = yield from _plan(content, text, editor.person, editor.municipality_id, at=event.at, day=editor.today)
    if plan.faults:
        return do(Notice(text="\n".join(fault_text(texts, fault) for fault in plan.faults[:5])))
    changes = plan.changes
    if not changes or len(changes) > MAX_CHANGED:
        key = "software.import.nothing" if not changes else "software.import.too_many_here"
        return do(Notice(text=texts(key, number=MAX_CHANGED)))
    changed = yield from put_entries([change.changed_entry for change in changes], event.at)
    audits = (audit for change in changes for audit in import_audits(change, by=editor.person.id))
    timers = yield from timers_of_askers(content, [change.program for change in changes], editor.owner, event.at)
    return changed + do(*audits, *timers, Notice(text=texts.plural("software.import.done", len(changes))))


def import_audits(planned: PlannedProgram, *, by: str) -> Sequence[Audit]:
    """Return the audit entries of one imported program: one for each list that changes, or one for its fields."""
    id_, number = planned.program.id, ("entry", str(planned.entry.number + 1))
    if not planned.lists:
        act = "software.listed" if planned.result is ImportResult.NEW else "software.edited"
        return [Audit(act=act, subject=id_, by=by, details=(number,))]
    assessments = [(key, planned.program.on_list(key)) for key in planned.lists]
    return [
        Audit(
            act="software.assessed",
            subject=id_,
            by=by,
            details=(("list", list_label(key)), ("status", str(assessment.status if assessment else "")), number),
        )
        for key, assessment in assessments
    ]


VERBS: Final[Verbs] = {"software.import": import_programs}
