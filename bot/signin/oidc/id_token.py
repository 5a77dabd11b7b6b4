"""Checks of signed tokens: signature, issuer, audience, times, nonce."""

import hmac
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
from jwt.types import Options

from bot.signin.oidc.config import Provider
from bot.signin.oidc.fault import FaultReason, SignInFault
from bot.signin.oidc.metadata import ALGORITHMS, Published

# Clocks of municipalities' servers differ by minutes; Microsoft's own libraries allow as much.
CLOCK_SKEW: Final = timedelta(minutes=5)
# An Entra token with 200 groups has about 10 kB.
MOST_TOKEN_CHARACTERS: Final = 100_000
OLDEST_TOKEN: Final = timedelta(minutes=15)
_ACCEPTED: Final = tuple(algorithm for group in ALGORITHMS.values() for algorithm in group)
# Checks of times are ours, since PyJWT reads the machine's clock.
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
        raise SignInFault(FaultReason.INVALID, type(fault).__name__) from None
    _check_times(claims, now)
    return claims


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
