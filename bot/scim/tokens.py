"""Tokens of municipalities' directories: made, checked, rotated with an overlap, withdrawn."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.ports import Commit, Key, RandomSource, RecordWrite, Store
from bot.records.codec import decode, write_of
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put
from dialogs.provisioning.model import ScimToken

VALID_FOR: Final = timedelta(days=365)
OVERLAP: Final = timedelta(days=7)
LONGEST_TOKEN: Final = 100
SHORT_ID: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryTokens:
    """Tokens in the store; only their hashes are kept."""

    store: Store
    rng: RandomSource

    async def make(
        self,
        municipality_id: str,
        *,
        at: datetime,
        by: str,
        valid_for: timedelta = VALID_FOR,
        overlap: timedelta = OVERLAP,
    ) -> str:
        """Return a new token; older ones of the municipality end after ``overlap``. Raises StoreUnavailable."""
        token = f"heia-scim-{secrets.token_urlsafe(32)}"
        new = ScimToken(id=hash_of(token), municipality_id=municipality_id, created_at=at, expires_at=at + valid_for)
        older = await self.of(municipality_id)
        kept = [
            replace(token, expires_at=min(token.expires_at, at + overlap)) for token in older if token.expires_at > at
        ]
        gone = [token for token in older if token.expires_at <= at]
        act = Audit(act="scim.token_made", subject=municipality_id, by=by, details=(("token", new.id[:SHORT_ID]),))
        records = [_whatever(write_of(Put(record=token), {})) for token in (new, *kept)]
        records += [RecordWrite(key=Key(kind=ScimToken.KIND, id=token.id), body=None) for token in gone]
        await self.store.commit(Commit(at=at, records=(*records, self._noted(act, at))))
        return token

    async def end_token(self, token: ScimToken, *, at: datetime, by: str) -> None:
        """End a token at once. Raises StoreUnavailable."""
        act = Audit(
            act="scim.token_withdrawn", subject=token.municipality_id, by=by, details=(("token", token.id[:SHORT_ID]),)
        )
        removed = RecordWrite(key=Key(kind=ScimToken.KIND, id=token.id), body=None)
        await self.store.commit(Commit(at=at, records=(removed, self._noted(act, at))))

    async def of(self, municipality_id: str) -> Sequence[ScimToken]:
        """Return a municipality's tokens, the newest last."""
        rows = await self.store.find(ScimToken.KIND, f"municipality:{municipality_id}")
        return sorted((decode(ScimToken, stored) for stored in rows), key=lambda token: token.created_at)

    async def municipality_of(self, token: str, *, now: datetime) -> str | None:
        """Return the municipality of a valid token. Raises StoreUnavailable."""
        if not 0 < len(token) <= LONGEST_TOKEN:
            return None
        key = Key(kind=ScimToken.KIND, id=hash_of(token))
        stored = (await self.store.get([key])).get(key)
        known = decode(ScimToken, stored) if stored is not None else None
        return known.municipality_id if known is not None and now < known.expires_at else None

    def _noted(self, act: Audit, at: datetime) -> RecordWrite:
        return write_of(Put(record=AuditEntry.from_act(act, id=self.rng.new_id("audit"), at=at)), {})


def hash_of(token: str) -> str:
    """Return the record id of a token. It has 256 random bits, so the hash needs no salt."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _whatever(write: RecordWrite) -> RecordWrite:
    return replace(write, expected=None)
