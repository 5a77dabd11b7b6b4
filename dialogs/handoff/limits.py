"""Limits on questions to colleagues: per asker, per municipality, and for guests.

Every check reads a record that its decision also writes, and only then counts. If two decisions use the same count, the
store rejects one as a conflict; that one is decided again with the new count.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Final, Self

from dialogs.availability.registry import Registry
from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose
from dialogs.core.decision import Decision, Notice, Post, do, never
from dialogs.core.query import Asking, count
from dialogs.core.session import Session
from dialogs.core.texts import Texts
from dialogs.handoff import cards
from dialogs.handoff.draft import Draft
from dialogs.handoff.model import Handoff
from dialogs.handoff.projection import status_slot
from dialogs.handoff.routing import anyone_busy, asker_of
from dialogs.handoff.unit_of_work import UnitOfWork

# Rate limit for guests: questions sent per municipality and hour.

WINDOW: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestAllowance:
    """Counter of one municipality; ``id`` is the municipality id.

    It refers to no person.

    ``sent`` counts from ``since``, for one hour. Every guest question writes this record, so two questions cannot both
    take the last place.
    """

    KIND: ClassVar[str] = "guest_allowance"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="none: one for each municipality", whose=Whose.NOBODY, terms=(), erasing=Erasing.KEPT
    )

    id: Annotated[str, Purpose.ORDER]
    since: Annotated[datetime, Purpose.TIME]
    sent: Annotated[int, Purpose.ORDER] = 0

    def terms(self) -> Iterable[str]:
        """Return no terms: the record is read by municipality id only."""
        return ()

    def at(self, now: datetime) -> Self:
        """Return the counter for the hour that contains ``now``."""
        return self if now - self.since < WINDOW else replace(self, since=now, sent=0)

    def spend(self) -> Self:
        """Return the counter with one more question."""
        return replace(self, sent=self.sent + 1)

    @property
    def renewed_at(self) -> datetime:
        """The time when counting restarts."""
        return self.since + WINDOW


# Open questions per person. More indicate a mistake or abuse.
MAX_OPEN: Final = 5
# Drafts per person; a further draft replaces the oldest.
MAX_DRAFTS: Final = 5
# Questions sent per person in 24 hours; withdrawn questions count too.
MAX_A_DAY: Final = 20
A_DAY: Final = timedelta(hours=24)


def too_many_open(work: UnitOfWork, person_id: str) -> Asking[bool]:
    """Return whether a person has reached the limit of open questions.

    The commit then depends on the session record, see the module docstring.
    """
    # Two questions sent at once then conflict here, instead of both passing with the same count.
    work.require_unchanged((yield from _session(work, person_id)))
    return (yield from count(Handoff, f"open:{person_id}")) >= MAX_OPEN


def refuse_sending(work: UnitOfWork, handoff: Handoff) -> Asking[Decision | None]:
    """Return the refusal for the asker, or None.

    With None, the question is counted as sent.
    """
    texts = yield from work.actor_texts()
    if (yield from too_many_open(work, handoff.asker_id)):
        return do(Notice(text=texts("handoff.refused.too_many", number=MAX_OPEN)))
    session = yield from _session(work, handoff.asker_id)
    recent = session.sent_since is not None and work.at - session.sent_since < A_DAY
    sent = session.sent if recent else 0
    if sent >= MAX_A_DAY:
        return do(Notice(text=texts("handoff.refused.enough_today", number=MAX_A_DAY)))
    asker = yield from work.person(handoff.asker_id)
    if asker is not None and asker.is_guest:
        refusal = yield from _refuse_guest(work, handoff, texts)
        if refusal is not None:
            return refusal
    # The day begins with the first question, so that midnight does not double the limit.
    since = session.sent_since if recent else work.at
    work.put(replace(session, sent=sent + 1, sent_since=since, changed_at=work.at))
    return None


def make_room_for_draft(work: UnitOfWork, person_id: str) -> Asking[None]:
    """Drop a person's oldest drafts so that one more stays within the limit."""
    work.require_unchanged((yield from _session(work, person_id)))
    drafts = sorted((yield from work.find(Draft, f"person:{person_id}")), key=lambda draft: draft.created_at)
    texts = yield from work.texts(person_id)
    for draft in drafts[: max(0, len(drafts) - MAX_DRAFTS + 1)]:
        work.remove(Draft, draft.id)
        # Update only: without a visible preview there is nothing to correct.
        dropped = Post(to=person_id, slot=status_slot(draft.id), message=cards.cancelled(texts), only_update=True)
        work.do(never(f"handoff/{draft.id}/draft"), dropped)


def _session(work: UnitOfWork, person_id: str) -> Asking[Session]:
    return (yield from work.get(Session, person_id)) or Session(id=person_id, changed_at=work.at)


def _refuse_guest(work: UnitOfWork, handoff: Handoff, texts: Texts) -> Asking[Decision | None]:
    """Return the refusal for a guest, or None.

    With None, the question is counted against the municipality's allowance.
    """
    id_ = handoff.municipality_id
    stored = (yield from work.get(GuestAllowance, id_)) or GuestAllowance(id=id_, since=work.at)
    allowance = stored.at(work.at)
    if allowance.sent >= work.content.guests.handoffs_an_hour:
        why = texts("handoff.guests.enough", time=texts.clock(allowance.renewed_at))
        return do(Notice(text=_with_ways_out(work, handoff, texts, why)))
    registry = yield from work.registry(id_)
    # Refused only while ambassadors are busy. Where there are none at all, the contact gets the question.
    if not _anyone_free(work, registry, handoff) and anyone_busy(work, registry, handoff):
        return do(Notice(text=_with_ways_out(work, handoff, texts, texts("handoff.guests.no_place"))))
    work.put(allowance.spend())
    return None


def _anyone_free(work: UnitOfWork, registry: Registry, handoff: Handoff) -> bool:
    return bool(registry.nearest(asker_of(handoff), work.content, work.at))


def _with_ways_out(work: UnitOfWork, handoff: Handoff, texts: Texts, why: str) -> str:
    """Return the reason, followed by the guest's alternatives."""
    municipality = work.content.organisation.municipalities.get(handoff.municipality_id)
    contact = municipality.contact if municipality else None
    sentences = [why]
    if contact is not None:
        sentences.append(
            texts("handoff.guests.contact", contact=contact.role.text(texts.language), address=contact.address)
        )
    return " ".join((*sentences, texts("handoff.guests.sign_in")))
