"""The file that maps an export's columns to the registry, and the place and meaning of its values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import translate
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from bot.settings.toml_file import (
    MappedRole,
    Place,
    PlacedFault,
    PupilSettings,
    SettingsTable,
    TenantId,
    Text,
    load_toml,
)
from dialogs.core.person import Person
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Sector, Unit

# Values of an export and their meaning: exact, by wildcard, or by regular expression.

REGEX: Final = "regex:"
_WILD: Final = re.compile(r"[*?]")
# A longer value is text, not a name of something; it bounds the time of a careless expression.
MAX_MATCHED: Final = 500


class ValueTable:
    """Looks up values regardless of capitals and blanks. An exact key goes before patterns, which go in their order.

    Raises ValueError: a regular expression is wrong.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._exact = {folded(key): target for key, target in table.items() if not key.startswith(REGEX)}
        self._patterns = [(_pattern(key), target) for key, target in table.items() if _is_pattern(key)]
        self._found: dict[str, str | None] = {}

    def target_of(self, value: str) -> str | None:
        """Return the target of a value, or None."""
        if value not in self._found:
            self._found[value] = self._uncached(folded(value))
        return self._found[value]

    def _uncached(self, word: str) -> str | None:
        if word in self._exact:
            return self._exact[word]
        if len(word) > MAX_MATCHED:
            return None
        return next((target for pattern, target in self._patterns if pattern.fullmatch(word)), None)


def folded(value: str) -> str:
    """Return a value without capitals and superfluous blanks."""
    return " ".join(value.casefold().split())


def _is_pattern(key: str) -> bool:
    return key.startswith(REGEX) or _WILD.search(key) is not None


def _pattern(key: str) -> re.Pattern[str]:
    if not key.startswith(REGEX):
        return re.compile(translate(folded(key)))
    try:
        return re.compile(key.removeprefix(REGEX).strip(), re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"{key}: {error}") from None


EVERYWHERE: Final = "directory"
MAPPING: Final = Path("directory.toml")
DEFAULT_FIELDS: Final = frozenset({"municipality", "unit", "site", "sector", "language"})


class JoinedColumns(SettingsTable):
    """Several columns that make one value. Empty cells are left out."""

    join: tuple[Text, ...] = Field(min_length=1)
    separator: str = " "


def _in_order(value: Any) -> Any:
    """Return one column, or several to try in order, as a tuple of joined columns."""
    columns = value if isinstance(value, list | tuple) else [value]
    return tuple({"join": [column]} if isinstance(column, str) else column for column in columns)


# The first of these that is not empty is the value.
Columns = Annotated[tuple[JoinedColumns, ...], BeforeValidator(_in_order)]


class FieldColumns(SettingsTable):
    """Column, or columns, of each field."""

    id: Columns = ()
    name: Columns = Field(min_length=1)
    municipality: Columns = ()
    unit: Columns = ()
    site: Columns = ()
    sector: Columns = ()
    role: Columns = ()
    language: Columns = ()
    object_id: Columns = ()
    tenant_id: Columns = ()
    email: Columns = ()

    def named(self) -> tuple[str, ...]:
        """Return every column that a field is made of."""
        fields = (getattr(self, name) for name in type(self).model_fields)
        return tuple(dict.fromkeys(column for field in fields for joined in field for column in joined.join))

    def first(self, field: str) -> str:
        """Return the first column of a field; empty without one."""
        columns: tuple[JoinedColumns, ...] = getattr(self, field, ())
        return columns[0].join[0] if columns else ""


