"""The badge a visitor wears: who a browser session belongs to, and how that was established."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.channels.web.seal import Seal
from bot.codec import write_of
from bot.ports import Commit, Conflict, Key, Store
from dialogs.decision import Put
from dialogs.privacy.web import EndedSession

PURPOSE: Final = "session"


class Way(StrEnum):
    """How somebody came in."""

    CHOSEN = "chosen"
    LINK = "link"
    GUEST = "guest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """A session of ``person_id``. ``session_id`` is fresh for every sign-in."""

    person_id: str
    session_id: str
    way: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Badges:
    """Issues badges, reads them back and ends them. ``ways`` are those open now: a badge from a closed one is void."""

    seal: Seal
    store: Store
    valid_for: timedelta
    ways: frozenset[Way]

    def issue(self, badge: Badge, *, at: datetime) -> str:
        """Return the badge as a token."""
        claims = {"person": badge.person_id, "session": badge.session_id, "way": badge.way}
        return self.seal.close(PURPOSE, claims, at=at)

    def read(self, token: str, *, now: datetime) -> Badge | None:
        """Return the badge of a token, or None when it is not ours, void or too old; it may have been ended."""
        claims = self.seal.read(PURPOSE, token, now=now, valid_for=self.valid_for)
        if claims is None or claims.get("way") not in self.ways:
            return None
        return Badge(person_id=claims["person"], session_id=claims["session"], way=Way(claims["way"]))

    async def is_ended(self, badge: Badge) -> bool:
        """Tell whether its session was signed out of. Raises StoreUnavailable."""
        return bool(await self.store.get([_key(badge)]))

    async def end(self, badge: Badge, *, at: datetime) -> None:
        """Make every copy of the badge void, on every replica. Raises StoreUnavailable."""
        ended = EndedSession(id=badge.session_id, ended_at=at)
        with suppress(Conflict):  # ended before
            write = write_of(Put(record=ended), {})
            await self.store.commit(Commit(at=at, records=(write,), news=(badge.person_id,)))


def _key(badge: Badge) -> Key:
    return Key(kind=EndedSession.KIND, id=badge.session_id)
