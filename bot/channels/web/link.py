"""One-time sign-in links: a way in for people who have no other proof of who they are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.channels.web.seal import Seal
from bot.codec import write_of
from bot.ports import Chance, Commit, Conflict, Store
from dialogs.audit import AuditEntry
from dialogs.decision import Audit, Put
from dialogs.privacy.web import UsedLink

PURPOSE: Final = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What an unused link says: who may come in."""

    id: str
    person_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Makes links and lets each be used once, within ``valid_for`` of being made."""

    seal: Seal
    store: Store
    chance: Chance
    valid_for: timedelta

    def make(self, person_id: str, *, at: datetime) -> str:
        """Return the token of a new link for ``person_id``. Nothing is stored until it is used."""
        return self.seal.close(PURPOSE, {"person": person_id, "id": self.chance.id("link")}, at=at)

    def read(self, token: str, *, now: datetime) -> Invitation | None:
        """Return what the link says, or None when it is not ours or too old; using it is another step."""
        claims = self.seal.read(PURPOSE, token, now=now, valid_for=self.valid_for)
        return None if claims is None else Invitation(id=claims["id"], person_id=claims["person"])

    async def use(self, invitation: Invitation, *, at: datetime) -> bool:
        """Use the link up; False when somebody has done so before. Raises StoreUnavailable.

        It is in the audit log: whoever made the link could have become that person, too.
        """
        person_id = invitation.person_id
        used = UsedLink(id=invitation.id, person_id=person_id, used_at=at)
        act = Audit(act="web.entered", subject=person_id, by=person_id, details=(("link", invitation.id),))
        entry = AuditEntry.of(act, id=self.chance.id("audit"), at=at)
        try:
            await self.store.commit(
                Commit(at=at, records=tuple(write_of(Put(record=each), {}) for each in (used, entry)))
            )
        except Conflict:
            return False
        return True
