"""One-time sign-in links: the only module that creates, reads and redeems them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.ports import Commit, Conflict, Key, RandomSource, Store, Stored
from bot.records.codec import decode, write_of
from bot.signin.sessions import LONGEST_TOKEN, Sessions, Started, id_of_token
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put, Remove
from dialogs.core.person import Person
from dialogs.signin.model import SignInLink, SignInMethod, WebSession


class NobodyToSignIn(Exception):
    """No link is created: the person does not exist or has left the registry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Links that work once, within ``valid_for``.

    Ending all sessions of a person also removes their links.
    """

    store: Store
    rng: RandomSource
    sessions: Sessions
    valid_for: timedelta
    origin: str

    async def make(self, person_id: str, *, at: datetime, by: str | None = None) -> str:
        """Return the address of a new link. Raises NobodyToSignIn, StoreUnavailable.

        Args:
            by: the id of the creator, for the audit log; None if the person requested it.
        """
        key = Key(kind=Person.KIND, id=person_id)
        stored = (await self.store.get([key])).get(key)
        if stored is None or decode(Person, stored).left:
            raise NobodyToSignIn(person_id)
        token = self.rng.new_id("link")
        link = SignInLink(id=id_of_token(token), person_id=person_id, created_at=at, expires_at=at + self.valid_for)
        writes = [write_of(Put(record=link), {})]
        if by is not None:
            act = Audit(act="web.linked", subject=person_id, by=by, about_person=True)
            entry = AuditEntry.from_act(act, id=self.rng.new_id("audit"), at=at)
            writes.append(write_of(Put(record=entry), {}))
        await self.store.commit(Commit(at=at, records=tuple(writes)))
        return f"{self.origin}/chat/enter?token={token}"

    async def valid_link(self, token: str, *, now: datetime) -> SignInLink | None:
        """Return the unused link of a token, or None, without redeeming it. Raises StoreUnavailable."""
        link, _ = await self._find(token, now=now)
        return link

    async def use(self, token: str, *, at: datetime, replaced: WebSession | None = None) -> Started | None:
        """Redeem the link and start its session, in one commit; None if the link is not valid any more.

        ``replaced``, the session the browser had, ends in the same commit.

        Audited, because the creator of a link could also have used it to sign in as that person. Raises
        StoreUnavailable.
        """
        link, versions = await self._find(token, now=at)
        if link is None:
            return None
        act = Audit(
            act="web.entered",
            subject=link.person_id,
            by=link.person_id,
            details=(("link", link.id[:16]),),
            about_person=True,
        )
        entry = AuditEntry.from_act(act, id=self.rng.new_id("audit"), at=at)
        besides = (write_of(Remove(kind=SignInLink, id=link.id), versions), write_of(Put(record=entry), {}))
        try:
            return await self.sessions.start(
                link.person_id, SignInMethod.LINK, at=at, besides=besides, replaced=replaced
            )
        except Conflict:  # redeemed, or removed together with the person, a moment ago
            return None

    async def _find(self, token: str, *, now: datetime) -> tuple[SignInLink | None, Mapping[Key, int]]:
        # No such token was ever issued, so the store need not be asked.
        if not 0 < len(token) <= LONGEST_TOKEN:
            return None, {}
        key = Key(kind=SignInLink.KIND, id=id_of_token(token))
        stored: Stored | None = (await self.store.get([key])).get(key)
        if stored is None:
            return None, {}
        link = decode(SignInLink, stored)
        # A shorter setting than at the creation of the link applies as well.
        if now >= min(link.expires_at, link.created_at + self.valid_for):
            return None, {}
        return link, {key: stored.version}
