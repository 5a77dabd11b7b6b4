"""An export under the registry's own columns, by a mapping, and the plan of its import."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bot.directory.current import Known, identity
from bot.directory.export_file import ENCODING_ADVICE, ExportRow, has_lost_letters, read_export
from bot.directory.file_rows import rows_of_file
from bot.directory.mapping import DirectoryMapping, Placement, Unknown
from bot.directory.plan import FileFault, PeopleSource, RegistryPlan, plan_source
from dialogs.core.person import Person, account_person_id
from knowledge.language.masking import mask
from knowledge.organisation.importers.ambassadors import AMBASSADOR, AMBASSADOR_COLUMNS
from knowledge.organisation.importers.fault import FaultKind, ImportFault, fault
from knowledge.organisation.importers.pupils import ADDRESS_ATTRIBUTES, MARKING_ATTRIBUTES
from knowledge.organisation.importers.rows import ImportRow, folded_heading, listed
from knowledge.organisation.organisation import Organisation

GROUP_COLUMNS: Final = frozenset({"memberof", "groups"})
# Columns with a place in Active Directory: CN=…,OU=Elever,OU=Skole,DC=… and nes.example/Skole/Elever/…
PLACE_COLUMNS: Final = frozenset({"distinguishedname", "canonicalname"})
# More different departments than any six municipalities have: then the column holds something else, such as names.
MOST_UNKNOWN: Final = 1_000
_LONGEST_VALUE: Final = 200
_LANGUAGES: Final = {"nb": "nb", "no": "nb", "nn": "nn", "en": "en"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPupil:
    """A row of a pupil. ``reason``: what marked it, as ``PupilRule.reason`` says."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownValue:
    """A value of the export that leads nowhere. ``field``: ``unit``, ``municipality``, ``site`` or ``sector``."""

    field: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedPeople:
    """People of an export.

    Attributes:
        rows: under ``PEOPLE_COLUMNS``, with an empty unit for unplaced people.
        kept: ids of people of an unknown municipality: they stay as they are.
        unknown: how many people have each unknown value.
        skipped: rows that the mapping leaves out.
    """

    rows: tuple[ImportRow, ...] = ()
    faults: tuple[ImportFault, ...] = ()
    pupils: tuple[RefusedPupil, ...] = ()
    kept: frozenset[str] = frozenset()
    unknown: Mapping[UnknownValue, int] = field(default_factory=dict)
    skipped: int = 0

    @property
    def unplaced(self) -> int:
        """Number of people without a unit."""
        return sum(not row.cells["unit"] for row in self.rows)


def map_people(
    path: Path,
    mapping: DirectoryMapping,
    organisation: Organisation,
    people: Mapping[str, Person],
    covered: Collection[str] = (),
) -> MappedPeople:
    """Return the people of an export.

    Args:
        covered: municipalities that the import is for; people of others are left out. Empty: all.
        people: of the registry now. A row with the Entra identity of one of them is that person, whatever its id.
    """
    marking = {folded_heading(heading) for heading in (*mapping.pupils.columns, *mapping.skip)}
    wanted = (
        MARKING_ATTRIBUTES
        | GROUP_COLUMNS
        | PLACE_COLUMNS
        | marking
        | {folded_heading(heading) for heading in ADDRESS_ATTRIBUTES}
    )
    needed = (*mapping.columns.named(), *mapping.pupils.columns, *mapping.skip)
    export = read_export(path, mapping.file, needed=tuple(dict.fromkeys(needed)), wanted=wanted)
    mapper = _Mapper(mapping, organisation, people, frozenset(covered) or frozenset(organisation.municipalities))
    for row in export.rows:
        mapper.map_row(row)
    faults = [*export.faults, *mapper.faults]
    if len(mapper.unknown) > MOST_UNKNOWN:
        columns = ", ".join(
            sorted({mapping.columns.first(unknown.field) or unknown.field for unknown in mapper.unknown})
        )
        reason = f"more than {MOST_UNKNOWN:,} different unknown values in {columns}: is it the right column?"
        faults.append(fault(1, FaultKind.UNREADABLE, "", reason))
    return MappedPeople(
        rows=tuple(mapper.rows),
        faults=tuple(faults),
        pupils=tuple(mapper.pupils),
        kept=frozenset(mapper.kept),
        unknown=dict(mapper.unknown.most_common(MOST_UNKNOWN)),
        skipped=mapper.skipped,
    )


