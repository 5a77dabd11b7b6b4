"""Jobs of the directories: approved removals, and people to place again after a change of the file."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.ports import Clock, Commit, Key, RandomSource, Store, TimerWrite
from bot.records.codec import decode
from bot.scim.change import Parts
from bot.scim.config import ScimConfig, ScimSource
from bot.scim.placing import place_page, placing_rules
from bot.scim.waiting import approve_removals
from bot.signin.former import FormerMarks
from dialogs.core.content import Content
from dialogs.provisioning.model import ScimCounts

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
