"""One bot over one store: what people do to it, how time passes, how it dies and starts again."""

import random
import shutil
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import structlog

from bot.app.maintenance import Maintenance
from bot.directory.apply_import import apply_import
from bot.directory.plan import RegistryPlan
from bot.ports import Commit, Delivery, DeliveryStatus, Incoming, Key, Sender, Settled, Store, Timer
from bot.records.codec import decode
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from bot.stores.tiny.store import TinyStore
from bot.turn.identity import Directory, UnknownPerson
from bot.turn.runtime import Runtime
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.event import Left, Pressed, Said, What
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from dialogs.router import route
from knowledge.matching.match import Asked, Match
from tests.channels import WEB
from tests.crash.handoff_life.gate import Gate, GatedStore
from tests.crash.handoff_life.town import BEGIN, CONTACT, HELPERS, inhabitants, town_content
from tests.timers import due_timers

HOME: Final = Address(channel=WEB)
TICK: Final = timedelta(microseconds=50)
LEASE: Final = timedelta(seconds=30)
FAR: Final = datetime(2100, 1, 1, tzinfo=BEGIN.tzinfo)
Turn = Coroutine[Any, Any, Any]


class Clock:
    """Moves a little each time it is read, and far when it is told to: no two things happen at one instant."""

    def __init__(self) -> None:
        self.at = BEGIN

    def now(self) -> datetime:
        """Return the time."""
        self.at += TICK
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Return at once."""


class Chance:
    """Ids in a row, the same in every run."""

    def __init__(self) -> None:
        self._number = 0

    def new_id(self, prefix: str) -> str:
        """Return the next id."""
        self._number += 1
        return f"{prefix}-{self._number:04}"

    def uniform(self) -> float:
        """Return the middle."""
        return 0.5


class Stranger:
    """Understands nothing: whatever is not said to a colleague has no answer."""

    async def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous_article_ids: Sequence[str],
        asked_before: Asked,
        municipality_id: str | None,
        independent: bool,
    ) -> tuple[Match, ...]:
        """Return no candidate."""
        return tuple(
            Match(utterance=each, language="nb", small_talk=None, candidates=(), precision=0.0) for each in utterances
        )


class Chats:
    """Everybody's chat as it stands: the last message in each slot."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.slots: dict[tuple[str, str], Message] = {}

    async def deliver(self, delivery: Delivery) -> Settled:
        """Put the wanted message where it belongs."""
        place = (delivery.recipient, delivery.slot)
        if delivery.message is None:
            self.slots.pop(place, None)
        else:
            self.slots[place] = delivery.message
        return Settled(
            delivery_id=delivery.id,
            lease_token=delivery.lease_token or "",
            version=delivery.version,
            status=DeliveryStatus.SENT if delivery.message else DeliveryStatus.DELETED,
            at=self._clock.now(),
            channel=WEB,
            reference={"slot": delivery.slot},
        )


class _Nobody:
    def observe(self, stage: str, seconds: float) -> None:
        """Measure nothing."""


class UncompactedStore(TinyStore):
    """A tiny store that keeps its journal when a person is erased: a death cuts the end of one file.

    Deaths during a compaction are in ``test_tiny_kill``.
    """

    async def forget_recipient(self, recipient: str) -> int:
        """See ``Store.forget_recipient``."""
        return await super(TinyStore, self).forget_recipient(recipient)

    async def purge(self) -> None:
        """See ``Store.purge``."""


