"""Signed statements about the audit log: heads, checkpoints and new keys.

A statement is a JSON object with ``kind``, ``at``, the short name of its ``key`` and a ``signature``. Signed are the
bytes ``heia-audit-statement-1``, a line feed, and the object without its signature as canonical JSON: ASCII, keys
sorted, no spaces.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NoReturn, Self

from bot.audit.keys import KEY_TEXT, SigningKey, is_signed
from bot.ports import AuditPoint

MAX_LINE: Final = 10_000


class StatementKind(StrEnum):
    """HEAD: the log ends here at this time. CHECKPOINT: it begins after this. KEY: the next key that signs."""

    HEAD = "head"
    CHECKPOINT = "checkpoint"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A signed statement. ``fields`` has all but the signature."""

    fields: Mapping[str, Any]
    signature: str

    @classmethod
    def head(cls, point: AuditPoint, *, at: datetime, key: SigningKey) -> Self:
        """State where the log ends."""
        return cls._signed({"kind": StatementKind.HEAD.value, **_place(point)}, at=at, key=key)

    @classmethod
    def checkpoint(cls, point: AuditPoint, *, newest: str, months: int, at: datetime, key: SigningKey) -> Self:
        """State that all up to a place was removed, because it was older than ``months``.

        ``newest`` is the time of the last removed entry.
        """
        fields = {"kind": StatementKind.CHECKPOINT.value, **_place(point), "newest": newest, "months": months}
        return cls._signed(fields, at=at, key=key)

    @classmethod
    def new_key(cls, public: str, *, at: datetime, key: SigningKey) -> Self:
        """State by the old key which one signs from now on."""
        return cls._signed({"kind": StatementKind.KEY.value, "public": public}, at=at, key=key)

    @classmethod
    def parse(cls, line: str | bytes) -> Self:
        """Return the statement of a line. Raises ValueError."""
        if len(line) > MAX_LINE:
            raise ValueError("too long for a statement")
        document = json.loads(line, parse_constant=_refuse)
        if not isinstance(document, dict):
            raise ValueError("no statement")
        return cls.from_document(document)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Return the statement of a JSON object. Raises ValueError."""
        fields = dict(document)
        signature = fields.pop("signature", None)
        texts = {"at", "key"} | ({"public"} if fields.get("kind") == StatementKind.KEY else {"hash"})
        if not isinstance(signature, str) or not all(isinstance(fields.get(name), str) for name in texts):
            raise ValueError("no statement")
        number = fields.get("number")
        if StatementKind(fields.get("kind", "")) is StatementKind.KEY:
            sound = KEY_TEXT.fullmatch(fields["public"]) is not None
        else:
            sound = isinstance(number, int) and not isinstance(number, bool)
        if not sound:
            raise ValueError("no statement")
        return cls(fields, signature)

    @classmethod
    def _signed(cls, fields: dict[str, Any], *, at: datetime, key: SigningKey) -> Self:
        fields |= {"at": at.astimezone(UTC).isoformat(timespec="seconds"), "key": key.id}
        return cls(fields, key.sign(_message(fields)))

    @property
    def kind(self) -> StatementKind:
        """The kind of statement."""
        return StatementKind(self.fields["kind"])

    @property
    def at(self) -> str:
        """When it was signed, as ISO 8601 in UTC."""
        return str(self.fields["at"])

    @property
    def key(self) -> str:
        """Short name of the key that signed."""
        return str(self.fields["key"])

    @property
    def point(self) -> AuditPoint:
        """The place in the chain, of a head or a checkpoint."""
        return AuditPoint(number=self.fields["number"], hash=self.fields["hash"])

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object."""
        return {**self.fields, "signature": self.signature}

    def line(self) -> str:
        return json.dumps(self.to_dict(), ensure_ascii=True) + "\n"

    def is_signed_by(self, keys: Mapping[str, str]) -> bool:
        """Return whether one of the public keys, by short name, signed it."""
        public = keys.get(self.key)
        return public is not None and is_signed(public, _message(self.fields), self.signature)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _place(point: AuditPoint) -> dict[str, Any]:
    return {"number": point.number, "hash": point.hash}


def _message(fields: Mapping[str, Any]) -> bytes:
    text = json.dumps(fields, ensure_ascii=True, allow_nan=False, sort_keys=True, separators=(",", ":"))
    return b"heia-audit-statement-1\n" + text.encode("ascii")
