"""One-time sign-in links: the only module that creates, reads and redeems them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.ports import Commit, Conflict, Key, RandomSource, RecordWrite, Store, Stored
from bot.records.codec import decode, write_of
from bot.signin.sessions import LONGEST_TOKEN, NO_PROOF, Sessions, Started, id_of_token
from dialogs.core.audit import AuditEntry
from dialogs.core.decision import Audit, Put, Remove
from dialogs.core.person import Person
from dialogs.signin.model import SignInLink, SignInMethod, WebSession

# Prefix of tokens that a person asked for. It is in the hash, so that it cannot be left out.
OWN: Final = "own-link"


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
            by: the id of the creator, for the audit log; None if the person requested it, in Teams. The session of
                such a link is no recent sign-in: Teams says nothing of when the person signed in there.
        """
        key = Key(kind=Person.KIND, id=person_id)
        stored = (await self.store.get([key])).get(key)
        if stored is None or decode(Person, stored).left:
            raise NobodyToSignIn(person_id)
        address, writes = self._new(person_id, at=at, by=by)
        await self.store.commit(Commit(at=at, records=tuple(writes)))
        return address

    async def make_anew(self, person_ids: Sequence[str], *, at: datetime, by: str) -> Mapping[str, str]:
        """Return the address of a new link for each person, and end the earlier unused links of the same people.

        One commit. People removed from the registry meanwhile get none. Raises StoreUnavailable.
        """
        keys = [Key(kind=Person.KIND, id=id_) for id_ in person_ids]
        stored = await self.store.get(keys)
        there = [key.id for key in keys if key in stored and not decode(Person, stored[key]).left]
        old = await self.store.find_any(SignInLink.KIND, [f"person:{id_}" for id_ in there])
        writes = [RecordWrite(key=link.key, body=None) for link in old]
        addresses = {}
        for id_ in there:
            addresses[id_], new = self._new(id_, at=at, by=by)
            writes += new
        if writes:
            await self.store.commit(Commit(at=at, records=tuple(writes)))
        return addresses

    def _new(self, person_id: str, *, at: datetime, by: str | None) -> tuple[str, list[RecordWrite]]:
        """Return the address of a new link and the writes that store it."""
        token = self.rng.new_id(OWN if by is None else "link")
        link = SignInLink(id=id_of_token(token), person_id=person_id, created_at=at, expires_at=at + self.valid_for)
        writes = [write_of(Put(record=link), {})]
        if by is not None:
            act = Audit(act="web.linked", subject=person_id, by=by, about_person=True)
            entry = AuditEntry.from_act(act, id=self.rng.new_id("audit"), at=at)
            writes.append(write_of(Put(record=entry), {}))
        return f"{self.origin}/chat/enter?token={token}", writes

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
                link.person_id,
                SignInMethod.LINK,
                at=at,
                besides=besides,
                replaced=replaced,
                proof=NO_PROOF if token.startswith(f"{OWN}-") else replace(NO_PROOF, authenticated_at=at),
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
