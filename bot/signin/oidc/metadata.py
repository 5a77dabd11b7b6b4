"""What a provider publishes, cached, and the checks of the tokens that it signs."""

import asyncio
import hmac
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import aiohttp
import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.types import Options

from bot.ports import Clock
from bot.signin.oidc.config import Provider
from bot.signin.oidc.fetch import FaultReason, SignInFault, fetch_json, is_endpoint

FRESH_FOR: Final = timedelta(hours=1)
# While a provider's pages are down, its last published data still holds, so that its people can sign in.
USABLE_FOR: Final = timedelta(hours=24)
# An invented key id must not make Heia flood a provider with requests.
PAUSE_BETWEEN_FETCHES: Final = timedelta(minutes=1)
# Sign-ins meanwhile would otherwise wait for a provider that is down, one after the other.
PAUSE_AFTER_FAILURE: Final = timedelta(seconds=10)
MOST_KEYS: Final = 100
SHORTEST_RSA_BITS: Final = 2048
DISCOVERY: Final = "/.well-known/openid-configuration"
# Signatures with a public key only: a shared secret (HS256) or none could be made by others.
ALGORITHMS: Final[Mapping[str, tuple[str, ...]]] = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA",),
}
_CURVES: Final = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "Ed25519": "EdDSA"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """The checked parts of a discovery document.

    ``names_issuer``: the provider names itself in its answers to the browser (RFC 9207). ``signed_with``: the
    algorithms of a client's own tokens; empty if it does not say.
    """

    authorization: str
    token: str
    keys: str
    end_session: str | None
    posts_secret: bool
    names_issuer: bool
    signed_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyingKey:
    """A public key, with the algorithms it may verify."""

    id: str | None
    key: Any
    algorithms: tuple[str, ...]


class Published:
    """Endpoints and keys of one provider. Concurrent callers share one fetch."""

    def __init__(self, *, provider: Provider, session: aiohttp.ClientSession, clock: Clock) -> None:
        self._provider = provider
        self._session = session
        self._clock = clock
        self._endpoints: tuple[Endpoints, datetime] | None = None
        self._keys: tuple[tuple[VerifyingKey, ...], datetime] | None = None
        # Reason and detail alone: an exception would keep its frames, and the connection in them.
        self._failed: tuple[FaultReason, str, datetime] | None = None
        self._busy = asyncio.Lock()

    async def endpoints(self) -> Endpoints:
        """Return the endpoints. Raises SignInFault."""
        async with self._busy:
            return await self._known_endpoints()

    async def fetch_anew(self) -> int:
        """Fetch endpoints and keys now; return the number of usable keys. Raises SignInFault."""
        async with self._busy:
            now = self._clock.now()
            self._endpoints, self._failed = None, None
            keys = await self._fetched_keys()
            self._keys = (keys, now)
            return len(keys)

    async def key(self, key_id: str | None, algorithm: str) -> VerifyingKey:
        """Return the key that verifies a token; keys are fetched again after an hour, and for an unknown id.

        Raises SignInFault: no such key, or keys cannot be fetched and the known ones are too old or lack it.
        """
        async with self._busy:
            keys, fetched_at = self._keys or ((), None)
            now = self._clock.now()
            chosen = _chosen(keys, key_id, algorithm)
            stale = fetched_at is None or now - fetched_at >= FRESH_FOR
            if stale or (chosen is None and fetched_at is not None and now - fetched_at >= PAUSE_BETWEEN_FETCHES):
                try:
                    keys = await self._fetched_keys()
                except SignInFault:
                    if chosen is None or fetched_at is None or now - fetched_at >= USABLE_FOR:
                        raise
                else:
                    self._keys = (keys, now)
                    chosen = _chosen(keys, key_id, algorithm)
        if chosen is None:
            raise SignInFault(FaultReason.INVALID, "unknown_key")
        return chosen

    async def _known_endpoints(self) -> Endpoints:
        now = self._clock.now()
        if self._endpoints is None or now - self._endpoints[1] >= FRESH_FOR:
            try:
                document = await self._fetch(self._provider.issuer.rstrip("/") + DISCOVERY)
            except SignInFault:
                if self._endpoints is None or now - self._endpoints[1] >= USABLE_FOR:
                    raise
                return self._endpoints[0]
            try:
                self._endpoints = (_checked(document, self._provider), now)
            except SignInFault as fault:
                self._failed = (fault.reason, fault.detail, now)
                raise
        return self._endpoints[0]

    async def _fetched_keys(self) -> tuple[VerifyingKey, ...]:
        endpoints = await self._known_endpoints()
        listed = (await self._fetch(endpoints.keys)).get("keys")
        if not isinstance(listed, list) or len(listed) > MOST_KEYS:
            raise SignInFault(FaultReason.PROVIDER, "keys_unreadable")
        return tuple(key for published in listed if (key := _read_key(published)) is not None)

    async def _fetch(self, address: str) -> Mapping[str, Any]:
        if self._failed is not None and self._clock.now() - self._failed[2] < PAUSE_AFTER_FAILURE:
            raise SignInFault(self._failed[0], self._failed[1])
        try:
            return await fetch_json(self._session, address)
        except SignInFault as fault:
            self._failed = (fault.reason, fault.detail, self._clock.now())
            raise


