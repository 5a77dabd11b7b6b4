"""Exports of other systems, mappings for them, and a store to import them into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from bot.app.clock import SystemRandomSource
from bot.directory.apply_import import apply_import
from bot.directory.current import every, read_known
from bot.directory.mapped_rows import MappedPeople, MappedPlan, plan_mapped
from bot.directory.mapping import DirectoryMapping, load_mapping
from bot.directory.plan import RegistryPlan
from bot.ports import Store
from bot.stores.memory.store import MemoryStore
from dialogs.core.content import Content
from dialogs.core.person import Person
from knowledge.article.article import ArticleBook
from knowledge.matching.policy import Policy
from knowledge.organisation.organisation import Organisation
from tests.unit.cli.registry_scene import FORMER, NOON, TENANT
from tests.unit.driver import CATALOGUE

ORGANISATION, _ = Organisation.parse(
    "municipalities:\n"
    "  - id: nes\n    names: {nb: Nes kommune}\n"
    "    sites: [{id: nes-raadhus, names: {nb: Rådhuset}}, {id: nes-vormsund, names: {nb: Vormsund}}]\n"
    "    units:\n"
    "      - {id: nes-skole, names: {nb: Skole}, sector: school}\n"
    "      - {id: nes-vormsund-skole, names: {nb: Vormsund skole}, parent: nes-skole, site: nes-vormsund}\n"
    "      - {id: nes-helse, names: {nb: Helse}, sector: health, formerly: [nes-omsorg]}\n"
    "      - {id: nes-it, names: {nb: IT}, site: nes-raadhus, sector: administration}\n"
    "  - id: eidsvoll\n    names: {nb: Eidsvoll kommune}\n"
    "    units:\n      - {id: eidsvoll-skole, names: {nb: Skole}}\n"
)
CONTENT: Final = Content(articles=ArticleBook(), organisation=ORGANISATION, texts=CATALOGUE, policy=Policy())
# As the lines of docs/directory.md export them.
ENTRA: Final = f"""
municipality = "nes"
tenant_id = "{TENANT}"

[columns]
object_id = "Id"
name = "DisplayName"
unit = "Department"
role = "JobTitle"
email = ["Mail", "UserPrincipalName"]
language = "PreferredLanguage"

[units]
"Oppvekst og utdanning" = "nes-skole"
"Helse*" = "nes-helse"
'regex: (ikt|it)[ -]avd.*' = "nes-it"

[roles]
"Kommunikasjons*" = "announcer"

[skip]
AccountEnabled = ["False"]
UserType = ["Guest"]
"""
HEADER: Final = (
    "Id,DisplayName,UserPrincipalName,Mail,Department,JobTitle,PreferredLanguage,AccountEnabled,UserType,MobilePhone"
)


def object_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def entra(number: int, department: str = "Oppvekst og utdanning", **cells: str) -> str:
    """Return a row of an export from Entra ID."""
    given = {
        "Id": object_id(number),
        "DisplayName": f"Ansatt {number}",
        "UserPrincipalName": f"ansatt{number}@nes.example",
        "Department": department,
        "AccountEnabled": "True",
        "UserType": "Member",
        "MobilePhone": "+47 900 00 000",
        **cells,
    }
    return ",".join(f'"{given.get(name, "")}"' for name in HEADER.split(","))


@dataclass
class Import:
    """Imports exports into a store of its own."""

    folder: Path
    store: Store = field(default_factory=MemoryStore)
    organisation: Organisation = ORGANISATION

    def mapping(self, text: str = ENTRA) -> DirectoryMapping:
        file = self.folder / "directory.toml"
        file.write_text(text, "utf-8")
        return load_mapping(file, self.organisation)

    def export(self, *rows: str, header: str = HEADER) -> Path:
        file = self.folder / "export.csv"
        file.write_text("\r\n".join((header, *rows)) + "\r\n", "utf-8")
        return file

    async def planned(self, file: Path, mapping: str = ENTRA, ambassadors: Path | None = None) -> MappedPlan:
        """Return what an import would do, or its faults."""
        return plan_mapped(
            file,
            ambassadors,
            mapping=self.mapping(mapping),
            known=await read_known(self.store, self.organisation),
            organisation=self.organisation,
            topics=(),
        )

    async def faults(self, file: Path, mapping: str = ENTRA) -> list[tuple[int, str, str, str]]:
        """Return the faults of a file that must be refused: line, column, kind and value."""
        planned = (await self.planned(file, mapping)).planned
        assert isinstance(planned, tuple), "nothing was refused"
        return [(each.fault.line, each.fault.column, each.fault.kind.value, each.fault.value) for each in planned]

    async def load(
        self, file: Path, mapping: str = ENTRA, ambassadors: Path | None = None
    ) -> tuple[MappedPeople, RegistryPlan]:
        """Import a file; faults fail the test."""
        found = await self.planned(file, mapping, ambassadors)
        assert isinstance(found.planned, RegistryPlan), found.planned
        content = Content(
            articles=CONTENT.articles, organisation=self.organisation, texts=CONTENT.texts, policy=CONTENT.policy
        )
        await apply_import(self.store, found.planned, at=NOON, rng=SystemRandomSource(), former=FORMER, content=content)
        return found.people, found.planned

    async def people(self) -> Mapping[str, Person]:
        """Return the people of the registry, by name."""
        found = {person.name: person async for person in every(self.store, Person, "registered")}
        return dict(sorted(found.items()))


@pytest.fixture
def site(tmp_path: Path) -> Import:
    return Import(tmp_path)
