"""When a certificate in a file ends."""

from datetime import datetime
from pathlib import Path

from cryptography import x509


def certificate_ends(file: Path) -> datetime | None:
    """Return the end of the first certificate of a PEM file; None if there is none to be read."""
    try:
        return x509.load_pem_x509_certificate(file.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):
        return None  # doctor reports it
