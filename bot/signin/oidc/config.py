"""Identity providers, read from the file that ``HEIA_SIGNIN_FILE`` names. All faults are reported together."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, StringConstraints, field_validator, model_validator

from bot.settings.model import BadSettings, Settings
from bot.settings.rules import is_web_address
from bot.settings.toml_file import Domains, MappedRole, PlacedFault, PupilSettings, SettingsTable, Text, load_toml
from bot.signin.oidc.client_key import ClientKey
from bot.support.certificate import certificate_ends
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation

MOST_PROVIDERS: Final = 50
# Ids are part of addresses; these are separate pages.
RESERVED: Final = frozenset({"again", "choose", "guest", "leave", "sessions", "static"})
_ENTRA: Final = re.compile(
    r"https://login\.microsoftonline\.(?:com|us)/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/v2\.0", re.IGNORECASE
)

# Claims that users, or administrators of other tenants, can set.
_CHANGEABLE: Final = frozenset(
    {"email", "preferred_username", "upn", "unique_name", "name", "nickname", "phone_number"}
)


class ClaimRule(SettingsTable):
    """Values of one claim, exact or by their end. A list matches by any of its values."""

    claim: Text = Field(description="Name of the claim; a dot leads into an object.")
    values: tuple[Text, ...] = Field(default=(), description="Values that match.")
    ends_with: tuple[Text, ...] = Field(default=(), description="Ends of values that match, such as a domain.")

    @model_validator(mode="after")
    def _has_values(self) -> Self:
        if not self.values and not self.ends_with:
            raise ValueError("give values or ends_with")
        return self

    def matches(self, given: Iterable[str]) -> bool:
        """Return whether a value of the claim matches, regardless of capitals."""
        wanted, ends = {value.casefold() for value in self.values}, tuple(end.casefold() for end in self.ends_with)
        return (
            any(value.casefold() in wanted or value.casefold().endswith(ends) for value in given)
            if ends
            else any(value.casefold() in wanted for value in given)
        )


class RoleRule(SettingsTable):
    """One group or app role, and the role it gives."""

    group: Text | None = Field(default=None, description="Value of the claim of groups.")
    app_role: Text | None = Field(default=None, description="Value of the claim of app roles.")
    role: MappedRole = Field(description="Role in Heia.")
    municipality: str = Field(default="", description="Only for people of this municipality; none means all.")

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if (self.group is None) == (self.app_role is None):
            raise ValueError("give exactly one of group and app_role")
        return self


class Provider(SettingsTable):
    """One identity provider."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,30}$")] = Field(
        description="Short name in addresses and in the log; never changed."
    )
    names: Mapping[Language, Text] = Field(description="Name on the button, in nb, nn and en.")
    issuer: Text = Field(description="Issuer, exactly as the provider publishes it.")
    client_id: Text = Field(description="Client id that the provider gave.")
    secret: SecretStr | None = Field(default=None, description="Client secret.")
    secret_env: Text | None = Field(default=None, description="Environment variable with the client secret.")
    secret_file: Path | None = Field(default=None, description="File with the client secret.")
    secret_expires: date | None = Field(default=None, description="Day on which the client secret ends.")
    certificate_file: Path | None = Field(
        default=None, description="PEM file with certificate and private key, instead of a secret."
    )
    municipalities: tuple[Text, ...] = Field(min_length=1, description="Municipalities of its people.")
    email_domains: Domains = Field(default=(), description="E-mail domains that lead to this provider.")
    resource: str = Field(
        default="",
        max_length=300,
        description="Identifier that AD FS wants besides the client id: that of the Web API.",
    )
    hosts: tuple[str, ...] = Field(default=(), description="Further hosts of its endpoints, besides the issuer's.")
    scopes: tuple[Text, ...] = Field(default=("profile",), description="Scopes besides openid (and email, if trusted).")
    link: Literal["entra", "claim", "email"] = Field(
        default="claim", description="What leads to the registry: Entra's tid and oid, a claim, or the e-mail address."
    )
    link_claim: Text = Field(default="sub", description="With link = claim: the claim with the id in the registry.")
    email_trusted: bool = Field(
        default=False, description="The provider alone assigns e-mail addresses, and no user can change their own."
    )
    unknown: Literal["create", "refuse"] = Field(
        default="refuse", description="A valid person that the registry does not have: create or refuse."
    )
    require: tuple[ClaimRule, ...] = Field(default=(), description="Only people that match every one of these.")
    refuse: tuple[ClaimRule, ...] = Field(default=(), description="Nobody that matches one of these, such as pupils.")
    groups_claim: Text = Field(default="groups", description="Claim with the groups.")
    app_roles_claim: Text = Field(default="roles", description="Claim with the app roles.")
    role: tuple[RoleRule, ...] = Field(default=(), description="Roles from groups and app roles.")
    administrators: tuple[Text, ...] = Field(
        default=(), description="First administrators: object ids, or values of the claim that links."
    )
    end_session: bool = Field(default=True, description="Signing out of Heia also signs out at the provider.")
    step_up_acr: tuple[Text, ...] = Field(
        default=(), description="Authentication contexts of which a recent sign-in must have one."
    )
    step_up_acr_claim: Text = Field(default="acr", description="Claim with the authentication context.")
    step_up_ask: Literal["acr_values", "claims"] = Field(
        default="acr_values", description="Parameter that asks for the authentication context."
    )
    step_up_amr: tuple[Text, ...] = Field(
        default=(), description="Authentication methods of which a recent sign-in must have one."
    )
    unit_claim: str = Field(default="", description="Claim with the unit of a person that is created.")
    units: Mapping[str, str] = Field(default_factory=dict, description="Unit id of each value of unit_claim.")
    pupils: PupilSettings = Field(
        default_factory=PupilSettings, description="What marks a pupil, besides what always does; none is created."
    )
    _secret: SecretStr = PrivateAttr(default=SecretStr(""))
    _key: ClientKey | None = PrivateAttr(default=None)

    @field_validator("id")
    @classmethod
    def _is_free(cls, value: str) -> str:
        if value in RESERVED:
            raise ValueError("is an address of Heia itself; choose another")
        return value

    @field_validator("names")
    @classmethod
    def _has_bokmaal(cls, value: Mapping[Language, str]) -> Mapping[Language, str]:
        if Language.NB not in value:
            raise ValueError("nb is missing")
        return value

    @field_validator("issuer")
    @classmethod
    def _is_issuer(cls, value: str) -> str:
        if not is_web_address(value) or "?" in value or "@" in urlsplit(value).netloc:
            raise ValueError("give an https address without query; http is for this machine only")
        if "login.microsoftonline." in value and not _ENTRA.fullmatch(value):
            raise ValueError("give https://login.microsoftonline.com/<tenant id>/v2.0 with the tenant's id, not a name")
        return value

    @field_validator("hosts")
    @classmethod
    def _are_hosts(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"[A-Za-z0-9.-]+", value) for value in values):
            raise ValueError("give host names without scheme, port or path")
        return tuple(value.lower() for value in values)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        proofs = (self.secret, self.secret_env, self.secret_file, self.certificate_file)
        if sum(proof is not None for proof in proofs) != 1:
            raise ValueError("give exactly one of secret, secret_env, secret_file and certificate_file")
        if self.link == "entra" and self.tenant_id is None:
            raise ValueError("link = entra needs an issuer https://login.microsoftonline.com/<tenant id>/v2.0")
        if self.link == "email" and not self.email_trusted:
            raise ValueError("link = email needs email_trusted = true")
        if self.tenant_id is not None and self.email_trusted:
            raise ValueError("email_trusted: Entra does not verify the claim email; give link = entra")
        if self.link == "claim" and self.link_claim in _CHANGEABLE:
            raise ValueError(
                f"link_claim: users can change {self.link_claim}; give a claim that only the employer sets"
            )
        if self.unknown == "create" and self.link == "email":
            # The registry forgets a leaver's address, so that one would come back as a new person.
            raise ValueError("unknown = create needs link = entra or claim: a leaver is not known by e-mail address")
        if self.unknown == "create" and len(self.municipalities) != 1:
            raise ValueError("unknown = create needs exactly one municipality")
        outside = {rule.municipality for rule in self.role} - {"", *self.municipalities}
        if outside:
            raise ValueError(f"role: {', '.join(sorted(outside))} is not among its municipalities")
        return self

    @property
    def tenant_id(self) -> str | None:
        """The Entra tenant in lower case; None for another kind of provider."""
        match = _ENTRA.fullmatch(self.issuer)
        return match[1].lower() if match else None

    @property
    def client_secret(self) -> SecretStr:
        """The client secret, from wherever it is kept; empty with a certificate."""
        return self._secret

    @property
    def client_key(self) -> ClientKey | None:
        """The key of the certificate; None with a secret."""
        return self._key

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The hosts of its endpoints, in lower case."""
        return frozenset({(urlsplit(self.issuer).hostname or "").lower(), *self.hosts})

    def name(self, language: Language) -> str:
        return self.names.get(language, self.names[Language.NB])

    def read_secret(self, environment: Mapping[str, str]) -> str | None:
        """Read the client secret or certificate; return the fault, if there is one."""
        if self.certificate_file is not None:
            try:
                self._key = ClientKey.from_pem_file(self.certificate_file)
            except OSError as fault:
                return f"certificate_file: cannot be read ({type(fault).__name__})"
            except ValueError as fault:
                return f"certificate_file: {fault}"
            return None
        if self.secret is not None:
            self._secret = self.secret
        elif self.secret_env is not None:
            self._secret = SecretStr(environment.get(self.secret_env, "").strip())
        elif self.secret_file is not None:
            try:
                self._secret = SecretStr(self.secret_file.read_text("utf-8").strip())
            except (OSError, ValueError) as fault:
                return f"secret_file: cannot be read ({type(fault).__name__})"
        return None if self._secret.get_secret_value() else "the client secret is empty"


class _File(SettingsTable):
    # No least length: pydantic would report it beside every fault of the only provider.
    provider: tuple[Provider, ...] = Field(default=(), max_length=MOST_PROVIDERS)


def load_providers(file: Path | None, *, environment: Mapping[str, str] = os.environ) -> tuple[Provider, ...]:
    """Return the configured providers; none without a file. Raises BadSettings with every fault."""
    if file is None:
        return ()
    return load_toml(
        file, _File, setting="HEIA_SIGNIN_FILE", rules=lambda content: _faults(content.provider, environment)
    ).provider


def unknown_places(providers: Sequence[Provider], organisation: Organisation) -> tuple[str, ...]:
    """Return a fault for each municipality and unit of the providers that the organisation does not have."""
    faults = []
    for provider in providers:
        missing = [
            municipality_id
            for municipality_id in provider.municipalities
            if municipality_id not in organisation.municipalities
        ]
        missing += [unit_id for unit_id in provider.units.values() if organisation.find_unit(unit_id) is None]
        faults += [
            f"HEIA_SIGNIN_FILE: provider {provider.id}: the organisation has no {place_id}" for place_id in missing
        ]
    return tuple(faults)


def _faults(providers: Sequence[Provider], environment: Mapping[str, str]) -> Iterator[PlacedFault]:
    if not providers:
        yield (), "there is no [[provider]]"
    for name, values in (
        ("id", [(provider.id,) for provider in providers]),
        ("email_domains", [provider.email_domains for provider in providers]),
        ("issuer and client_id", [(f"{provider.issuer} {provider.client_id}",) for provider in providers]),
    ):
        seen: set[str] = set()
        for number, of_provider in enumerate(values):
            for value in of_provider:
                if value in seen:
                    yield ("provider", number), f"two providers have the same {name}: {value}"
                seen.add(value)
    for number, provider in enumerate(providers):
        if fault := provider.read_secret(environment):
            yield ("provider", number), f"provider {provider.id}: {fault}"


# When the credentials end with which Heia proves itself to the identity providers.


def provider_credential_ends(settings: Settings) -> Iterator[tuple[str, datetime]]:
    """Yield a name and the end of each credential with a known one. Files are read again each time."""
    try:
        providers = load_providers(settings.signin_file)
    except BadSettings:
        return  # doctor reports it
    for provider in providers:
        ends = credential_end(provider)
        if ends is not None:
            yield f"signin/{provider.id}", ends


def credential_end(provider: Provider) -> datetime | None:
    """Return when a provider's certificate ends, or its secret as the operator says."""
    if provider.certificate_file is not None:
        return certificate_ends(provider.certificate_file)
    return None if provider.secret_expires is None else datetime.combine(provider.secret_expires, time.min, UTC)
