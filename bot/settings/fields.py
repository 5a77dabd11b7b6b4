"""Fields that are the same in every file of a source of people."""

import re
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from bot.settings.toml_file import SettingsTable
from dialogs.core.person import Role
from knowledge.organisation.importers.pupils import PupilRule

# What a group, a claim or a column of an export may give. Every employee is one, and the operator needs a login on the
# server. An ambassador becomes one by the list of an import, an application or an administrator.
MAPPED_ROLES: Final = frozenset(Role) - {Role.EMPLOYEE, Role.AMBASSADOR, Role.OPERATOR}
_DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}")


def _is_mapped(role: Role) -> Role:
    if role not in MAPPED_ROLES:
        raise ValueError(f"{role} comes from the registry; give one of {', '.join(sorted(MAPPED_ROLES))}")
    return role


def _is_tenant(value: str) -> str:
    try:
        return str(UUID(value)) if value else ""
    except ValueError:
        raise ValueError("give the tenant's GUID") from None


def _are_domains(values: tuple[str, ...]) -> tuple[str, ...]:
    values = tuple(value.strip().lower() for value in values)
    if not all(_DOMAIN.fullmatch(value) for value in values):
        raise ValueError("give domains, such as nes.kommune.example")
    return values


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
MappedRole = Annotated[Role, AfterValidator(_is_mapped)]
TenantId = Annotated[str, AfterValidator(_is_tenant)]
Domains = Annotated[tuple[str, ...], AfterValidator(_are_domains)]


class PupilSettings(SettingsTable):
    """What marks a pupil in a source, besides what always does."""

    values: tuple[Text, ...] = Field(default=(), description="Values of user type, job title or department.")
    domains: tuple[Text, ...] = Field(default=(), description="Domains of pupils' addresses.")
    groups: tuple[Text, ...] = Field(default=(), description="Names or ids of groups of pupils.")
    source: bool = Field(default=False, description="The whole source holds pupils: everyone is refused.")

    @property
    def rule(self) -> PupilRule:
        """The rule that keeps the pupils of this source out."""
        return PupilRule(
            values=frozenset(self.values),
            domains=frozenset(self.domains),
            groups=frozenset(self.groups),
            source=self.source,
        )
