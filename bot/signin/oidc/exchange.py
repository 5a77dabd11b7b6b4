"""The conversation with a provider: the address to sign in at, and the code for a checked identity."""

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import aiohttp
from structlog.typing import FilteringBoundLogger

from bot.ports import Clock
from bot.signin.oidc.claims import VerifiedIdentity, has_overage, identity_of, lacks, without_identity_numbers
from bot.signin.oidc.client_key import ASSERTION_TYPE, ClientKey
from bot.signin.oidc.config import Provider
from bot.signin.oidc.fetch import FaultReason, SignInFault, fetch_json
from bot.signin.oidc.metadata import Endpoints, Published, verified_id_token

# Errors of a token endpoint that mean a fault of the configuration, worth their own line in the log.
_KNOWN_ERRORS: Final = frozenset({"invalid_client", "invalid_grant", "unauthorized_client", "invalid_request"})
# Entra writes these numbers into the description of invalid_client: the secret is wrong, or has expired.
_ENTRA_EXPIRED: Final = "AADSTS7000222"


class ProviderClient:
    """One provider, as its client. ``redirect_uri`` is the one address registered there."""

    def __init__(
        self,
        *,
        provider: Provider,
        session: aiohttp.ClientSession,
        redirect_uri: str,
        clock: Clock,
        log: FilteringBoundLogger,
    ) -> None:
        self.provider = provider
        self.published = Published(provider=provider, session=session, clock=clock)
        self._session = session
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._log = log

    async def address(self, *, state: str, nonce: str, verifier: str, fresh: bool) -> str:
        """Return the address that asks the user to sign in. Raises SignInFault."""
        endpoints = await self.published.endpoints()
        emails = ("email",) if self.provider.email_trusted else ()
        query = {
            "response_type": "code",
            "response_mode": "query",
            "client_id": self.provider.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": " ".join(dict.fromkeys(("openid", *self.provider.scopes, *emails))),
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        if self.provider.resource:
            query["resource"] = self.provider.resource
        if fresh:
            query |= {"prompt": "login", "max_age": "0", **self._context()}
        joint = "&" if "?" in endpoints.authorization else "?"
        return f"{endpoints.authorization}{joint}{urlencode(query)}"

    async def check_issuer(self, named: str | None) -> None:
        """Check the issuer that an answer names (RFC 9207). Raises SignInFault: another one, or none where due."""
        if named is not None and named != self.provider.issuer:
            raise SignInFault(FaultReason.INVALID, "iss")
        if named is None and (await self.published.endpoints()).names_issuer:
            raise SignInFault(FaultReason.INVALID, "no_iss")

    async def identity(self, *, code: str, nonce: str, verifier: str) -> VerifiedIdentity:
        """Redeem a code; return the identity of the checked token. Other tokens are dropped. Raises SignInFault."""
        endpoints = await self.published.endpoints()
        answer = await self._redeem(endpoints, code=code, verifier=verifier)
        claims = await verified_id_token(
            answer.get("id_token"),
            provider=self.provider,
            published=self.published,
            nonce=nonce,
            now=self._clock.now(),
        )
        self._log_gaps(claims)
        return identity_of(claims, self.provider)

    async def sign_out_address(self, after: str) -> str | None:
        """Return the address that ends the user's session at the provider; None without one.

        No ID token is kept for ``id_token_hint``, so some providers ask the user to confirm.
        """
        try:
            endpoints = await self.published.endpoints()
        except SignInFault:
            return None
        if endpoints.end_session is None:
            return None
        joint = "&" if "?" in endpoints.end_session else "?"
        query = urlencode({"client_id": self.provider.client_id, "post_logout_redirect_uri": after})
        return f"{endpoints.end_session}{joint}{query}"

    async def _redeem(self, endpoints: Endpoints, *, code: str, verifier: str) -> Mapping[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": verifier,
        }
        headers: dict[str, str] = {}
        secret = self.provider.client_secret.get_secret_value()
        if self.provider.client_key is not None:
            form |= self._assertion(self.provider.client_key, endpoints, code)
        elif endpoints.posts_secret:
            form |= {"client_id": self.provider.client_id, "client_secret": secret}
        else:
            pair = f"{quote_plus(self.provider.client_id)}:{quote_plus(secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        answer = await fetch_json(self._session, endpoints.token, form=form, headers=headers, accept_errors=True)
        error = answer.get("error")
        if error is None:
            return answer
        detail = error if isinstance(error, str) and error in _KNOWN_ERRORS else "token_error"
        if _ENTRA_EXPIRED in str(answer.get("error_description"))[:1000]:
            detail = "client_secret_expired"
        reason = FaultReason.INVALID if detail == "invalid_grant" else FaultReason.PROVIDER
        raise SignInFault(reason, detail)

    def _assertion(self, key: ClientKey, endpoints: Endpoints, code: str) -> Mapping[str, str]:
        """Return what proves the client by its key. Raises SignInFault."""
        # Entra does not list algorithms, and asks for this one.
        expected = ("PS256",) if self.provider.tenant_id is not None else ()
        algorithm = key.algorithm(endpoints.signed_with or expected)
        if algorithm is None:
            raise SignInFault(FaultReason.PROVIDER, "no_common_algorithm")
        client_id = self.provider.client_id
        token = key.assertion(
            client_id=client_id,
            audience=endpoints.token,
            algorithm=algorithm,
            # A code is used once, so its hash is an id that comes once.
            id_=hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest(),
            at=self._clock.now(),
        )
        return {"client_id": client_id, "client_assertion_type": ASSERTION_TYPE, "client_assertion": token}

    def _context(self) -> Mapping[str, str]:
        """Return the parameter that asks for the authentication context of step-up."""
        values, claim = self.provider.step_up_acr, self.provider.step_up_acr_claim
        if not values:
            return {}
        if self.provider.step_up_ask == "acr_values":
            return {"acr_values": " ".join(values)}
        asked = {"value": values[0]} if len(values) == 1 else {"values": list(values)}
        return {"claims": json.dumps({"id_token": {claim: {"essential": True, **asked}}})}

    def _log_gaps(self, claims: Mapping[str, Any]) -> None:
        """Log which claims are missing or were dropped, by name. Values are never logged."""
        _, removed = without_identity_numbers(claims)
        if removed:
            self._log.warning("signin_claims_dropped", provider=self.provider.id, number=len(removed))
        wanted = {
            *({self.provider.link_claim} if self.provider.link == "claim" else ()),
            *({self.provider.groups_claim} if any(rule.group for rule in self.provider.role) else ()),
            *({self.provider.app_roles_claim} if any(rule.app_role for rule in self.provider.role) else ()),
        }
        for name in sorted(wanted):
            if has_overage(claims, name):
                self._log.warning("signin_groups_overage", provider=self.provider.id, claim=name)
            elif lacks(claims, name):
                self._log.warning("signin_claim_missing", provider=self.provider.id, claim=name)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
