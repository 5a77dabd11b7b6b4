"""Validation of settings beyond their types, and detection of misspelled names."""

import ipaddress
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator

# Names that start like settings but belong to other tools.
ELSEWHERE: Final = frozenset({"HEIA_TEST_DATABASE_URL"})
# Budget factor of a shared address, in people: a school or a town hall in office hours.
SHARED_FACTOR: Final = 20.0

# Settings with several values, separated by commas.
LISTS: Final = ("allowed_service_hosts", "web_frame_ancestors", "trusted_proxies", "shared_addresses", "link_hosts")
# A full name of a host, and no address; "*." before it stands for every name below.
HOST_NAME: Final = re.compile(r"(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.I)

# An e-mail address such as registries have; anything else could reach other people, or add headers.
MAIL_ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+'/=?^{|}~!#$&*`-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def host_names(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of hosts in small letters. Raises ValueError."""
    if not all(map(HOST_NAME.fullmatch, values)):
        raise ValueError("give host names without scheme, port or path, such as www.nes.example or *.nes.example")
    return tuple(value.lower() for value in values)


HostNames = Annotated[tuple[str, ...], AfterValidator(host_names)]


def unknown_names(known: Collection[str], *, environment: Iterable[str], file: Path) -> tuple[str, ...]:
    """Return unknown names in the environment and the file.

    Each name comes with the most similar setting, if there is one.

    Args:
        known: the settings' names as in the file, in lower case.
        environment: every name in the environment.
    """
    variables = [f"HEIA_{name.upper()}" for name in known]
    given = {name.upper() for name in environment if name.upper().startswith("HEIA_")} - ELSEWHERE - set(variables)
    unknown = [f"{name}{_meant(name, variables)}" for name in sorted(given)]
    return (*unknown, *(f"{key} in {file}{_meant(key, known)}" for key in sorted(_read_file(file).keys() - set(known))))


def _meant(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f" (perhaps {near[0]})" if near else ""


def _read_file(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}


def file_faults(file: Path) -> Iterator[str]:
    """Yield the reason the settings file cannot be read; nothing for a readable or missing file."""
    try:
        tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return
    except (OSError, ValueError, RecursionError) as error:
        yield f"{file}: {unreadable(error)}"


def unreadable(error: Exception) -> str:
    """Return in words why a file is not read as TOML."""
    match error:
        case UnicodeDecodeError():
            return "is not UTF-8"
        case RecursionError():
            return "is nested too deeply"
        case OSError():
            return f"cannot be read: {error.strerror}"
        case _:  # not TOML, or a number with thousands of digits
            return str(error)


def faults_between(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield setting names with faults that depend on other settings. Runs on unvalidated values."""
    credentials = [values.get(name) for name in ("app_secret", "app_certificate", "app_managed_identity")]
    given = sum(_is_on(credential) for credential in credentials)
    if values.get("app_id"):
        if values.get("registration"):
            yield "app_id", "give either this or [[registration]], not both"
        if not values.get("app_tenant_id"):
            yield "app_tenant_id", "missing, although HEIA_APP_ID is given"
        if given != 1:
            yield "app_secret", "give exactly one of HEIA_APP_SECRET, HEIA_APP_CERTIFICATE, HEIA_APP_MANAGED_IDENTITY"
    elif given or values.get("app_tenant_id"):
        yield "app_id", "missing, although other settings of the registration are given"
    if _is_on(values.get("work_apart")) and not values.get("database_url"):
        yield "work_apart", "needs HEIA_DATABASE_URL: several processes share a database only"
    if values.get("smtp_host"):
        for name in ("smtp_sender", "public_url"):
            if not values.get(name):
                yield name, "missing, although HEIA_SMTP_HOST is given"
    if bool(values.get("smtp_user")) != bool(values.get("smtp_password")):
        yield "smtp_user", "give HEIA_SMTP_USER and HEIA_SMTP_PASSWORD together"
    several = values.get("registration")
    ids = (
        [registration.get("app_id") for registration in several if isinstance(registration, dict)]
        if isinstance(several, list | tuple)
        else []
    )
    if len({str(id_).lower() for id_ in ids}) < len(ids):
        yield "registration", "two registrations have the same app_id"


def _is_on(value: object) -> bool:
    return bool(value) and str(value).lower() not in {"false", "0", "no", "off"}


def is_origin(text: str) -> bool:
    """Return whether a text is only scheme, host and optional port."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    sound = bool(host) and not any(letter in text for letter in " ;,'\"\\\t\r\n") and (port is None or port > 0)
    return sound and parts.scheme in {"http", "https"} and parts.path in {"", "/"} and "@" not in parts.netloc


def is_web_address(text: str) -> bool:
    """Return whether a text is an https address, or an http one on this machine."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    sound = bool(host) and not parts.fragment and text.isascii() and not any(letter.isspace() for letter in text)
    return sound and (parts.scheme == "https" or (parts.scheme == "http" and host in {"localhost", "127.0.0.1", "::1"}))


def is_postgres_address(text: str) -> bool:
    """Return whether the database driver parses the address as intended."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    escapes = text.split("%")[1:]
    sound = all(
        len(escape) >= 2 and all(letter in "0123456789abcdefABCDEF" for letter in escape[:2]) for escape in escapes
    )
    sound = sound and parts.netloc.count("@") <= 1 and "@" not in parts.path
    return sound and parts.scheme in {"postgresql", "postgres"} and not any(letter.isspace() for letter in text)


def networks_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """Return the networks of the texts; a single address is the smallest network.

    Raises ValueError.
    """
    return tuple(ipaddress.ip_network(text, strict=False) for text in texts)


def shared_of(texts: Iterable[str]) -> Mapping[Network, float]:
    """Return the networks in ``network`` or ``network=factor``, each with its factor. Raises ValueError."""
    factors: dict[Network, float] = {}
    for text in texts:
        network, separator, factor = text.partition("=")
        factors[ipaddress.ip_network(network.strip(), strict=False)] = float(factor) if separator else SHARED_FACTOR
    if not all(1 <= factor <= 100_000 for factor in factors.values()):
        raise ValueError("a factor is from 1 to 100000")
    return factors


def setting_name(where: tuple[int | str, ...]) -> str:
    """Return the name of a setting as operators write it."""
    match where:
        case (name,):
            return f"HEIA_{str(name).upper()}"
        case ("registration", int(number), *rest):
            return f"[[registration]] number {number + 1}{''.join(f', {part}' for part in rest)}"
        case _:
            return "HEIA_" + ("_".join(str(part) for part in where).upper() or "SETTINGS")
