"""Helpers of a handoff: the offer, the owner or the contacts, and earlier ones."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Final, Self

from dialogs.core.data_rules import Purpose
from dialogs.handoff.transitions import Transition
from knowledge.organisation.unit import PersonId

# How a helper leaves a handoff decides whether they may be asked again. Never:
DECLINES: Final = frozenset({Transition.DECLINED, Transition.RELEASED, Transition.PASSED})
# When a colleague chooses them:
TRIES: Final = frozenset({Transition.EXPIRED, Transition.IDLE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """Current and earlier helpers of one handoff.

    Attributes:
        offered_to: the ambassador with the current offer; set in OFFERED only.
        stands_in_for: the absent ambassador that ``offered_to``, and later the owner, substitutes for.
        owner_id: the helper after accepting; set in ACCEPTED and kept in RESOLVED.
        contacts: recipients of the escalation; ESCALATED without contacts means that no contact could be reached.
        declined: helpers never asked again: they declined, released it or passed it on.
        tried: helpers not asked again for now: their time ran out. A colleague may choose them.
        topic: topic the next helper must know.
        expected_at: the time of an answer as promised to the asker; set once, and again only when they reopen it.
        acceptances: number of acceptances; names slots.
        rounds: number of escalations and of later searches; limits repetition.
    """

    offered_to: Annotated[PersonId | None, Purpose.NETWORK] = None
    stands_in_for: Annotated[PersonId | None, Purpose.NETWORK] = None
    owner_id: Annotated[PersonId | None, Purpose.NETWORK] = None
    contacts: Annotated[tuple[PersonId, ...], Purpose.NETWORK] = ()
    declined: Annotated[frozenset[PersonId], Purpose.NETWORK] = frozenset()
    tried: Annotated[frozenset[PersonId], Purpose.NETWORK] = frozenset()
    topic: Annotated[str | None, Purpose.HELP] = None
    expected_at: Annotated[datetime | None, Purpose.HELP] = None
    acceptances: Annotated[int, Purpose.ORDER] = 0
    rounds: Annotated[int, Purpose.ORDER] = 0

    @property
    def asked_before(self) -> frozenset[str]:
        """Helpers that get no offer by distance."""
        return self.declined | self.tried

    def offer(self, to: str, *, stands_in_for: str | None) -> Self:
        return replace(self, offered_to=to, stands_in_for=stands_in_for)

    def promise(self, expected_at: datetime) -> Self:
        """Promise an answer at a time, unless one was promised before."""
        return replace(self, expected_at=self.expected_at or expected_at)

    def escalate(self, contacts: tuple[str, ...]) -> Self:
        return replace(self, contacts=contacts, rounds=self.rounds + 1)

    def search_again(self, contacts: tuple[str, ...]) -> Self:
        """Count one more search without a result; ``contacts`` are those reachable now."""
        return replace(self, contacts=contacts, rounds=self.rounds + 1)

    def accept(self, by: str) -> Self:
        """Make ``by`` the owner."""
        return replace(
            self,
            offered_to=None,
            stands_in_for=self.stands_in_for if self.offered_to == by else None,
            owner_id=by,
            contacts=(),
            topic=None,
            acceptances=self.acceptances + 1,
        )

    def give_back(self, helper_id: str | None, transition: Transition) -> Self:
        """Leave it without a helper; ``transition`` decides whether ``helper_id`` is offered it again."""
        declined, tried = self.declined, self.tried
        if helper_id and transition in DECLINES:
            declined |= {helper_id}
        elif helper_id and transition in TRIES:
            tried |= {helper_id}
        return replace(
            self, offered_to=None, stands_in_for=None, owner_id=None, contacts=(), declined=declined, tried=tried
        )

    def reopen(self, *, expected_at: datetime) -> Self:
        """Promise another answer, after the first one did not help."""
        return replace(self, expected_at=expected_at)

    def drop_offer(self) -> Self:
        """End the offer or escalation; an owner stays named."""
        return replace(self, offered_to=None, contacts=(), expected_at=None)

    def ask_for(self, topic: str | None) -> Self:
        """Require, or no longer require, that the next helper knows a topic."""
        return replace(self, topic=topic)

    def try_again(self, helper_id: str) -> Self:
        """Allow an offer to a helper that was tried."""
        return replace(self, tried=self.tried - {helper_id})
