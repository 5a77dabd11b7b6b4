"""Sign-out that a provider asks for: by a signed token, or by the id of the session there.

Source: OpenID Connect Back-Channel Logout 1.0, section 2.6, and Front-Channel Logout 1.0, section 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from bot.ports import Clock, Conflict, Key, Store
from bot.records.codec import decode, write_of
from bot.signin.former import FormerMarks
from bot.signin.oidc.config import Provider
from bot.signin.oidc.exchange import ProviderClient
from bot.signin.oidc.fault import FaultReason, SignInFault
from bot.signin.oidc.flow import provider_session
from bot.signin.oidc.id_token import CLOCK_SKEW, OLDEST_TOKEN, is_text, verified_claims
from bot.signin.sessions import Sessions, id_of_token
from dialogs.core.decision import Put
from dialogs.signin.model import SignInAccount, UsedLogoutToken, WebSession

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSignOut:
    """Ends sessions that a provider has ended."""

    sessions: Sessions
    former: FormerMarks
    store: Store
    clock: Clock

    async def obey(self, client: ProviderClient, token: object) -> Sequence[WebSession]:
        """End the sessions of a logout token, once; return them. Raises SignInFault, StoreUnavailable."""
        now = self.clock.now()
        provider = client.provider
        claims = await verified_claims(
            token,
            provider=provider,
            published=client.published,
            now=now,
            required=("iss", "aud", "iat", "jti", "events"),
        )
        _check(claims)
        ended = await self._of_claims(claims, provider, now)
        used = UsedLogoutToken(
            id=id_of_token(f"{provider.issuer}\n{claims['jti']}"), expires_at=now + OLDEST_TOKEN + CLOCK_SKEW
        )
        try:
            await self.sessions.end(*ended, at=now, besides=(write_of(Put(record=used), {}),))
        except Conflict:
            raise SignInFault(FaultReason.INVALID, "replayed") from None
        return ended

    async def end_session(self, provider: Provider, session: str, issuer: str | None) -> Sequence[WebSession]:
        """End the sessions that began in one session at the provider; return them. Raises StoreUnavailable.

        The browser frame that asks has neither cookie nor signature; the session's id, which only the provider and the
        browser know, is the proof. Entra sends it without ``issuer``.
        """
        if not is_text(session) or issuer not in (None, provider.issuer):
            return ()
        ended = await self.sessions.of_provider_session(provider_session(provider, session))
        if ended:
            await self.sessions.end(*ended, at=self.clock.now())
        return ended

    async def _of_claims(self, claims: Mapping[str, Any], provider: Provider, now: datetime) -> Sequence[WebSession]:
        if "sid" in claims:
            sessions = await self.sessions.of_provider_session(provider_session(provider, str(claims["sid"])))
            if sessions or "sub" not in claims:
                return sessions
        key = Key(kind=SignInAccount.KIND, id=self.former.subject_mark(provider.issuer, str(claims["sub"])))
        stored = (await self.store.get([key])).get(key)
        if stored is None:
            return ()
        opened = await self.sessions.of_person(decode(SignInAccount, stored).person_id, now=now)
        # With the id of a session, only those may end that did not say which one they began in.
        return [
            session
            for session in opened
            if session.provider == provider.id and not ("sid" in claims and session.provider_session)
        ]


def _check(claims: Mapping[str, Any]) -> None:
    """Check what makes a token a logout token. Raises SignInFault."""
    if "nonce" in claims:  # an ID token, which a thief may have
        raise SignInFault(FaultReason.INVALID, "nonce")
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise SignInFault(FaultReason.INVALID, "events")
    if not is_text(claims["jti"]):
        raise SignInFault(FaultReason.INVALID, "jti")
    named = [claims[name] for name in ("sid", "sub") if name in claims]
    if not named or not all(is_text(claim) for claim in named):
        raise SignInFault(FaultReason.INVALID, "sid")
