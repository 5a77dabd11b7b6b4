"""When the credential of a registration ends: as the directory says, as the certificate or the settings say."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from bot.graph.client import GraphClient
from bot.graph.config import GraphFault, GraphSource, ResyncNeeded
from bot.settings.registration import first_minute
from bot.support.certificate import certificate_ends

# Characters of a secret that the directory shows.
# Source: https://learn.microsoft.com/graph/api/resources/passwordcredential, 2026-11-26.
_HINT: Final = 3


def configured_end(source: GraphSource) -> datetime | None:
    """Return when a credential ends, as far as files say; None: unknown."""
    if source.certificate is None:
        return first_minute(source.secret_expires)
    return certificate_ends(source.certificate)


async def credential_end(client: GraphClient, source: GraphSource) -> datetime | None:
    """Return when the client secret in use ends, if the registration may read itself (Application.Read.All)."""
    if source.certificate is not None:
        return configured_end(source)
    try:
        application = await client.get(f"/applications(appId='{source.client_id}')?$select=passwordCredentials")
        hint = source.read_secret()[:_HINT]
    except (GraphFault, ResyncNeeded, OSError, ValueError):
        return configured_end(source)  # not permitted, or not now
    credentials = application.get("passwordCredentials")
    ends = (
        [_end(credential) for credential in credentials if _hint(credential) == hint]
        if isinstance(credentials, list)
        else []
    )
    return max((end for end in ends if end is not None), default=configured_end(source))


def _hint(credential: Any) -> str:
    return str(credential.get("hint") or "") if isinstance(credential, Mapping) else ""


def _end(credential: Mapping[str, Any]) -> datetime | None:
    try:
        # Up to seven digits of a second, more than Python reads.
        text = str(credential["endDateTime"]).removesuffix("Z").partition(".")[0]
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except (KeyError, ValueError):
        return None
