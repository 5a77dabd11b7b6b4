"""Directories that may send accounts, read from the file that ``HEIA_SCIM_FILE`` names."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from pydantic import Field, PrivateAttr, field_validator, model_validator

from bot.settings.toml_file import MappedRole, PlacedFault, PupilSettings, SettingsTable, TenantId, Text, load_toml
from dialogs.core.person import Role
from knowledge.organisation.importers.pupils import PupilRule
from knowledge.organisation.organisation import Organisation

_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class ScimSource(SettingsTable):
    """One municipality's directory."""

    municipality: Text = Field(description="Id of the municipality.")
    tenant_id: TenantId = Field(default="", description="Entra tenant; externalId is then the object id.")
    domains: frozenset[Text] = Field(default=frozenset(), description="Domains of user names, with those below them.")
    units: Mapping[Text, Text] = Field(default_factory=dict, description="Unit ids by department.")
    roles: Mapping[Text, MappedRole] = Field(default_factory=dict, description="Roles by name or id of a group.")
    pupils: PupilSettings = Field(default_factory=PupilSettings, description="What marks a pupil.")
    _of_others: frozenset[str] = PrivateAttr(default=frozenset())

    @field_validator("domains")
    @classmethod
    def _in_small_letters(cls, domains: frozenset[str]) -> frozenset[str]:
        return frozenset(domain.strip().removeprefix("@").casefold() for domain in domains)

    def is_foreign(self, user_name: str) -> bool:
        """Return whether a user name has a domain that is not this directory's, or that another directory has."""
        _, at, domain = user_name.strip().casefold().rpartition("@")
        if not at or _is_under(domain, self.domains):
            return False
        return bool(self.domains) or _is_under(domain, self._of_others)

    def roles_of(self, name: str, external_id: str) -> frozenset[Role]:
        """Return the roles that a group gives by its name and its id in the directory.

        A GUID is an id only: otherwise anyone allowed to name one group could give it the id of another as a name.
        """
        known = (external_id, *(() if _GUID.fullmatch(name.strip()) else (name,)))
        return frozenset(self.roles[group] for group in known if group in self.roles)

    @property
    def pupil_rule(self) -> PupilRule:
        """The rule that keeps this directory's pupils out."""
        return self.pupils.rule


def _is_under(domain: str, domains: Iterable[str]) -> bool:
    return any(domain == known or domain.endswith(f".{known}") for known in domains)


class ScimConfig(SettingsTable):
    """All directories, by municipality."""

    source: tuple[ScimSource, ...] = Field(default=(), max_length=500)

    @model_validator(mode="after")
    def _knows_others(self) -> Self:
        for source in self.source:
            source._of_others = frozenset[str]().union(
                *(neighbour.domains for neighbour in self.source if neighbour is not source)
            )
        return self

    def of(self, municipality_id: str) -> ScimSource | None:
        """Return the directory of a municipality."""
        return next((source for source in self.source if source.municipality == municipality_id), None)


def load_config(path: Path, organisation: Organisation) -> ScimConfig:
    """Return the directories. Raises BadSettings with every fault."""
    return load_toml(
        path,
        ScimConfig,
        setting="HEIA_SCIM_FILE",
        rules=lambda config: source_faults(config.source, organisation),
    )


def source_faults(sources: Sequence[ScimSource], organisation: Organisation) -> Iterator[PlacedFault]:
    """Yield a fault for a second source, and for municipalities and units that the organisation does not have."""
    seen = set()
    for number, source in enumerate(sources):
        if source.municipality in seen:
            yield ("source", number), f"{source.municipality} has two [[source]] tables"
        seen.add(source.municipality)
        if source.municipality not in organisation.municipalities:
            yield ("source", number, "municipality"), f"there is no municipality {source.municipality}"
            continue
        for department, unit_id in source.units.items():
            unit = organisation.find_unit(unit_id)
            if unit is None or unit.municipality_id != source.municipality:
                yield (
                    ("source", number, "units", department),
                    f"{department}: {unit_id} is no unit of {source.municipality}",
                )


# Schema names, apart from the SCIM resources, which import slowly.

CORE_USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
CORE_GROUP: Final = "urn:ietf:params:scim:schemas:core:2.0:Group"
ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