def _chosen(keys: tuple[VerifyingKey, ...], key_id: str | None, algorithm: str) -> VerifyingKey | None:
    fitting = [key for key in keys if algorithm in key.algorithms and key_id in {None, key.id}]
    # Without an id in the token, or with an id used twice, no key is guessed.
    return fitting[0] if len(fitting) == 1 else None


def _checked(document: Mapping[str, Any], provider: Provider) -> Endpoints:
    """Return the endpoints. Raises SignInFault: another issuer, a foreign host, or no PKCE with S256."""
    if document.get("issuer") != provider.issuer:
        raise SignInFault(FaultReason.PROVIDER, "other_issuer")
    hosts = provider.allowed_hosts
    endpoints = {}
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        endpoints[name] = document.get(name)
        if not is_endpoint(endpoints[name], hosts):
            raise SignInFault(FaultReason.PROVIDER, f"foreign_{name}")
    methods = document.get("code_challenge_methods_supported")
    # Entra ID and AD FS take PKCE but do not list it; a list without S256 is a provider without it.
    if isinstance(methods, list) and "S256" not in methods:
        raise SignInFault(FaultReason.PROVIDER, "no_pkce")
    secrets = document.get("token_endpoint_auth_methods_supported")
    end_session = document.get("end_session_endpoint")
    signed_with = document.get("token_endpoint_auth_signing_alg_values_supported")
    return Endpoints(
        authorization=str(endpoints["authorization_endpoint"]),
        token=str(endpoints["token_endpoint"]),
        keys=str(endpoints["jwks_uri"]),
        end_session=str(end_session) if is_endpoint(end_session, hosts) else None,
        posts_secret=isinstance(secrets, list) and "client_secret_basic" not in secrets,
        names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        signed_with=tuple(map(str, signed_with[:MOST_KEYS])) if isinstance(signed_with, list) else (),
    )


def _read_key(published: Any) -> VerifyingKey | None:
    """Return a usable public key for signatures, or None."""
    if not isinstance(published, dict) or published.get("use", "sig") != "sig":
        return None
    kind, key_id, named = published.get("kty"), published.get("kid"), published.get("alg")
    if not isinstance(kind, str) or not (key_id is None or isinstance(key_id, str)) or "d" in published:
        return None
    algorithms = ALGORITHMS.get(kind, ())
    if kind in {"EC", "OKP"}:
        algorithms = tuple(algorithm for algorithm in algorithms if algorithm == _CURVES.get(str(published.get("crv"))))
    if named is not None:
        algorithms = tuple(algorithm for algorithm in algorithms if algorithm == named)
    if not algorithms:
        return None
    try:
        key = jwt.PyJWK(published, algorithm=algorithms[0]).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAPublicKey) and key.key_size < SHORTEST_RSA_BITS:
        return None
    return VerifyingKey(id=key_id, key=key, algorithms=algorithms)


# Checks of signed tokens: signature, issuer, audience, times, nonce.

# Clocks of municipalities' servers differ by minutes; Microsoft's own libraries allow as much.
CLOCK_SKEW: Final = timedelta(minutes=5)
# An Entra token with 200 groups has about 10 kB.
MOST_TOKEN_CHARACTERS: Final = 100_000
OLDEST_TOKEN: Final = timedelta(minutes=15)
_ACCEPTED: Final = tuple(algorithm for group in ALGORITHMS.values() for algorithm in group)
# Checks of times are ours, since PyJWT reads the machine's clock.
WRONG_IN_TOKEN: Final[Mapping[type[Exception], str]] = {
    jwt.InvalidAudienceError: "audience",
    jwt.InvalidIssuerError: "issuer",
    jwt.InvalidSignatureError: "signature",
    jwt.InvalidKeyError: "unknown_key",
}
_OPTIONS: Final[Options] = {
    "verify_signature": True,
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": True,
    "verify_iss": True,
    "strict_aud": False,
}


