"""Web sessions in the store: start, find, list and end.

A browser has a random token, the store its hash.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.ports import Commit, Key, RandomSource, RecordWrite, Store
from bot.records.codec import decode, write_of
from bot.records.conflict import retry_on_conflict
from dialogs.core.decision import Put, Remove
from dialogs.core.person import Person
from dialogs.provisioning.model import ScimUser
from dialogs.signin.model import (
    SignInLink,
    SignInMethod,
    SignInTransaction,
    UsedLogoutToken,
    WebSession,
    expiry_term,
    provider_session_term,
)

# People with an inactive directory account and a pending removal.


async def removal_waits(store: Store, person_id: str) -> bool:
    """Return whether a directory deactivated the person and the removal waits. Raises StoreUnavailable."""
    return any(decode(ScimUser, stored).waiting for stored in await store.find(ScimUser.KIND, f"person:{person_id}"))


SEEN_EVERY: Final = timedelta(hours=1)
LONGEST_TOKEN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A new session and the token for its browser."""

    token: str
    session: WebSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What an identity provider said of a sign-in.

    ``session``: hash of the session there, empty without one. ``authenticated_at``: None if it did not say.
    """

    provider: str
    session: str = ""
    authenticated_at: datetime | None = None


NO_PROOF: Final = Proof(provider="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Sessions of every person, in every process.

    Attributes:
        valid_for: lifetime of a session; a shorter one than before also shortens existing sessions.
        idle_for: a session ends after this long without an act of its person; None for no such limit.
        methods: the enabled ways to sign in; a session started in another way is invalid.
    """

    store: Store
    rng: RandomSource
    valid_for: timedelta
    methods: frozenset[SignInMethod]
    idle_for: timedelta | None = None

    async def start(
        self,
        person_id: str,
        way: SignInMethod,
        *,
        at: datetime,
        besides: Sequence[RecordWrite] = (),
        replaced: WebSession | None = None,
        proof: Proof = NO_PROOF,
    ) -> Started | None:
        """Start a session; None if the person does not exist, has left the registry or waits to be removed from it.

        Args:
            besides: writes of the same commit, such as the removal of the used link.
            replaced: the session the browser had until now, ended in the same commit.
            proof: of an identity provider.
        Raises:
            Conflict: one of ``besides`` was written meanwhile. StoreUnavailable.
        """
        token = self.rng.new_id("session")
        session = WebSession(
            id=id_of_token(token),
            person_id=person_id,
            way=way,
            created_at=at,
            seen_at=at,
            expires_at=at + self.valid_for,
            provider=proof.provider,
            provider_session=proof.session,
            authenticated_at=proof.authenticated_at,
        )
        key = Key(kind=Person.KIND, id=person_id)
        over = [] if replaced is None else [write_of(Remove(kind=WebSession, id=replaced.id), {})]
        ended = () if replaced is None else (replaced.person_id,)
        if way is not SignInMethod.GUEST and await removal_waits(self.store, person_id):
            return None

        async def begin_session() -> Started | None:
            writes = [write_of(Put(record=session), {}), *over, *besides]
            if way is not SignInMethod.GUEST:  # a guest has no record yet
                stored = (await self.store.get([key])).get(key)
                if stored is None:
                    return None
                person = decode(Person, stored)
                if person.left:
                    return None
                # Unchanged, so that a simultaneous removal conflicts and the second of the two sees the first.
                writes.append(write_of(Put(record=person), {key: stored.version}))
            await self.store.commit(Commit(at=at, records=tuple(writes), ended=ended))
            return Started(token=token, session=session)

        return await retry_on_conflict(self.store, begin_session, reason="the person is written too often", only=key)

    async def valid_session(self, token: str, *, now: datetime) -> WebSession | None:
        """Return the open session of a token, or None.

        One read; at most one write per ``SEEN_EVERY``.
        """
        if not 0 < len(token) <= LONGEST_TOKEN:
            return None
        return await self.valid_session_by_id(id_of_token(token), now=now)

    async def valid_session_by_id(self, session_id: str, *, now: datetime, used: bool = True) -> WebSession | None:
        """Return the open session of a record's id, or None. Raises StoreUnavailable.

        ``used``: because of an act of the person, which keeps the session from ending by inactivity.
        """
        key = Key(kind=WebSession.KIND, id=session_id)

        async def read_session() -> WebSession | None:
            stored = (await self.store.get([key])).get(key)
            if stored is None:
                return None
            session = decode(WebSession, stored)
            if self.is_over(session, now=now):
                return None
            if used and self.must_note_use(session, now=now):
                session = replace(session, seen_at=now)
                write = write_of(Put(record=session), {key: stored.version})
                await self.store.commit(Commit(at=now, records=(write,)))
            return session

        # Another request of the same browser may have updated it, or the session may have been ended.
        return await retry_on_conflict(self.store, read_session, reason="the session is written too often")

    def must_note_use(self, session: WebSession, *, now: datetime) -> bool:
        """Return whether a use at ``now`` is worth a write."""
        often = SEEN_EVERY if self.idle_for is None else min(SEEN_EVERY, self.idle_for / 4)
        return now - session.seen_at >= often

    def is_over(self, session: WebSession, *, now: datetime) -> bool:
        """Return whether the session has expired or its way is disabled.

        Does not access the store.
        """
        # A shorter setting than at the start of the session applies as well.
        ends = min(session.expires_at, session.created_at + self.valid_for)
        idle = self.idle_for is not None and now - session.seen_at >= self.idle_for
        return now >= ends or idle or session.way not in self.methods

    async def of_person(self, person_id: str, *, now: datetime) -> Sequence[WebSession]:
        """Return the person's open sessions, newest first. Raises StoreUnavailable."""
        sessions = [
            decode(WebSession, stored) for stored in await self.store.find(WebSession.KIND, f"person:{person_id}")
        ]
        return sorted(
            (session for session in sessions if not self.is_over(session, now=now)),
            key=lambda session: session.created_at,
            reverse=True,
        )

    async def of_provider_session(self, provider_session: str) -> Sequence[WebSession]:
        """Return the sessions that began in one session at a provider. Raises StoreUnavailable."""
        term = provider_session_term(provider_session)
        return [decode(WebSession, stored) for stored in await self.store.find(WebSession.KIND, term)]

    async def end(self, *sessions: WebSession, at: datetime, besides: Sequence[RecordWrite] = ()) -> None:
        """End sessions, on every replica. Ending one twice is a no-op.

        ``besides``: writes of the same commit. Raises StoreUnavailable, and Conflict because of ``besides``.
        """
        writes = tuple(write_of(Remove(kind=WebSession, id=session.id), {}) for session in sessions)
        ended = tuple(sorted({session.person_id for session in sessions}))
        await self.store.commit(Commit(at=at, records=(*writes, *besides), ended=ended))


