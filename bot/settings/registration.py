"""Settings of one bot registration."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator


class RegistrationSettings(BaseModel):
    """One bot registration in Entra. Municipalities with a tenant each need several."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    app_id: str = Field(description="Application (client) id of the bot registration.")
    tenant_id: str = Field(description="Tenant the registration belongs to.")
    secret: SecretStr | None = Field(default=None, description="Client secret.")
    secret_expires: date | None = Field(
        default=None, description="Day on which the client secret ends, as Entra shows."
    )
    certificate: Path | None = Field(
        default=None, description="PEM file with certificate and private key, instead of a secret."
    )
    managed_identity: bool = Field(default=False, description="Use the machine's user-assigned managed identity.")
    tenants: tuple[str, ...] = Field(
        default=(), description="Further tenants whose people may write, besides the registration's own."
    )
    municipalities: tuple[str, ...] = Field(
        default=(), description="Municipality ids its people may say they work for; empty means all."
    )

    @model_validator(mode="after")
    def _one_credential(self) -> "RegistrationSettings":
        given = sum((self.secret is not None, self.certificate is not None, self.managed_identity))
        if given != 1:
            raise ValueError("give exactly one of secret, certificate and managed_identity")
        return self


def homes_of(registrations: Iterable[RegistrationSettings]) -> Mapping[str, frozenset[str]]:
    """Return the municipalities of each tenant, in lower case, without tenants that may belong to any."""
    homes: dict[str, frozenset[str]] = {}
    anywhere: set[str] = set()
    for registration in registrations:
        for tenant_id in (id_.lower() for id_ in (registration.tenant_id, *registration.tenants)):
            homes[tenant_id] = homes.get(tenant_id, frozenset()) | frozenset(registration.municipalities)
            if not registration.municipalities:
                anywhere.add(tenant_id)
    return {tenant_id: home for tenant_id, home in homes.items() if tenant_id not in anywhere}


# When the client secrets in the settings end.


def secret_ends(registration: RegistrationSettings) -> datetime | None:
    """Return when a client secret ends, as the operator says; None: unknown, or no secret."""
    return None if registration.secret is None else first_minute(registration.secret_expires)


def first_minute(day: date | None) -> datetime | None:
    """Return the beginning of a day, from which on a secret that ends then may fail."""
    return None if day is None else datetime.combine(day, time.min, UTC)
