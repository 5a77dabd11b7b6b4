"""Where a person of an export belongs: municipality and unit, by the tables of a mapping."""

from collections.abc import Mapping, Sequence

from bot.directory.mapping import DirectoryMapping
from bot.directory.value_table import folded
from dialogs.core.person import Person
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.unit import Sector, Unit

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
