"""When the credentials end with which Heia proves itself to the identity providers."""

from collections.abc import Iterator
from datetime import UTC, datetime, time

from bot.settings.model import BadSettings, Settings
from bot.signin.oidc.config import Provider, load_providers
from bot.support.certificate import certificate_ends


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
