"""What an import owes people who come into the audience of an announcement that still applies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from bot.codec import decode
from bot.ports import Key, PostWrite, Store
from dialogs.announce.joining import joined
from dialogs.announce.model import Announcement
from dialogs.decision import Decision, Post
from dialogs.event import ChannelName, Event, Rang
from dialogs.person import Person
from dialogs.query import Find, Get
from dialogs.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Joiners:
    """The announcements that also go to those who join later, read once for a whole import."""

    store: Store
    world: World
    at: datetime
    announcements: Sequence[Announcement]

    @classmethod
    async def read(cls, store: Store, world: World, *, at: datetime) -> Self:
        """Read them. Raises StoreUnavailable."""
        stored = await store.find(Announcement.KIND, "joiners")
        return cls(store=store, world=world, at=at, announcements=[decode(Announcement, each) for each in stored])

    async def posts(self, before: Person | None, after: Person) -> list[PostWrite]:
        """Return what a person is owed whose place, role or language the import changes; see ``joined``."""
        if not self.announcements:
            return []
        event = Event(
            id=f"import/{after.id}",
            at=self.at,
            channel=ChannelName.CLOCK,
            person_id=after.id,
            conversation_id="",
            what=Rang(verb="registry.import"),
        )
        flow = joined(before, after, event, self.world)
        answer: Any = None
        while True:
            try:
                query = flow.send(answer)
            except StopIteration as stop:
                decision: Decision = stop.value
                return [self._post(effect) for effect in decision.effects if isinstance(effect, Post)]
            match query:
                case Find():
                    answer = tuple(self.announcements)
                case Get():
                    key = Key(kind=query.kind.KIND, id=query.id)
                    stored = (await self.store.get([key])).get(key)
                    answer = decode(query.kind, stored) if stored else None
                case _:
                    raise TypeError(f"who has joined is decided without {type(query).__name__}")

    def _post(self, post: Post) -> PostWrite:
        return PostWrite(
            recipient=post.to,
            slot=post.slot,
            message=post.message,
            group=post.group,
            urgency=post.urgency,
            due_at=self.at,
            expires_at=post.expires_at,
        )
