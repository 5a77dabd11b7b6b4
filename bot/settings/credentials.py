"""When the client secrets in the settings end."""

from datetime import UTC, date, datetime, time

from bot.settings.registration import RegistrationSettings


def secret_ends(registration: RegistrationSettings) -> datetime | None:
    """Return when a client secret ends, as the operator says; None: unknown, or no secret."""
    return None if registration.secret is None else first_minute(registration.secret_expires)


def first_minute(day: date | None) -> datetime | None:
    """Return the beginning of a day, from which on a secret that ends then may fail."""
    return None if day is None else datetime.combine(day, time.min, UTC)