async def verified_id_token(
    token: object, *, provider: Provider, published: Published, nonce: str, now: datetime
) -> Mapping[str, Any]:
    """Return the claims of an ID token. Raises SignInFault."""
    claims = await verified_claims(
        token, provider=provider, published=published, now=now, required=("iss", "aud", "sub", "exp", "iat", "nonce")
    )
    audience = claims["aud"]
    authorized = claims.get("azp")
    if isinstance(audience, list) and len(audience) > 1 and authorized is None:
        raise SignInFault(FaultReason.INVALID, "no_azp")
    if authorized is not None and authorized != provider.client_id:
        raise SignInFault(FaultReason.INVALID, "azp")
    given = claims["nonce"]
    if not isinstance(given, str) or not hmac.compare_digest(given.encode("utf-8", "replace"), nonce.encode()):
        raise SignInFault(FaultReason.INVALID, "nonce")
    if not is_text(claims["sub"]):
        raise SignInFault(FaultReason.INVALID, "sub")
    return claims


async def verified_claims(
    token: object, *, provider: Provider, published: Published, now: datetime, required: Collection[str]
) -> Mapping[str, Any]:
    """Return the claims of a token that the provider signed for us, and that is valid now. Raises SignInFault."""
    if not isinstance(token, str) or not 0 < len(token) <= MOST_TOKEN_CHARACTERS or not token.isascii():
        raise SignInFault(FaultReason.INVALID, "no_token" if not token else "token_size")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError, TypeError):
        raise SignInFault(FaultReason.INVALID, "token_form") from None
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in _ACCEPTED:
        raise SignInFault(FaultReason.INVALID, "algorithm")
    if "crit" in header:  # extensions that must be understood, and are not
        raise SignInFault(FaultReason.INVALID, "crit")
    if not (key_id is None or isinstance(key_id, str)):
        raise SignInFault(FaultReason.INVALID, "kid")
    key = await published.key(key_id, algorithm)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            audience=provider.client_id,
            issuer=provider.issuer,
            options={**_OPTIONS, "require": list(required)},
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as fault:
        raise SignInFault(FaultReason.INVALID, _wrong_in_token(fault)) from None
    _check_times(claims, now)
    return claims


def _wrong_in_token(fault: Exception) -> str:
    """Return what is wrong with a token: ``missing_aud``, ``audience``, ``issuer``, ``signature`` or its form."""
    if isinstance(fault, jwt.MissingRequiredClaimError):
        return f"missing_{fault.claim}"
    return next((detail for kind, detail in WRONG_IN_TOKEN.items() if isinstance(fault, kind)), "token_form")


def moment_of(value: object) -> datetime | None:
    """Return the time of a numeric date; None when it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def is_text(value: object) -> bool:
    """Return whether a value is a usable identifier: 1 to 255 printable characters."""
    return isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable()


def _check_times(claims: Mapping[str, Any], now: datetime) -> None:
    issued = moment_of(claims.get("iat"))
    if issued is None:
        raise SignInFault(FaultReason.INVALID, "iat")
    if issued > now + CLOCK_SKEW or ("nbf" in claims and not _is_begun(claims["nbf"], now)):
        raise SignInFault(FaultReason.INVALID, "clock_from_future")
    # One in the future would count as a recent sign-in for as long as its session lasts.
    proved = moment_of(claims.get("auth_time"))
    if proved is not None and proved > now + CLOCK_SKEW:
        raise SignInFault(FaultReason.INVALID, "clock_from_future")
    if issued < now - OLDEST_TOKEN:
        raise SignInFault(FaultReason.INVALID, "clock_too_old")
    if "exp" in claims:
        expires = moment_of(claims["exp"])
        if expires is None or expires <= now - CLOCK_SKEW:
            raise SignInFault(FaultReason.INVALID, "clock_expired")


def _is_begun(not_before: object, now: datetime) -> bool:
    begins = moment_of(not_before)
    return begins is not None and begins <= now + CLOCK_SKEW
