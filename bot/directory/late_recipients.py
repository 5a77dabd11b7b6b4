"""Announcements for late recipients: people added to the audience by an import."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from bot.ports import PostWrite, Store
from bot.records.codec import decode
from bot.records.query_answering import FlowRun
from dialogs.announce.deliver.late_recipients import missed_posts
from dialogs.announce.model import Announcement
from dialogs.core.content import Content
from dialogs.core.decision import Post
from dialogs.core.event import CLOCK, Event, Rang
from dialogs.core.person import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class LateRecipients:
    """Open announcements that also go to late recipients, read once per import."""

    store: Store
    content: Content
    at: datetime
    announcements: Sequence[Announcement]

    @classmethod
    async def from_store(cls, store: Store, content: Content, *, at: datetime) -> Self:
        """Read the announcements. Raises StoreUnavailable."""
        stored = await store.find(Announcement.KIND, "joiners")
        return cls(store=store, content=content, at=at, announcements=[decode(Announcement, row) for row in stored])

    async def posts(self, before: Person | None, after: Person) -> list[PostWrite]:
        """Return the posts for a person after a change of place, role or language; see ``missed_posts``."""
        if not self.announcements:
            return []
        event = Event(
            id=f"import/{after.id}",
            at=self.at,
            channel=CLOCK,
            person_id=after.id,
            conversation_id="",
            what=Rang(verb="registry.import"),
        )
        decision = await FlowRun(store=self.store).run(
            missed_posts(self.announcements, before, after, event, self.content)
        )
        return [self._post(effect) for effect in decision.effects if isinstance(effect, Post)]

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
