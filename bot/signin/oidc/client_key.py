"""The key of a certificate with which Heia proves that it is the registered client (RFC 7523)."""

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Self

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
# Used once, at once; the rest is for clocks that differ.
VALID_FOR: Final = timedelta(minutes=5)
SHORTEST_RSA_BITS: Final = 2048
_RSA_ALGORITHMS: Final = ("PS256", "RS256")
_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ClientKey:
    """A private key and the thumbprint of its certificate: SHA-256, base64url, as ``x5t#S256`` has it."""

    key: RSAPrivateKey | EllipticCurvePrivateKey
    thumbprint: str

    @classmethod
    def from_pem_file(cls, file: Path) -> Self:
        """Read a PEM file with a certificate and its unencrypted private key. Raises OSError, ValueError."""
        raw = file.read_bytes()
        try:
            certificate = x509.load_pem_x509_certificate(raw)
        except ValueError:
            raise ValueError("holds no certificate") from None
        try:
            key = load_pem_private_key(raw, password=None)
        except (ValueError, TypeError):
            raise ValueError("holds no private key, or one with a password") from None
        if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
            raise ValueError("the key must be RSA or of an elliptic curve")
        if isinstance(key, RSAPrivateKey) and key.key_size < SHORTEST_RSA_BITS:
            raise ValueError(f"the key must have at least {SHORTEST_RSA_BITS} bits")
        if isinstance(key, EllipticCurvePrivateKey) and key.curve.name not in _CURVES:
            raise ValueError("the key must be on the curve P-256, P-384 or P-521")
        if key.public_key() != certificate.public_key():
            raise ValueError("the private key is not that of the certificate")
        return cls(key=key, thumbprint=_base64url(certificate.fingerprint(hashes.SHA256())))

    def algorithm(self, supported: tuple[str, ...]) -> str | None:
        """Return the best algorithm of the key that the provider supports; None without one.

        ``supported``: empty if the provider does not say; then the one that every provider has.
        """
        own = _RSA_ALGORITHMS if isinstance(self.key, RSAPrivateKey) else (_CURVES[self.key.curve.name],)
        return next((algorithm for algorithm in own if algorithm in supported), None) if supported else own[-1]

    def assertion(self, *, client_id: str, audience: str, algorithm: str, id_: str, at: datetime) -> str:
        """Return a token for the token endpoint ``audience``. ``id_`` is used once."""
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": id_,
            "iat": at,
            "nbf": at,
            "exp": at + VALID_FOR,
        }
        # Entra finds the certificate by its thumbprint; without a key id, Keycloak takes the client's only one.
        return jwt.encode(claims, self.key, algorithm, headers={"x5t#S256": self.thumbprint})


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
