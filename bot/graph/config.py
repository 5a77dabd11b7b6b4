"""Directories that are read through Microsoft Graph, and the reasons why one cannot be read."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field, SecretStr, field_validator, model_validator

from bot.scim.config import ScimSource, source_faults
from bot.settings.toml_file import Domains, SettingsTable, Text, load_toml
from knowledge.organisation.organisation import Organisation

NAME: Final = "HEIA_GRAPH_FILE"
# Groups that one delta query follows. Source: https://learn.microsoft.com/graph/api/group-delta, 2026-11-26.
MOST_GROUPS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudAddresses:
    """Origins of Microsoft Graph and of the token service. Nothing else is contacted."""

    graph: str
    login: str


# Source: https://learn.microsoft.com/graph/deployments, 2026-11-26.
CLOUDS: Final[Mapping[str, CloudAddresses]] = {
    "global": CloudAddresses(graph="https://graph.microsoft.com", login="https://login.microsoftonline.com"),
    "usgov": CloudAddresses(graph="https://graph.microsoft.us", login="https://login.microsoftonline.us"),
    "dod": CloudAddresses(graph="https://dod-graph.microsoft.us", login="https://login.microsoftonline.us"),
    "china": CloudAddresses(graph="https://microsoftgraph.chinacloudapi.cn", login="https://login.chinacloudapi.cn"),
}


class ScopeSettings(SettingsTable):
    """Which accounts of the tenant are employees of the municipality. All rules must fit."""

    groups: tuple[Text, ...] = Field(default=(), description="Only direct members of one of these groups.")
    domains: Domains = Field(default=(), description="Only user names in one of these domains.")
    licensed: bool = Field(default=False, description="Only accounts with a licence.")


class GraphSource(ScimSource):
    """One municipality's directory in Entra ID: what a source by SCIM has, and how it is read."""

    client_id: str = Field(description="Application (client) id of the registration.")
    secret: SecretStr | None = Field(default=None, description="Client secret.")
    secret_env: Text | None = Field(default=None, description="Environment variable with the client secret.")
    secret_file: Path | None = Field(default=None, description="File with the client secret.")
    secret_expires: date | None = Field(default=None, description="Day on which the client secret ends.")
    certificate: Path | None = Field(default=None, description="PEM file with certificate and private key.")
    cloud: Literal["global", "usgov", "dod", "china"] = Field(default="global", description="Microsoft's cloud.")
    stand_in: str = Field(default="", description="For tests: a stand-in for Microsoft on this machine.")
    scope: ScopeSettings = Field(default_factory=ScopeSettings, description="Which accounts are employees.")

    @field_validator("client_id")
    @classmethod
    def _is_application(cls, value: str) -> str:
        try:
            return str(UUID(value))
        except ValueError:
            raise ValueError("give the application's GUID") from None

    @field_validator("stand_in")
    @classmethod
    def _is_here(cls, value: str) -> str:
        if value and not re.fullmatch(r"http://127\.0\.0\.1:[0-9]{1,5}", value):
            raise ValueError("give http://127.0.0.1 with a port")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        given = (self.secret, self.secret_env, self.secret_file, self.certificate)
        if sum(credential is not None for credential in given) != 1:
            raise ValueError("give exactly one of secret, secret_env, secret_file and certificate")
        if not self.tenant_id:
            raise ValueError("tenant_id is missing")
        if marked := sorted(group for group in (*self.scope.groups, *self.roles) if self.pupil_rule.is_group(group)):
            raise ValueError(f"{marked[0]} is a group of pupils")
        if len(self.named_groups) > MOST_GROUPS:
            raise ValueError(f"more than {MOST_GROUPS} groups in scope, roles and pupils")
        return self

    @property
    def endpoints(self) -> CloudAddresses:
        """Where Graph and the token service are."""
        return CloudAddresses(graph=self.stand_in, login=self.stand_in) if self.stand_in else CLOUDS[self.cloud]

    @property
    def named_groups(self) -> frozenset[str]:
        """Names or ids of every group that a rule names."""
        return frozenset({*self.scope.groups, *self.roles, *self.pupils.groups})

    def read_secret(self, environment: Mapping[str, str] = os.environ) -> str:
        """Return the client secret. Raises OSError, ValueError: it cannot be read, or is empty."""
        if self.secret is not None:
            secret = self.secret.get_secret_value()
        elif self.secret_env is not None:
            secret = environment.get(self.secret_env, "")
        elif self.secret_file is not None:
            secret = self.secret_file.read_text("utf-8")
        else:
            raise ValueError("there is a certificate")
        if not secret.strip():
            raise ValueError("the client secret is empty")
        return secret.strip()