class FileForm(SettingsTable):
    """The form of the file, where it cannot be recognised."""

    encoding: str = ""
    delimiter: str = Field(default="", max_length=1)
    sheet: str = ""
    header_row: int = Field(default=0, ge=0, le=1_000)
    empty: tuple[str, ...] = ()
    date_in_name: str = ""
    max_age_days: int = Field(default=31, ge=1, le=3_660)

    @field_validator("encoding")
    @classmethod
    def _is_encoding(cls, value: str) -> str:
        try:
            "".encode(value or "utf-8")
        except LookupError:
            raise ValueError(f"{value} is no encoding; give utf-8, utf-16, cp1252 or another") from None
        return value

    def dated(self, path: Path) -> datetime:
        """Return the date of a file: the one in its name, if so configured, else when it was last written.

        Raises ValueError: the name has not the configured form.
        """
        if not self.date_in_name:
            return datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return datetime.strptime(path.name, self.date_in_name).replace(tzinfo=UTC)


class FilePupils(PupilSettings):
    """Marks of a pupil in a file. ``columns``: further columns with such marks."""

    columns: tuple[Text, ...] = ()


class DirectoryMapping(SettingsTable):
    """How an export becomes people of the registry.

    Attributes:
        municipality: of everyone in the file; else a column, or the unit, has it.
        covers: municipalities that the file has everyone of; all without it.
        units: unit ids by value, also in a table of one municipality: ``[units.nes]``.
        moved: units that are gone, and the ids of those in their place.
        skip: values by column that leave a row out.
    """

    municipality: str = ""
    covers: tuple[Text, ...] = ()
    tenant_id: TenantId = ""
    columns: FieldColumns
    file: FileForm = Field(default_factory=FileForm)
    defaults: Mapping[str, Text] = Field(default_factory=dict)
    municipalities: Mapping[Text, Text] = Field(default_factory=dict)
    units: Mapping[Text, Text | Mapping[Text, Text]] = Field(default_factory=dict)
    sites: Mapping[Text, Text] = Field(default_factory=dict)
    sectors: Mapping[Text, Text] = Field(default_factory=dict)
    roles: Mapping[Text, MappedRole] = Field(default_factory=dict)
    languages: Mapping[Text, Text] = Field(default_factory=dict)
    moved: Mapping[Text, Text] = Field(default_factory=dict)
    skip: Mapping[Text, tuple[str, ...]] = Field(default_factory=dict)
    pupils: FilePupils = Field(default_factory=FilePupils)

    @field_validator("defaults")
    @classmethod
    def _have_fields(cls, value: Mapping[str, str]) -> Mapping[str, str]:
        if wrong := sorted(value.keys() - DEFAULT_FIELDS):
            raise ValueError(f"{wrong[0]} has no default; give one of {', '.join(sorted(DEFAULT_FIELDS))}")
        return value

    @model_validator(mode="after")
    def _fits(self) -> Self:
        columns = self.columns
        if not columns.id and not columns.object_id:
            raise ValueError("columns: give id, or object_id of Entra")
        if columns.object_id and not (self.tenant_id or columns.tenant_id):
            raise ValueError("object_id needs tenant_id, of all or as a column")
        if self.municipality and (columns.municipality or self.covers or "municipality" in self.defaults):
            raise ValueError("give municipality, or a column of it and covers, not both")
        if self.roles and not columns.role:
            raise ValueError("roles: there is no column role")
        for name in ("municipalities", "units", "sites", "sectors", "roles", "languages"):
            self._table(name)
        self.skipped  # noqa: B018 - raises ValueError for a wrong expression
        return self

    def _table(self, name: str) -> ValueTable:
        table: Mapping[str, Any] = getattr(self, name)
        return ValueTable({key: str(target) for key, target in table.items() if not isinstance(target, Mapping)})

    @cached_property
    def unit_tables(self) -> Mapping[str, ValueTable]:
        """Tables of units: under a municipality its own, under an empty text that of all."""
        own = {key: ValueTable(table) for key, table in self.units.items() if isinstance(table, Mapping)}
        return {"": self._table("units"), **own}

    @cached_property
    def tables(self) -> Mapping[str, ValueTable]:
        """The other tables, by field."""
        return {
            "municipality": self._table("municipalities"),
            "site": self._table("sites"),
            "sector": self._table("sectors"),
            "role": self._table("roles"),
            "language": self._table("languages"),
        }

    @cached_property
    def skipped(self) -> Mapping[str, ValueTable]:
        """Values by column that leave a row out."""
        return {column: ValueTable(dict.fromkeys(values, "skip")) for column, values in self.skip.items()}

    def covered(self, organisation: Organisation, chosen: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the municipalities that the file covers: those ``chosen``, those of the mapping, or all."""
        own = (self.municipality,) if self.municipality else self.covers
        within = own or tuple(organisation.municipalities)
        return tuple(sorted(set(within) & set(chosen))) if chosen else tuple(sorted(within))

    def moved_to(self, unit_id: str) -> str:
        """Return the id of the unit that has taken the place of another, or the same id."""
        for _ in self.moved:
            if unit_id not in self.moved:
                break
            unit_id = self.moved[unit_id]
        return unit_id


def mapping_in_use(configured: Path | None) -> Path | None:
    """Return the mapping that is used where none is named: the configured one, or one in the current folder."""
    return configured or (MAPPING if MAPPING.is_file() else None)


def load_mapping(path: Path, organisation: Organisation) -> DirectoryMapping:
    """Return the mapping. Raises BadSettings with every fault."""
    return load_toml(path, DirectoryMapping, rules=lambda mapping: _faults(mapping, organisation))


def _faults(mapping: DirectoryMapping, organisation: Organisation) -> Iterator[PlacedFault]:
    for place, fault in _unknown_places(mapping, organisation):
        yield place, "".join(f"{part}: " for part in place) + fault
    for old, new in mapping.moved.items():
        if organisation.find_unit(old) is not None:
            yield ("moved", old), f"moved: {old} is a unit of the organisation, or named under formerly there"
        if mapping.moved_to(old) in mapping.moved:
            yield ("moved", old), f"moved: {old} leads in a circle"
        elif organisation.find_unit(mapping.moved_to(new)) is None:
            yield ("moved", old), f"moved: {old}: there is no unit {new}"


def _unknown_places(mapping: DirectoryMapping, organisation: Organisation) -> Iterator[PlacedFault]:
    """Yield a fault for each municipality, unit, site and sector that the organisation does not have."""
    here = organisation.municipalities
    named: list[PlacedFault] = [
        (("municipality",), mapping.municipality),
        *((("covers",), municipality_id) for municipality_id in mapping.covers),
        *((("municipalities", value), municipality_id) for value, municipality_id in mapping.municipalities.items()),
        (("defaults", "municipality"), mapping.defaults.get("municipality", "")),
    ]
    yield from ((place, f"there is no municipality {id_}") for place, id_ in named if id_ and id_ not in here)
    for value, target in mapping.units.items():
        if isinstance(target, str):
            yield from _unit_fault(("units", value), target, mapping, organisation, home=mapping.municipality)
        elif value not in here:
            yield ("units", value), f"there is no municipality {value}"
        else:
            for inner, unit_id in target.items():
                yield from _unit_fault(("units", value, inner), unit_id, mapping, organisation, home=value)
    for value, site_id in mapping.sites.items():
        if site_id not in organisation.sites:
            yield ("sites", value), f"there is no site {site_id}"
    for value, sector in mapping.sectors.items():
        if sector not in set(Sector):
            yield ("sectors", value), f"{sector} is none of {', '.join(Sector)}"


def _unit_fault(
    place: Place, unit_id: str, mapping: DirectoryMapping, organisation: Organisation, *, home: str
) -> Iterator[PlacedFault]:
    unit = organisation.find_unit(mapping.moved_to(unit_id))
    if unit is None:
        yield place, f"there is no unit {unit_id}"
    elif home and unit.municipality_id != home:
        yield place, f"{unit_id} is no unit of {home}"


# Where a person of an export belongs: municipality and unit, by the tables of a mapping.

Unknown = Sequence[tuple[str, str]]


class Placement:
    """Finds municipality and unit of each person."""

    def __init__(self, mapping: DirectoryMapping, organisation: Organisation) -> None:
        self._mapping = mapping
        self._organisation = organisation
        self._tables, self._unit_tables = mapping.tables, mapping.unit_tables
        self._municipalities = {
            folded(word): municipality.id
            for municipality in organisation.municipalities.values()
            for word in (municipality.id, municipality.names.nb, municipality.names.nb.removesuffix(" kommune"))
        }
        self._named: dict[tuple[str, str], list[Unit]] = {}
        for unit in organisation.units():
            self._named.setdefault((unit.municipality_id, folded(unit.names.nb)), []).append(unit)
        self._found: dict[tuple[str, str], Unit | None] = {}

    def place(self, cells: Mapping[str, str], before: Person | None) -> tuple[str, str, Unknown]:
        """Return the municipality, the unit, and the values that lead nowhere.

        Both may be empty. Without a value for the unit, a person stays where the registry has them.

        Args:
            cells: values by field.
            before: the person as the registry has them.
        """
        unknown: list[tuple[str, str]] = []
        municipality_id = self._municipality(cells["municipality"], unknown)
        unit = self.unit(cells["unit"], municipality_id) if cells["unit"] else None
        if not municipality_id and not cells["municipality"]:
            municipality_id = self._from_unit(unit, before)
        if not municipality_id:
            if not cells["municipality"]:
                unknown.append(("municipality", ""))
            return "", "", unknown
        if unit is None:
            unit = self._by_building(cells, municipality_id, unknown)
        if unit is None and cells["unit"]:
            unknown.append(("unit", cells["unit"]))
        elif unit is None and before is not None and before.municipality_id == municipality_id and before.unit_id:
            unit = self._organisation.find_unit(self._mapping.moved_to(before.unit_id))
            if unit is None:
                unknown.append(("unit", before.unit_id))
        return municipality_id, unit.id if unit is not None else "", unknown

    def unit(self, value: str, municipality_id: str) -> Unit | None:
        """Return the unit of a value: by the tables, by an id that it has or had, or by its Bokmål name."""
        key = (municipality_id, value)
        if key not in self._found:
            self._found[key] = self._unit_named(value, municipality_id)
        return self._found[key]

    def _unit_named(self, value: str, municipality_id: str) -> Unit | None:
        tables = self._unit_tables
        own = tables[municipality_id].target_of(value) if municipality_id in tables else None
        unit = self._organisation.find_unit(self._mapping.moved_to(own or tables[""].target_of(value) or value))
        if unit is not None:
            return unit if municipality_id in ("", unit.municipality_id) else None
        named = self._named.get((municipality_id, folded(value)), [])
        return named[0] if len(named) == 1 else None

    def _municipality(self, value: str, unknown: list[tuple[str, str]]) -> str:
        if self._mapping.municipality or not value:
            return self._mapping.municipality
        municipality_id = self._tables["municipality"].target_of(value) or self._municipalities.get(folded(value), "")
        if not municipality_id:
            unknown.append(("municipality", value))
        return municipality_id

    def _from_unit(self, unit: Unit | None, before: Person | None) -> str:
        if unit is not None:
            return unit.municipality_id
        return (before.municipality_id or "") if before is not None else ""

    def _by_building(
        self, cells: Mapping[str, str], municipality_id: str, unknown: list[tuple[str, str]]
    ) -> Unit | None:
        """Return the one unit of a building and a sector that is above all others there."""
        wanted: dict[str, str] = {}
        for name in ("site", "sector"):
            if cells[name]:
                ids = self._organisation.sites if name == "site" else frozenset(Sector)
                target = self._tables[name].target_of(cells[name]) or (cells[name] if cells[name] in ids else None)
                if target is None:
                    unknown.append((name, cells[name]))
                else:
                    wanted[name] = target
        if not wanted:
            return None
        fitting = [
            unit
            for unit in self._organisation.units(municipality_id)[1:]
            if wanted.get("site") in (None, unit.site_id) and wanted.get("sector") in (None, unit.sector)
        ]
        inside = {unit.id for unit in fitting}
        tops = [unit for unit in fitting if unit.parent_id not in inside]
        return tops[0] if len(tops) == 1 else None
