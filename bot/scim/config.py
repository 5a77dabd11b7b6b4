"""Directories that may send accounts, read from the file that ``HEIA_SCIM_FILE`` names."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator

from bot.settings.model import BadSettings
from bot.settings.pupils import PupilSettings, Text
from dialogs.core.person import Role
from knowledge.organisation.importers.pupils import PupilRule
from knowledge.organisation.organisation import Organisation

MOST_FILE_BYTES: Final = 1_048_576
# The other roles come from the registry: an ambassador also needs a profile, and the operator a login on the server.
MAPPED_ROLES: Final = frozenset(Role) - {Role.EMPLOYEE, Role.AMBASSADOR, Role.OPERATOR}


_GUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class ScimSource(BaseModel):
    """One municipality's directory."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    municipality: Text = Field(description="Id of the municipality.")
    tenant_id: str = Field(default="", description="Entra tenant; externalId is then the object id.")
    domains: frozenset[Text] = Field(default=frozenset(), description="Domains of user names, with those below them.")
    units: Mapping[Text, Text] = Field(default_factory=dict, description="Unit ids by department.")
    roles: Mapping[Text, Role] = Field(default_factory=dict, description="Roles by name or id of a group.")
    pupils: PupilSettings = Field(default_factory=PupilSettings, description="What marks a pupil.")
    _of_others: frozenset[str] = PrivateAttr(default=frozenset())

    @field_validator("tenant_id")
    @classmethod
    def _is_tenant(cls, value: str) -> str:
        try:
            return str(UUID(value)) if value else ""
        except ValueError:
            raise ValueError("give the tenant's GUID") from None

    @field_validator("domains")
    @classmethod
    def _in_small_letters(cls, domains: frozenset[str]) -> frozenset[str]:
        return frozenset(domain.strip().removeprefix("@").casefold() for domain in domains)

    @field_validator("roles")
    @classmethod
    def _are_mapped(cls, roles: Mapping[str, Role]) -> Mapping[str, Role]:
        if wrong := sorted({*roles.values()} - MAPPED_ROLES):
            raise ValueError(f"{wrong[0]} comes from the registry; give one of {', '.join(sorted(MAPPED_ROLES))}")
        return roles

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


class ScimConfig(BaseModel):
    """All directories, by municipality."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: tuple[ScimSource, ...] = Field(default=(), max_length=500)

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        ids = [source.municipality for source in self.source]
        if twice := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
            raise ValueError(f"{twice[0]} has two [[source]] tables")
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
    try:
        data = path.read_bytes()
        if len(data) > MOST_FILE_BYTES:
            raise BadSettings((f"HEIA_SCIM_FILE: larger than {MOST_FILE_BYTES:,} bytes",))
        read: dict[str, Any] = tomllib.loads(data.decode())
    except OSError as error:
        raise BadSettings((f"HEIA_SCIM_FILE: {path}: {error.strerror}",)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings((f"HEIA_SCIM_FILE: {error}",)) from None
    try:
        config = ScimConfig.model_validate(read)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_context=False, include_url=False)
        raise BadSettings(
            tuple(
                f"HEIA_SCIM_FILE: {'.'.join(map(str, fault['loc']))}: {fault['msg'].removeprefix('Value error, ')}"
                for fault in faults
            )
        ) from None
    if unknown := unknown_places("HEIA_SCIM_FILE", config.source, organisation):
        raise BadSettings(tuple(unknown))
    return config


def unknown_places(setting: str, sources: Iterable[ScimSource], organisation: Organisation) -> list[str]:
    """Return a fault for each municipality and unit of the sources that the organisation does not have."""
    faults = []
    for source in sources:
        if source.municipality not in organisation.municipalities:
            faults.append(f"{setting}: there is no municipality {source.municipality}")
            continue
        for department, unit_id in source.units.items():
            unit = organisation.find_unit(unit_id)
            if unit is None or unit.municipality_id != source.municipality:
                faults.append(f"{setting}: {department}: {unit_id} is no unit of {source.municipality}")
    return faults
