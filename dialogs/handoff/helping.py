"""A helper's own part in a hand-off, without the words or the id of the asker."""

from dataclasses import dataclass
from datetime import datetime

from dialogs.handoff.model import Handoff
from dialogs.handoff.outcome import HandoffOutcome
from dialogs.handoff.transitions import Status, Transition
from knowledge.article.article import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperStep:
    """One step that a helper took, or that led to or away from the helper."""

    at: datetime
    what: Transition
    by_me: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperPart:
    """Data about one helper in one hand-off.

    Attributes:
        place: the helper's place in it now; empty for an earlier helper.
        answer, sent_article_id, helped, rating: only if this helper gave the current answer.
    """

    handoff_id: str
    municipality_id: str
    language: Language
    status: Status
    place: tuple[str, ...] = ()
    steps: tuple[HelperStep, ...] = ()
    answer: str = ""
    sent_article_id: str | None = None
    helped: bool | None = None
    rating: int | None = None


def helper_part(handoff: Handoff, person_id: str) -> HelperPart | None:
    """Return the part of a helper; None if the person never was one."""
    if person_id not in handoff.helpers:
        return None
    outcome = handoff.outcome if _answered_by(handoff) == person_id else HandoffOutcome()
    return HelperPart(
        handoff_id=handoff.id,
        municipality_id=handoff.municipality_id,
        language=handoff.language,
        status=handoff.status,
        place=tuple(_helping_places(handoff, person_id)),
        steps=tuple(
            HelperStep(at=entry.at, what=entry.what, by_me=entry.by == person_id)
            for entry in handoff.history
            if person_id in {entry.by, entry.to}
        ),
        answer=outcome.answer,
        sent_article_id=outcome.sent_article_id,
        helped=outcome.helped,
        rating=outcome.rating,
    )


def _answered_by(handoff: Handoff) -> str | None:
    """Return the helper that gave the current answer, also after the asker reopened the question."""
    if handoff.status is Status.RESOLVED:
        return handoff.assignment.owner_id  # the asker or a timer may have closed it
    return next((entry.by for entry in reversed(handoff.history) if entry.what is Transition.RESOLVED), None)


def _helping_places(handoff: Handoff, person_id: str) -> list[str]:
    assignment = handoff.assignment
    places = {
        "offered_to": {assignment.offered_to},
        "stands_in_for": {assignment.stands_in_for},
        "owner": {assignment.owner_id},
        "contact": assignment.contacts,
        "declined": assignment.declined,
        "tried": assignment.tried,
        "adviser": handoff.chat.advisers,
    }
    return [name for name, people in places.items() if person_id in people]
