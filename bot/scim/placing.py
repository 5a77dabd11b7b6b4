"""Place people again when the file or the organisation has changed what departments and groups mean.

A department is kept with its account, so nothing has to be sent again.
"""

import asyncio
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.records.codec import decode
from bot.records.conflict import retry_on_conflict
from bot.scim.change import Parts, ScimChange
from bot.scim.config import ScimSource
from dialogs.provisioning.model import ScimGroup, ScimUser
from knowledge.organisation.organisation import Organisation

# People looked at in one commit: about 10 ms of the event loop on the tiny store.
PORTION: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPage:
    """A page of accounts: the last id, empty after the last page, and how many people moved."""

    last: str
    moved: int


async def place_page(parts: Parts, source: ScimSource, *, at: datetime, by: str = "", after: str = "") -> PlacedPage:
    """Place the next people of a municipality, after the account ``after``, by what holds now.

    After the last page it is noted that everyone is placed. Raises StoreUnavailable.
    """

    async def place_portion() -> PlacedPage:
        return await _placed(parts, source, at=at, by=by, after=after)

    return await retry_on_conflict(
        parts.store, place_portion, reason="the accounts are written too often; start again to go on"
    )


async def place_people(parts: Parts, source: ScimSource, *, at: datetime, by: str) -> int:
    """Place everyone of a municipality; return how many moved. Raises StoreUnavailable: start again to go on."""
    moved, page = 0, await place_page(parts, source, at=at, by=by)
    while page.last:
        moved += page.moved
        page = await place_page(parts, source, at=at, by=by, after=page.last)
    return moved


def placing_rules(source: ScimSource, organisation: Organisation) -> str:
    """Return a digest of everything that decides where people of a directory belong, and their roles."""
    units = sorted(
        (unit.id, unit.names.nb, sorted(unit.former_ids)) for unit in organisation.units(source.municipality)
    )
    rules = [sorted(source.units.items()), sorted(source.roles.items()), units]
    return hashlib.sha256(json.dumps(rules).encode()).hexdigest()


async def _placed(parts: Parts, source: ScimSource, *, at: datetime, by: str, after: str) -> PlacedPage:
    here = f"municipality:{source.municipality}"
    page = await parts.store.find(ScimUser.KIND, here, after=after, limit=PORTION)
    groups = [decode(ScimGroup, stored) for stored in await parts.store.find(ScimGroup.KIND, here)]
    change = await ScimChange.begin(parts, source, at=at, by=by)
    if not page:
        change.counts = replace(change.counts, rules_digest=placing_rules(source, parts.content.organisation))
        await change.commit()
        return PlacedPage(last="", moved=0)
    await asyncio.sleep(0)
    users = [decode(ScimUser, stored) for stored in page]
    await change.load_people([user.person_id for user in users])
    for stored, user in zip(page, users, strict=True):
        change.versions[stored.key] = stored.version
        await change.regroup(user, user, groups)
    await asyncio.sleep(0)
    for person_id in change.touched:
        change.note("scim.user_placed", person_id, about_person=True)
    if change.touched or change.records:
        await change.commit()
    return PlacedPage(last=page[-1].key.id, moved=len(change.touched))
