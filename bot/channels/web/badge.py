"""The badge a visitor wears: who a browser session belongs to, and how that was established."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.channels.web.seal import Seal

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
    """Issues badges and reads them back. ``ways`` are those open now: a badge from a closed one is void."""

    seal: Seal
    valid_for: timedelta
    ways: frozenset[Way]

    def issue(self, badge: Badge, *, at: datetime) -> str:
        """Return the badge as a token."""
        claims = {"person": badge.person_id, "session": badge.session_id, "way": badge.way}
        return self.seal.close(PURPOSE, claims, at=at)

    def read(self, token: str, *, now: datetime) -> Badge | None:
        """Return the badge of a token, or None when it is not ours, void or too old."""
        claims = self.seal.read(PURPOSE, token, now=now, valid_for=self.valid_for)
        if claims is None or claims.get("way") not in self.ways:
            return None
        return Badge(person_id=claims["person"], session_id=claims["session"], way=Way(claims["way"]))
