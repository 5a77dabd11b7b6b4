"""Settings: from HEIA_* variables, then heia.toml, then defaults. All faults are reported together."""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    Field,
    ModelWrapValidatorHandler,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from bot.settings.registration import RegistrationSettings, homes_of
from bot.settings.rules import (
    MAIL_ADDRESS,
    HostNames,
    faults_between,
    file_faults,
    is_origin,
    is_postgres_address,
    is_web_address,
    networks_of,
    setting_name,
    shared_of,
)

FILE: Final = Path("heia.toml")

TEAMS_HOSTS: Final = (
    "smba.trafficmanager.net",
    "smba.infra.gcc.teams.microsoft.com",
    "smba.infra.gov.teams.microsoft.us",
    "smba.infra.dod.teams.microsoft.us",
)


class Settings(BaseSettings):
    """All settings of an operator.

    Each field is ``HEIA_<NAME>`` in the environment, ``name`` in heia.toml.
    """

    model_config = SettingsConfigDict(env_prefix="HEIA_", extra="ignore", frozen=True, env_ignore_empty=True)

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=3978, ge=0, le=65535, description="Port to listen on; 0 picks a free one.")
    public_url: str = Field(
        default="", description="https address people reach Heia at; without --dev no other host name is answered."
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Networks of the proxies in front, separated by commas; their X-Forwarded-For is believed.",
    )
    shared_addresses: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Networks in which one address stands for many people, each perhaps with =factor.",
    )
    max_connections: int = Field(default=10_000, ge=10, le=1_000_000, description="Most open connections in all.")
    max_connections_per_address: int = Field(
        default=200, ge=1, le=1_000_000, description="Most open connections, and open pages of guests, of one address."
    )
    turns_per_minute: int = Field(
        default=60, ge=1, le=1_000_000, description="Messages and presses a minute of one person, twice that at once."
    )
    turns_per_day: int = Field(
        default=2000,
        ge=10,
        le=10_000_000,
        description="Messages and presses a day of one person; a guest's is a quarter.",
    )
    data_dir: Path = Field(default=Path("data"), description="Folder for everything the bot remembers.")
    content_dir: Path | None = Field(
        default=None, description="Folder with the organisation's own content; without it, the sample content."
    )
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL address (postgresql://…); without it the data lies in data_dir."
    )
    app_id: str = Field(default="", description="Application id of the one bot registration.")
    app_tenant_id: str = Field(default="", description="Tenant of the one bot registration.")
    app_secret: SecretStr | None = Field(default=None, description="Client secret of the one bot registration.")
    app_secret_expires: date | None = Field(
        default=None, description="Day on which the client secret ends, as Entra shows."
    )
    app_certificate: Path | None = Field(default=None, description="PEM file instead of a secret.")
    app_managed_identity: bool = Field(default=False, description="Use the machine's managed identity instead.")
    registration: tuple[RegistrationSettings, ...] = Field(
        default=(), description="Several bot registrations, as [[registration]] tables in heia.toml."
    )
    allowed_service_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=TEAMS_HOSTS, description="Hosts the bot may send to, separated by commas, whatever a serviceUrl says."
    )
    openid_metadata_url: str = Field(
        default="https://login.botframework.com/v1/.well-known/openidconfiguration",
        description="Where the keys of inbound tokens are published.",
    )
    right_share: float = Field(
        default=0.97, ge=0.5, le=1.0, description="Answer only when at least this share of answers is right."
    )
    ask_back: int = Field(default=3, ge=0, le=5, description="Ask back among at most so many candidates; 0 never asks.")
    ask_back_from: float = Field(
        default=0.6, ge=0, le=1, description="Least probability that a list has the right one, to ask which is meant."
    )
    semantic: Literal["auto", "off"] = Field(
        default="auto", description="Use the local sentence encoder when it is installed (auto), or never (off)."
    )
    web_guests: bool = Field(default=True, description="Let people without a sign-in link ask on the page, as guests.")
    public_calendar: bool = Field(default=True, description="Let everyone read public milestones, without signing in.")
    undo_seconds: int = Field(
        default=10, ge=0, le=60, description="Seconds in which an act on a question can be undone in the web chat."
    )
    guest_share: float = Field(
        default=0.5, ge=0, le=1, description="Share of each ambassador's capacity that guests' questions may take."
    )
    guest_handoffs_an_hour: int = Field(
        default=20, ge=0, description="Questions that guests may send to the colleagues of one municipality in an hour."
    )
    web_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Secret of at least 32 characters that signs image addresses; needed with several replicas. "
        "Without it, one is made and kept in data_dir.",
    )
    web_key_other: SecretStr | None = Field(
        default=None, min_length=32, description="A second key whose addresses are valid, while web_key is replaced."
    )
    leaver_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="Secret of at least 32 characters for the marks that keep leavers from choosing a municipality; "
        "needed with several replicas, never changed. Without it, one is made and kept in data_dir.",
    )
    audit_key: SecretStr | None = Field(
        default=None,
        description="Secret of 64 hexadecimal digits that signs heads of the audit log; needed with several machines. "
        "Without it, one is made and kept in data_dir.",
    )
    audit_heads_file: Path | None = Field(
        default=None, description="File for signed heads of the audit log; without it, audit-heads.jsonl in data_dir."
    )
    audit_heads_url: SecretStr | None = Field(
        default=None,
        description="https address that signed heads are posted to; without it, none is contacted.",
    )
    signin_file: Path | None = Field(
        default=None,
        description="TOML file with identity providers for sign-in on the web (docs/sign-in.md); without it, none.",
    )
    step_up_hours: float = Field(
        default=0,
        ge=0,
        le=24 * 30,
        description="Greatest age of the sign-in, in hours, for erasing, for changing roles and for announcements to "
        "more than 500 people; 0 demands nothing.",
    )
    web_idle_hours: float = Field(
        default=0,
        ge=0,
        le=24 * 30,
        description="Hours without a message or press until a web sign-in ends; 0 for no such limit.",
    )
    scim_file: Path | None = Field(
        default=None,
        description="TOML file with the directories that send people by SCIM (docs/directory.md); without it, none.",
    )
    graph_file: Path | None = Field(
        default=None,
        description="TOML file with the directories read through Microsoft Graph (docs/directory.md); without it, "
        "none.",
    )
    directory_file: Path | None = Field(
        default=None,
        description="TOML file that maps the columns of an export for heia directory import (docs/directory.md); "
        "without it, directory.toml in the current folder.",
    )
    web_session_hours: int = Field(default=12, ge=1, le=24 * 30, description="Hours until a web sign-in ends.")
    web_frame_ancestors: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Intranet origins that may show the chat in a frame, separated by commas."
    )
    link_hosts: Annotated[HostNames, NoDecode] = Field(
        default=(), description="Hosts on which links of editors are tried, separated by commas; *.name for all below."
    )
    smtp_host: str = Field(
        default="", description="Mail server that alerts are sent through; without it Heia sends no e-mail."
    )
    smtp_port: int = Field(default=587, ge=1, le=65_535, description="Port of the mail server.")
    smtp_tls: Literal["starttls", "tls"] = Field(
        default="starttls", description="TLS by STARTTLS, or from the first byte (tls, often port 465)."
    )
    smtp_ca_file: Path | None = Field(
        default=None,
        description="PEM file of the authorities that vouch for the mail server; else the system's.",
    )
    smtp_sender: str = Field(default="", description="Address that alerts come from, such as heia@kommune.example.")
    smtp_user: str = Field(default="", description="Name to sign in to the mail server with; without it, no sign-in.")
    smtp_password: SecretStr | None = Field(default=None, description="Password of smtp_user.")
    send_rate_per_second: float = Field(
        default=50.0, gt=0, description="Messages a second per registration and tenant (Microsoft's documented limit)."
    )
    send_concurrency: int = Field(
        default=64, ge=1, le=1000, description="Sends under way at once; at most so many can be sent twice by a crash."
    )
    work_apart: bool = Field(
        default=False,
        description="Only answer in heia serve; heia work delivers and does what is due, in processes of its own. "
        "Needs a database.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least serious log line."
    )
    log_format: Literal["console", "json"] = Field(default="console", description="For people, or for log collectors.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of sources: code, environment, heia.toml in the current folder."""
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, FILE))

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, object]) -> dict[str, object]:
        for name in (
            "allowed_service_hosts",
            "web_frame_ancestors",
            "trusted_proxies",
            "shared_addresses",
            "link_hosts",
        ):
            value = values.get(name)
            if isinstance(value, str):
                values[name] = tuple(part.strip() for part in value.split(",") if part.strip())
        return values

    @field_validator("public_url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        if value and not is_origin(value):
            raise ValueError("give scheme and host only, such as https://heia.kommune.example")
        return value.rstrip("/")

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        try:
            networks_of(values)
        except ValueError:
            raise ValueError("give addresses or networks, such as 127.0.0.1, ::1 or 10.20.0.0/16") from None
        return values

    @field_validator("shared_addresses")
    @classmethod
    def _are_shared(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        try:
            shared_of(values)
        except ValueError:
            raise ValueError("give networks, each perhaps with a factor, such as 192.0.2.7 or 10.0.0.0/8=50") from None
        return values

    @field_validator("web_frame_ancestors")
    @classmethod
    def _are_origins(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        # The values go into a header: anything but an origin could change the meaning of the header.
        if not all(value == "'self'" or is_origin(value) for value in values):
            raise ValueError("give origins only, such as https://intranett.kommune.example")
        return values

    @field_validator("allowed_service_hosts")
    @classmethod
    def _are_hosts(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if not all(value and "/" not in value and ":" not in value and "@" not in value for value in values):
            raise ValueError("give host names without scheme, port or path")
        return values

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        # The driver's error message would quote a faulty address including its password.
        if value is not None and not is_postgres_address(value.get_secret_value()):
            raise ValueError("give it as postgresql://user:password@host:port/database, special characters as %XX")
        return value

    @field_validator("audit_key")
    @classmethod
    def _is_hex(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch("[0-9a-f]{64}", value.get_secret_value()):
            raise ValueError("give 64 digits 0-9, a-f, such as `openssl rand -hex 32` prints")
        return value

    @field_validator("audit_heads_url")
    @classmethod
    def _is_web_address(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not is_web_address(value.get_secret_value()):
            raise ValueError("give an https address; http is for this machine only")
        return value

    @field_validator("smtp_host")
    @classmethod
    def _is_host(cls, value: str) -> str:
        if not all(letter.isalnum() or letter in ".-:" for letter in value):
            raise ValueError("give the name or address of a machine, without scheme, port or path")
        return value

    @field_validator("smtp_sender")
    @classmethod
    def _is_mail_address(cls, value: str) -> str:
        if value and not MAIL_ADDRESS.fullmatch(value):
            raise ValueError("give one address alone, such as heia@kommune.example")
        return value

    @field_validator("content_dir")
    @classmethod
    def _is_folder(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_dir():
            raise ValueError("there is no such folder")
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _tell_all(cls, values: dict[str, Any], handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Report faults between fields together with faults within fields."""
        mine = [_detail((name,), text) for name, text in faults_between(values)]
        try:
            settings = handler(values)
        except ValidationError as error:
            theirs = [
                _detail(fault["loc"], str(fault["msg"]).removeprefix("Value error, "))
                for fault in error.errors(include_input=False, include_context=False, include_url=False)
            ]
            raise ValidationError.from_exception_data(cls.__name__, [*theirs, *mine]) from None
        if mine:
            raise ValidationError.from_exception_data(cls.__name__, mine)
        return settings

    def homes(self) -> Mapping[str, frozenset[str]]:
        """Return the municipalities of each tenant, in lower case.

        A tenant not in the result may belong to any.
        """
        return homes_of(self.registrations())

    def registrations(self) -> tuple[RegistrationSettings, ...]:
        """Return all bot registrations, whether given as one or as several."""
        if not self.app_id:
            return self.registration
        return (
            RegistrationSettings(
                app_id=self.app_id,
                tenant_id=self.app_tenant_id,
                secret=self.app_secret,
                secret_expires=self.app_secret_expires,
                certificate=self.app_certificate,
                managed_identity=self.app_managed_identity,
            ),
        )

    def serves_tenant(self, tenant_id: str) -> bool:
        """Return whether a registration serves this tenant."""
        served = {
            tenant.lower()
            for registration in self.registrations()
            for tenant in (registration.tenant_id, *registration.tenants)
        }
        return tenant_id.lower() in served


class BadSettings(Exception):
    """Invalid settings. ``faults`` describes each one without showing a given value."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class _WithoutFile(Settings):
    """Settings from the environment only.

    Used to report their faults too when the file is unreadable.
    """

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings)


def load_settings(**given: object) -> Settings:
    """Return the settings. Raises BadSettings with every fault."""
    faults = [*file_faults(FILE)]
    try:
        settings = (_WithoutFile if faults else Settings)(**given)  # type: ignore[arg-type]  # checked by pydantic itself
    except ValidationError as error:
        faults += [
            f"{setting_name(fault['loc'])}: {str(fault['msg']).removeprefix('Value error, ')}"
            for fault in error.errors(include_input=False, include_context=False, include_url=False)
        ]
    except SettingsError:
        faults.append("HEIA_REGISTRATION: give [[registration]] tables in heia.toml, or a JSON list")
    if faults:
        raise BadSettings(tuple(faults))
    return settings


def _detail(where: tuple[int | str, ...], text: str) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError("setting", "{text}", {"text": text}), loc=where, input=None)