class Life:
    """What happens to one bot from its first start. ``folder`` None keeps everything in memory, deaths survived."""

    def __init__(self, folder: Path | None) -> None:
        self.clock = Clock()
        self.chats = Chats(self.clock)
        self.rng = Chance()
        self._folder = folder
        self._journal: Path | None = None
        self._deaths = 0
        self._loads: dict[str, int] = {}
        self._heard = 0

    async def begin(self) -> None:
        """Start with everybody in the registry."""
        await self._start(MemoryStore() if self._folder is None else UncompactedStore(directory=self._folder / "0"))
        await self.store.commit(Commit(at=BEGIN, records=inhabitants()))

    async def end(self) -> None:
        """Stop as one should."""
        await self.store.close()

    async def _start(self, store: MemoryStore) -> None:
        self.store = store
        await store.open()
        if isinstance(store, TinyStore):
            await store.give_up_leases()
            self._journal = next((self._folder / str(self._deaths)).glob("*.journal"))
        self.gated = GatedStore(store, size=self._bytes, watch=self._nobody_gets_more_than_there_is_room_for)
        gated: Store = self.gated
        self.runtime = Runtime(
            store=gated,
            directory=Directory(store=gated, former=FormerMarks(b"l" * 32)),
            understanding=Stranger(),
            route=route,
            content=town_content,
            sender=self.chats,
            jobs=Maintenance(store=gated, clock=self.clock).jobs,
            former=FormerMarks(b"l" * 32),
            clock=self.clock,
            rng=self.rng,
            stages=_Nobody(),
            log=structlog.get_logger(),
        )

    # What happens

    def pressing(self, who: str, verb: str, **data: Any) -> Callable[[], Turn]:
        """Return the turn of a button pressed by ``who``."""
        return self.doing(who, Pressed(verb=verb, data=data))

    def saying(self, who: str, words: str) -> Callable[[], Turn]:
        """Return the turn of words written by ``who``."""
        return self.doing(who, Said(utterance=words))

    def leaving(self, who: str) -> Callable[[], Turn]:
        """Return the turn of ``who`` removing the bot."""
        return self.doing(who, Left())

    def doing(self, who: str, what: What) -> Callable[[], Turn]:
        """Return a turn; it may be run again, as when a channel delivers an activity twice."""
        self._heard += 1
        incoming = Incoming(
            id=f"a{self._heard}",
            channel=WEB,
            sender=Sender(name="", person_id=who),
            address=HOME,
            conversation_id=f"c-{who}",
            what=what,
        )

        async def turn() -> None:
            try:
                await self.runtime.receive(incoming)
            except UnknownPerson:
                return  # deleted, or taken out of the registry without ever having come

        return turn

    def importing(self, plan: RegistryPlan) -> Callable[[], Turn]:
        """Return the carrying out of an import."""
        gated: Store = self.gated
        return lambda: apply_import(
            gated,
            plan,
            at=self.clock.now(),
            rng=self.rng,
            former=FormerMarks(b"l" * 32),
            content=town_content(),
        )

    async def at_once(
        self, turns: Sequence[Callable[[], Turn]], rng: random.Random, *, dies_after: int | None = None
    ) -> None:
        """Run turns side by side. The process may die between any two of their steps, and starts again."""
        if not await Gate(rng).run([turn() for turn in turns], dies_after=dies_after):
            await self.die(rng)

    async def die(self, rng: random.Random) -> None:
        """Lose whatever is not durable, and start again from what is."""
        self._deaths += 1
        promised, doubtful = self.gated.promised, self.gated.doubtful
        if self._folder is None:
            await self._start(self.store)
        else:
            old = self._folder / str(self._deaths - 1)
            new = self._folder / str(self._deaths)
            shutil.copytree(old, new)
            torn = self.gated.unheard
            if torn is not None and torn.end == self._bytes():
                with (new / self._journal.name).open("r+b") as file:
                    file.truncate(rng.randint(torn.start, torn.end))
            await self.store.close()
            shutil.rmtree(old)
            await self._start(UncompactedStore(directory=new))
        desks = await self.store.get([Key(kind=Worklist.KIND, id=id_) for id_ in HELPERS])
        self._loads = {key.id: decode(Worklist, desk).used_capacity for key, desk in desks.items()}
        found = await self.store.get([key for key in promised if key not in doubtful])
        for key, (_, version) in promised.items():
            if key not in doubtful:
                stored = found.get(key)
                assert (stored.version if stored else None) == version, f"{key} is not what was promised"
        self.gated.promised = {key: (0, version) for key, (_, version) in promised.items() if key not in doubtful}

    async def _nobody_gets_more_than_there_is_room_for(self, commit: Commit) -> None:
        """Hold that whatever is brought to a helper finds them there, and with a free place, at that very step."""
        for write in commit.records:
            if write.key.kind != Worklist.KIND:
                continue
            id_ = write.key.id
            load = len(write.body["offered"]) + len(write.body["open"]) if write.body else 0
            grown, self._loads[id_] = load > self._loads.get(id_, 0), load
            stored = (await self.store.get([key := Key(kind=AmbassadorProfile.KIND, id=id_)])).get(key)
            if grown and stored is not None and id_ != CONTACT:
                helper = decode(AmbassadorProfile, stored).ambassador
                assert load <= helper.capacity, f"{id_} got more than there is room for"
                assert helper.active, f"{id_} got a question after leaving"

    def _bytes(self) -> int:
        return self._journal.stat().st_size if self._journal else 0

    async def pass_until(self, at: datetime) -> None:
        """Let time pass. Timers that are due ring in order, those due together in any; the courier works between."""
        while (due_at := await self.store.next_timer_at()) is not None and due_at <= at:
            self.clock.at = max(self.clock.at, due_at)
            for timer in await due_timers(self.store, now=self.clock.at, limit=100):
                await self.runtime.ring(timer)
        self.clock.at = max(self.clock.at, at)

    async def timers(self) -> dict[str, Timer]:
        """Return every timer that is set."""
        return {timer.key: timer for timer in await due_timers(self.store, now=FAR, limit=10_000)}

    async def carry_all(self) -> None:
        """Let the courier bring everything that is owed, what a dead turn had leased included."""
        now = self.clock.at + LEASE
        token = self.rng.new_id("courier")
        while claimed := await self.store.claim(now=now, lease_for=LEASE, limit=200, token=token):
            people = await self.store.get([Key(kind=Person.KIND, id=each.recipient) for each in claimed])
            outcomes = []
            for delivery in claimed:
                stored = people.get(Key(kind=Person.KIND, id=delivery.recipient))
                reachable = stored is not None and any(a["reachable"] for a in stored.body["addresses"].values())
                outcome = await self.chats.deliver(delivery) if reachable else _given_up(delivery, now)
                outcomes.append(outcome)
            await self.store.settle(outcomes)


def _given_up(delivery: Delivery, at: datetime) -> Settled:
    return Settled(
        delivery_id=delivery.id,
        lease_token=delivery.lease_token or "",
        version=delivery.version,
        status=DeliveryStatus.UNREACHABLE,
        at=at,
    )
