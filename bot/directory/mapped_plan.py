"""Plan the import of an export: its people by a mapping, then the plan of every source."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.directory.current import Known
from bot.directory.file_rows import rows_of_file
from bot.directory.mapped_rows import MappedPeople, map_people
from bot.directory.mapping import DirectoryMapping
from bot.directory.plan import FileFault, PeopleSource, RegistryPlan, plan_source
from knowledge.organisation.importers.ambassadors import AMBASSADOR, AMBASSADOR_COLUMNS
from knowledge.organisation.importers.rows import ImportRow
from knowledge.organisation.organisation import Organisation

# Columns of the registry, and the fields of a mapping that they come from, where they differ.
_FIELDS: Final = {"person_id": "id", "roles": "role"}


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedPlan:
    """The people of an export, and the changes they would make or every fault in the file."""

    people: MappedPeople
    planned: RegistryPlan | tuple[FileFault, ...]


def plan_mapped(
    file: Path,
    ambassadors_file: Path | None,
    *,
    mapping: DirectoryMapping,
    known: Known,
    organisation: Organisation,
    topics: Collection[str],
    covered: Collection[str] = (),
) -> MappedPlan:
    """Return what importing an export would do. Nothing is changed.

    Args:
        covered: municipalities that the import is for; by default those of the mapping.
    """
    covered = covered or mapping.covered(organisation)
    mapped = map_people(file, mapping, organisation, known.people, covered)
    planned = plan_source(
        PeopleSource(
            name=file.name,
            rows=mapped.rows if ambassadors_file is None else _with_listed(mapped.rows, ambassadors_file),
            faults=mapped.faults,
            unplaced={row.cells["person_id"] for row in mapped.rows},
            kept=mapped.kept,
        ),
        ambassadors_file,
        known=known,
        organisation=organisation,
        topics=topics,
        municipality_ids=covered,
    )
    if isinstance(planned, tuple):
        planned = _once_each(planned, file, mapping)
    return MappedPlan(people=mapped, planned=planned)


def _with_listed(rows: Sequence[ImportRow], file: Path) -> tuple[ImportRow, ...]:
    """Give the role to the people in a file of ambassadors: an export gives it to nobody."""
    listed, _ = rows_of_file(file, AMBASSADOR_COLUMNS)  # its faults are reported by the plan
    ids = {row.cells["person_id"] for row in listed}
    return tuple(
        replace(row, cells={**row.cells, "roles": f"{row.cells['roles']};{AMBASSADOR}"})
        if row.cells["person_id"] in ids
        else row
        for row in rows
    )


def _once_each(faults: Sequence[FileFault], file: Path, mapping: DirectoryMapping) -> tuple[FileFault, ...]:
    """Return the faults under the headings of the export, one for each cell: others follow from the first."""
    by_cell: dict[tuple[str, int, str], FileFault] = {}
    for file_fault in faults:
        heading = (
            _heading(file_fault.fault.column, mapping) if file_fault.file == file.name else file_fault.fault.column
        )
        key = (file_fault.file, file_fault.fault.line, heading)
        by_cell.setdefault(key, replace(file_fault, fault=replace(file_fault.fault, column=heading)))
    return tuple(by_cell.values())


def _heading(column: str, mapping: DirectoryMapping) -> str:
    """Return the heading of the export for a column of the registry."""
    heading = mapping.columns.first(_FIELDS.get(column, column))
    if not heading and column == "person_id":
        return mapping.columns.first("object_id")  # which the id is made of
    return heading or column