class _Mapper:
    def __init__(
        self,
        mapping: DirectoryMapping,
        organisation: Organisation,
        people: Mapping[str, Person],
        covered: frozenset[str],
    ) -> None:
        self._covered = covered
        self._mapping = mapping
        self._people = people
        self._placement = Placement(mapping, organisation)
        self._rule = mapping.pupils.rule
        self._marking = MARKING_ATTRIBUTES | {folded_heading(heading) for heading in mapping.pupils.columns}
        self._addresses = {folded_heading(heading) for heading in ADDRESS_ATTRIBUTES}
        self._languages, self._role_of = mapping.tables["language"], mapping.tables["role"]
        self._defaults = dict.fromkeys(type(mapping.columns).model_fields, "") | dict(mapping.defaults)
        self._places: tuple[tuple[str, ...], ...] = ()
        self._given = {*mapping.roles.values()}
        self._skipped = {folded_heading(column): table for column, table in mapping.skipped.items()}
        self._fields: dict[str, list[tuple[tuple[str, ...], str]]] = {
            name: [
                (tuple(map(folded_heading, column.join)), column.separator) for column in getattr(mapping.columns, name)
            ]
            for name in type(mapping.columns).model_fields
            if getattr(mapping.columns, name)
        }
        self._by_identity = {
            identity(person.tenant_id, person.object_id): person.id
            for person in people.values()
            if person.tenant_id and person.object_id
        }
        self._reasons: dict[tuple[str, str], str] = {}
        self.rows: list[ImportRow] = []
        self.faults: list[ImportFault] = []
        self.pupils: list[RefusedPupil] = []
        self.kept: set[str] = set()
        self.unknown: Counter[UnknownValue] = Counter()
        self.skipped = 0

    def map_row(self, row: ExportRow) -> None:
        """Add one row of the export, unless it is left out."""
        if any(table.target_of(row.cells.get(word, "")) for word, table in self._skipped.items()):
            self.skipped += 1
            return
        cells = {**self._defaults}
        for name, columns in self._fields.items():
            if text := _value(row, columns):
                cells[name] = text
        if reason := self._pupil(row, cells):
            self.pupils.append(RefusedPupil(line=row.line, reason=reason))
            return
        self._check_letters(row, cells)
        cells = {**cells, **self._identity(cells)}
        before = self._people.get(cells["id"])
        municipality_id, unit_id, unknown = self._placement.place(cells, before)
        if not municipality_id:
            self._count(unknown)
            # A person that the registry has stays as they are; another one has no place to come to.
            self.kept |= {cells["id"]} & self._people.keys()
            return
        if municipality_id not in self._covered:
            self.skipped += 1
            return
        self._count(unknown)
        roles = self._roles(cells["role"], before if before and before.municipality_id == municipality_id else None)
        language = _LANGUAGES.get((self._languages.target_of(cells["language"]) or cells["language"])[:2].lower())
        self.rows.append(
            ImportRow(
                line=row.line,
                cells={
                    "person_id": cells["id"],
                    "name": cells["name"],
                    "municipality": municipality_id,
                    "unit": unit_id,
                    "roles": ";".join(sorted(roles)),
                    "language": language or "",
                    "object_id": cells["object_id"],
                    "tenant_id": cells["tenant_id"],
                    "email": cells["email"],
                },
            )
        )

    def _count(self, unknown: Unknown) -> None:
        for name, value in unknown:
            self.unknown[UnknownValue(field=name, value=str(mask(value))[:_LONGEST_VALUE])] += 1

    def _pupil(self, row: ExportRow, cells: Mapping[str, str]) -> str:
        """Return what marks a pupil, by the rule of every source."""
        if self._rule.source:
            return "source"
        if not self._places:  # every row has the same columns
            kinds = (self._marking, self._addresses, GROUP_COLUMNS, PLACE_COLUMNS)
            self._places = tuple(tuple(word for word in row.cells if word in kind) for kind in kinds)
        values, addresses, groups, places = ([row.cells[word] for word in words] for words in self._places)
        values += [cells["role"], cells["unit"]]
        places = [place.replace("/", ";") for place in places]
        return (
            self._reason("values", (*values, *places))
            or self._reason("addresses", (cells["email"], cells["id"], *addresses))
            or self._reason("groups", (cells["role"], *groups, *places))
        )

    def _reason(self, kind: str, texts: Sequence[str]) -> str:
        """Return what the rule says of these texts. Departments and titles are the same on many rows."""
        for text in texts:
            key = (kind, text)
            if key not in self._reasons:
                self._reasons[key] = self._rule.reason(**{kind: _each([text])})
            if reason := self._reasons[key]:
                return reason
        return ""

    def _check_letters(self, row: ExportRow, cells: Mapping[str, str]) -> None:
        for name in ("name", "unit", "municipality"):
            if has_lost_letters(cells[name]):
                column = self._mapping.columns.first(name)
                self.faults.append(
                    fault(row.line, FaultKind.UNREADABLE, column, f"letters are lost: {ENCODING_ADVICE}")
                )

    def _identity(self, cells: Mapping[str, str]) -> dict[str, str]:
        """Return id, object id and tenant: those of the person that the registry knows by this Entra identity."""
        object_id = cells["object_id"].strip("{}").lower()
        tenant_id = (cells["tenant_id"] or self._mapping.tenant_id).strip("{}").lower() if object_id else ""
        person_id = cells["id"]
        if object_id and tenant_id:
            known = self._by_identity.get(identity(tenant_id, object_id))
            person_id = known or person_id or account_person_id(tenant_id, object_id)
        return {"id": person_id, "object_id": object_id, "tenant_id": tenant_id}

    def _roles(self, text: str, before: Person | None) -> set[str]:
        """Return the roles: those that the export gives, and those it says nothing about."""
        given = {role for part in (text, *listed(text)) if (role := self._role_of.target_of(part)) is not None}
        kept = {str(role) for role in before.roles - self._given} if before is not None else set()
        return given | kept | {"employee"}


def _value(row: ExportRow, columns: Sequence[tuple[tuple[str, ...], str]]) -> str:
    """Return the first value of a field's columns that is not empty."""
    for words, separator in columns:
        if len(words) == 1:
            text = row.cells[words[0]]
        else:
            text = separator.join(filter(None, (row.cells[word] for word in words))).strip()
        if text:
            return text
    return ""


def _each(texts: Sequence[str]) -> Iterator[str]:
    """Yield every text, each item of those that are lists, and the value of each part of a distinguished name."""
    for text in texts:
        if not text:
            continue
        yield text
        for part in _parts(text):
            yield part
            if "=" in part:
                yield part.partition("=")[2]


def _parts(text: str) -> Iterable[str]:
    parts = [*listed(text)]
    return parts if len(parts) > 1 or "=" in text else ()


# Plan the import of an export: its people by a mapping, then the plan of every source.

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