def proved_at(session: WebSession) -> datetime | None:
    """Return when the person last signed in, None if it is not known.

    That is as the provider says; with a link, when it was used, unless the person asked for it.
    """
    return session.created_at if session.way is SignInMethod.CHOSEN else session.authenticated_at


def id_of_token(token: str) -> str:
    """Return the record id of a token.

    Tokens have 128 random bits, so the hash needs no salt.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


async def remove_expired(store: Store, *, now: datetime) -> int:
    """Remove sessions, links and begun sign-ins that expired before today; return their number.

    Raises StoreUnavailable.
    """
    days = [expiry_term(now - timedelta(days=day)) for day in range(1, DAYS_LOOKED_BACK + 1)]
    kinds = (WebSession, SignInLink, SignInTransaction, UsedLogoutToken)
    return await _remove(
        store, [stored.key for kind in kinds for stored in await store.find_any(kind.KIND, days)], now=now
    )


async def remove_unfinished(store: Store, *, now: datetime) -> int:
    """Remove begun sign-ins that have expired, also today; return their number. Raises StoreUnavailable."""
    terms = [expiry_term(now - timedelta(days=day)) for day in (0, 1)]
    begun = [decode(SignInTransaction, stored) for stored in await store.find_any(SignInTransaction.KIND, terms)]
    keys = [
        Key(kind=SignInTransaction.KIND, id=transaction.id) for transaction in begun if transaction.expires_at <= now
    ]
    return await _remove(store, keys, now=now)


async def _remove(store: Store, keys: Sequence[Key], *, now: datetime) -> int:
    for start in range(0, len(keys), PORTION):
        writes = tuple(RecordWrite(key=key, body=None) for key in keys[start : start + PORTION])
        await store.commit(Commit(at=now, records=writes))
    return len(keys)


# A bot that was stopped for a year still removes the sessions that expired meanwhile.
DAYS_LOOKED_BACK: Final = 400
PORTION: Final = 500
