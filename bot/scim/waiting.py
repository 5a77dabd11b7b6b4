"""Removals that wait for an administrator, and people without a unit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.ports import Store
from bot.records.codec import decode
from bot.records.conflict import retry_on_conflict
from bot.scim.change import Parts, ScimChange
from bot.scim.config import ScimSource
from dialogs.provisioning.model import ScimUser, unplaced_term, waiting_term

PORTION: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ScimPending:
    """Numbers of a municipality's people an administrator or the operator must see to."""

    waiting: int
    unplaced: int


async def pending_people(store: Store, municipality_ids: Iterable[str]) -> Mapping[str, ScimPending]:
    """Return the numbers by municipality. Raises StoreUnavailable."""
    return {
        id_: ScimPending(
            waiting=await store.count(ScimUser.KIND, waiting_term(id_)),
            unplaced=await store.count(ScimUser.KIND, unplaced_term(id_)),
        )
        for id_ in municipality_ids
    }


async def waiting_removals(store: Store, municipality_id: str) -> Sequence[ScimUser]:
    """Return the accounts with removals that wait for an administrator."""
    return [decode(ScimUser, stored) for stored in await store.find(ScimUser.KIND, waiting_term(municipality_id))]


async def approve_removals(parts: Parts, source: ScimSource, *, at: datetime, by: str) -> int:
    """Carry out every waiting removal of a municipality, in portions, and return their number.

    Raises StoreUnavailable: start again to continue.
    """

    async def release_portion() -> int:
        page = await parts.store.find(ScimUser.KIND, waiting_term(source.municipality), limit=PORTION)
        change = await ScimChange.begin(parts, source, at=at, by=by)
        for stored in page:
            change.versions[stored.key] = stored.version
            await change.release(decode(ScimUser, stored))
        if page:
            await change.commit()
        return len(page)

    removed = 0
    reason = "the accounts are written too often; start again to go on"
    while released := await retry_on_conflict(parts.store, release_portion, reason=reason):
        removed += released
    return removed
