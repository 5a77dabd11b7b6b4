"""Jobs of the directories: approved removals, and people without a unit."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.ports import Clock, Commit, Key, RandomSource, Store, TimerWrite
from bot.records.codec import decode
from bot.records.conflict import retry_on_conflict
from bot.scim.change import Parts, ScimChange
from bot.scim.config import ScimConfig, ScimSource
from bot.scim.placing import place_page, placing_rules
from bot.signin.former import FormerMarks
from dialogs.core.content import Content
from dialogs.provisioning.model import ScimCounts, ScimUser, unplaced_term, waiting_term

# Removals that wait for an administrator, and people without a unit.

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


PLACE_VERB: Final = "runtime.place"


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryJobs:
    """Work on many people, a portion at a time. ``content``: returns the content in force."""

    config: ScimConfig
    store: Store
    rng: RandomSource
    former: FormerMarks
    content: Callable[[], Content]
    clock: Clock

    async def schedule(self) -> None:
        """Set the timers of municipalities with people placed by other rules. Raises StoreUnavailable."""
        organisation = self.content().organisation
        counts = await self.store.get(
            [Key(kind=ScimCounts.KIND, id=source.municipality) for source in self.config.source]
        )
        rules_digest = {key.id: decode(ScimCounts, stored).rules_digest for key, stored in counts.items()}
        for source in self.config.source:
            rules = placing_rules(source, organisation)
            # Without counts the directory has sent no people yet.
            if rules_digest.get(source.municipality, rules) != rules:
                await self._set_timer(source.municipality, after="")

    async def place(self, municipality_id: str, after: str) -> None:
        """Place a portion of a municipality's people, and set the timer of the next one."""
        source = self.config.of(municipality_id)
        if source is None:
            return
        page = await place_page(self._parts(), source, at=self.clock.now(), after=after)
        if page.last:
            await self._set_timer(municipality_id, after=page.last)

    async def approve(self, municipality_id: str, by: str) -> None:
        """Carry out the waiting removals that an administrator approved."""
        await approve_removals(self._parts(), ScimSource(municipality=municipality_id), at=self.clock.now(), by=by)

    def _parts(self) -> Parts:
        return Parts(store=self.store, rng=self.rng, former=self.former, content=self.content())

    async def _set_timer(self, municipality_id: str, *, after: str) -> None:
        now = self.clock.now()
        data = {"municipality": municipality_id, "after": after}
        timer = TimerWrite(key=f"place/{municipality_id}", at=now, verb=PLACE_VERB, data=data)
        await self.store.commit(Commit(at=now, timers=(timer,)))
