"""When the credentials of the Teams registrations end."""

from collections.abc import Iterator
from datetime import UTC, datetime, time
from pathlib import Path

from cryptography import x509

from bot.settings.model import RegistrationSettings, Settings


def credential_ends(settings: Settings) -> Iterator[tuple[str, datetime]]:
    """Yield a name and the end of each credential with a known one. Certificates are read again each time."""
    for each in settings.registrations():
        ends = secret_ends(each)
        if each.certificate is not None:
            ends = _certificate_ends(each.certificate)
        if ends is not None:
            yield f"teams/{each.app_id}", ends


def secret_ends(registration: RegistrationSettings) -> datetime | None:
    """Return when a client secret ends, as the operator says; None: unknown, or no secret."""
    if registration.secret is None or registration.secret_expires is None:
        return None
    return datetime.combine(registration.secret_expires, time.min, UTC)


def _certificate_ends(file: Path) -> datetime | None:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None  # doctor reports it
