"""Certificates that tests sign with."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID


def pem_of(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *, at: datetime, days: int = 365, names: Sequence[str] = ()
) -> bytes:
    """Return a self-signed certificate of a key, and the key, as one PEM file."""
    return certificate_of(key, at=at, days=days, names=names).public_bytes(Encoding.PEM) + key_pem(key)


def key_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def certificate_of(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    *,
    at: datetime,
    days: int = 365,
    names: Sequence[str] = (),
) -> x509.Certificate:
    """Return a self-signed certificate; with ``names``, of a server that has these."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "heia.example")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=days))
    )
    if names:
        own_names = x509.SubjectAlternativeName([x509.DNSName(own_name) for own_name in names])
        builder = builder.add_extension(own_names, critical=False)
    return builder.sign(key, hashes.SHA256())
