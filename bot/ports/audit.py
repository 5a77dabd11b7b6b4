"""The audit log as a store keeps it: a chain of links, each with the hash of the link before."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

# Kind of the records that the store chains. They can be added only; ``Commit.cut_audit`` removes the oldest.
AUDIT_KIND: Final = "audit"
AUDIT_FORMAT: Final = 1
# The hash before link 1.
AUDIT_START: Final = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPoint:
    """A place in the chain: the number and hash of a link; 0 and ``AUDIT_START`` before the first."""

    number: int = 0
    hash: str = AUDIT_START


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One link with its entry.

    ``schema`` and ``body`` are the record under ``id``; None when there is no such record.
    """

    number: int
    id: str
    format: int
    previous: str
    hash: str
    schema: int | None
    body: Mapping[str, Any] | None


def audit_content(schema: int, body: Mapping[str, Any]) -> str:
    """Return the canonical text of an entry: JSON in ASCII, keys sorted, without spaces."""
    entry = {"entry": body, "schema": schema}
    return json.dumps(entry, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))


def audit_hash(number: int, previous: str, content: str) -> str:
    """Return the hash of a link in ``AUDIT_FORMAT`` 1.

    SHA-256 in hex of four lines joined by a line feed: ``heia-audit-1``, number, previous hash, content. The function
    ``append_audit`` of the database computes the same.
    """
    return hashlib.sha256(f"heia-audit-1\n{number}\n{previous}\n{content}".encode("ascii")).hexdigest()