class GraphConfig(SettingsTable):
    """All directories, by municipality."""

    minutes: float = Field(default=15, gt=0, le=1440, description="Minutes between two runs.")
    source: tuple[GraphSource, ...] = Field(default=(), max_length=500)

    @property
    def every(self) -> timedelta:
        """Time between two runs."""
        return timedelta(minutes=self.minutes)

    def source_of(self, municipality_id: str) -> GraphSource | None:
        """Return the directory of a municipality."""
        return next((source for source in self.source if source.municipality == municipality_id), None)


def load_graph(path: Path | None, organisation: Organisation) -> GraphConfig:
    """Return the directories; none without a file. Raises BadSettings with every fault."""
    if path is None:
        return GraphConfig()
    return load_toml(path, GraphConfig, setting=NAME, rules=lambda config: source_faults(config.source, organisation))


def is_at(address: str, origin: str) -> bool:
    """Return whether an address is https (http for a stand-in) at an origin, and nothing else."""
    try:
        given, wanted = urlsplit(address), urlsplit(origin)
        same = (given.scheme, given.hostname, given.port) == (wanted.scheme, wanted.hostname, wanted.port)
    except ValueError:
        return False
    return same and "@" not in given.netloc and address.isascii() and address.isprintable()


# Reasons why a directory cannot be read.

# What an operator can do about the usual ones; codes of Entra's token endpoint begin with AADSTS.
# Source: https://learn.microsoft.com/entra/identity-platform/reference-error-codes, 2026-11-26.
ADVICE: Final = {
    "AADSTS7000215": "The client secret is wrong: enter its value, not its id.",
    "AADSTS7000222": "The client secret has ended: make a new one in Entra.",
    "AADSTS700016": "The tenant has no such application: check client_id and tenant_id.",
    "AADSTS700027": "The certificate is not the one in Entra: upload it there.",
    "AADSTS90002": "There is no such tenant: check tenant_id.",
    "http_401": "Entra withdrew the token: has the application been blocked?",
    "http_403": "A permission is missing: User.Read.All and GroupMember.Read.All need an administrator's consent.",
    "foreign_host": "An answer led to another host, and was not followed.",
    "no_json": "Something between Heia and Microsoft answers in its place, such as a proxy.",
    "throttled": "Microsoft asks Heia to wait; it goes on by itself.",
    "group_missing": "A group that the file names does not exist, or several have its name: use its object id.",
    "group_gone": "A group of [source.scope] or [source.pupils] was deleted: change the file and restart.",
    "too_many_groups": "The tenant has more than 2,000 groups of pupils: give the employees a tenant or SCIM.",
    "no_credential": "The secret or the certificate cannot be read.",
    "running": "Another process reads this directory now.",
}


class GraphFault(Exception):
    """A directory could not be read; nothing was changed by it.

    Attributes:
        reason: one word, never a secret or a name of a person.
        detail: a name from the file of settings, for the operator.
        retry_after: how long Microsoft asks Heia to wait.
    """

    def __init__(self, reason: str, detail: str = "", *, retry_after: timedelta | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail
        self.retry_after = retry_after

    @property
    def advice(self) -> str:
        """What to do, for the operator; empty if there is nothing special."""
        return ADVICE.get(self.reason, "")


class ResyncNeeded(Exception):
    """The delta link is no longer valid: everything must be read again."""
