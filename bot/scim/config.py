"""Directories that may send accounts, read from the file that ``HEIA_SCIM_FILE`` names."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

from bot.settings.model import BadSettings
from dialogs.core.person import Role
from knowledge.organisation.importers.pupils import PupilRule
from knowledge.organisation.organisation import Organisation

MOST_FILE_BYTES: Final = 1_048_576
# The other roles come from the registry: an ambassador also needs a profile, and the operator a login on the server.
MAPPED_ROLES: Final = frozenset(Role) - {Role.EMPLOYEE, Role.AMBASSADOR, Role.OPERATOR}

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PupilSettings(BaseModel):
    """What marks a pupil in this directory, besides what always does."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    values: tuple[Text, ...] = Field(default=(), description="Values of user type, job title or department.")
    domains: tuple[Text, ...] = Field(default=(), description="Domains of pupils' addresses.")
    groups: tuple[Text, ...] = Field(default=(), description="Names or ids of groups of pupils.")
    source: bool = Field(default=False, description="The whole directory holds pupils: every account is refused.")


class ScimSource(BaseModel):
    """One municipality's directory."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    municipality: Text = Field(description="Id of the municipality.")
    tenant_id: str = Field(default="", description="Entra tenant; externalId is then the object id.")
    units: Mapping[Text, Text] = Field(default_factory=dict, description="Unit ids by department.")
    roles: Mapping[Text, Role] = Field(default_factory=dict, description="Roles by name or id of a group.")
    pupils: PupilSettings = Field(default_factory=PupilSettings, description="What marks a pupil.")

    @field_validator("tenant_id")
    @classmethod
    def _is_tenant(cls, value: str) -> str:
        try:
            return str(UUID(value)) if value else ""
        except ValueError:
            raise ValueError("give the tenant's GUID") from None

    @field_validator("roles")
    @classmethod
    def _are_mapped(cls, roles: Mapping[str, Role]) -> Mapping[str, Role]:
        if wrong := sorted({*roles.values()} - MAPPED_ROLES):
            raise ValueError(f"{wrong[0]} comes from the registry; give one of {', '.join(sorted(MAPPED_ROLES))}")
        return roles

    @property
    def pupil_rule(self) -> PupilRule:
        """The rule that keeps this directory's pupils out."""
        given = self.pupils
        return PupilRule(
            values=frozenset(given.values), domains=frozenset(given.domains), groups=frozenset(given.groups)
        )


class ScimConfig(BaseModel):
    """All directories, by municipality."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: tuple[ScimSource, ...] = Field(default=(), max_length=500)

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        ids = [each.municipality for each in self.source]
        if twice := sorted({each for each in ids if ids.count(each) > 1}):
            raise ValueError(f"{twice[0]} has two [[source]] tables")
        return self

    def of(self, municipality_id: str) -> ScimSource | None:
        """Return the directory of a municipality."""
        return next((each for each in self.source if each.municipality == municipality_id), None)


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
    if unknown := _unknown(config, organisation):
        raise BadSettings(tuple(unknown))
    return config


def _unknown(config: ScimConfig, organisation: Organisation) -> list[str]:
    faults = []
    for source in config.source:
        if source.municipality not in organisation.municipalities:
            faults.append(f"HEIA_SCIM_FILE: there is no municipality {source.municipality}")
            continue
        for department, unit_id in source.units.items():
            unit = organisation.find_unit(unit_id)
            if unit is None or unit.municipality_id != source.municipality:
                faults.append(f"HEIA_SCIM_FILE: {department}: {unit_id} is no unit of {source.municipality}")
    return faults
