"""When the client secrets in the settings end."""

from datetime import UTC, datetime, time

from bot.settings.registration import RegistrationSettings


def secret_ends(registration: RegistrationSettings) -> datetime | None:
    """Return when a client secret ends, as the operator says; None: unknown, or no secret."""
    if registration.secret is None or registration.secret_expires is None:
        return None
    return datetime.combine(registration.secret_expires, time.min, UTC)
