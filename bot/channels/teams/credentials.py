"""When the credentials of the Teams registrations end."""

from collections.abc import Iterator
from datetime import datetime

from bot.channels.teams.target import TEAMS
from bot.settings.model import Settings
from bot.settings.registration import secret_ends
from bot.support.certificate import certificate_ends


def credential_ends(settings: Settings) -> Iterator[tuple[str, datetime]]:
    """Yield a name and the end of each credential with a known one. Certificates are read again each time."""
    for registration in settings.registrations():
        ends = secret_ends(registration)
        if registration.certificate is not None:
            ends = certificate_ends(registration.certificate)
        if ends is not None:
            yield f"{TEAMS}/{registration.app_id}", ends
