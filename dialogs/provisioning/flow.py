"""Removals that wait: an administrator looks at their number and approves them.

A job carries them out (``APPROVED_VERB``), because a removal touches more than one flow may write.
"""

from dataclasses import dataclass
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import Audit, do, later
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Verbs
from dialogs.core.fresh_proof import WithFreshProof
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, count
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import answer, speaker_of
from dialogs.core.texts import Texts
from dialogs.provisioning import cards
from dialogs.provisioning.model import ScimUser, waiting_term

# Timer of the job that performs a municipality's waiting removals.
APPROVED_VERB: Final = "runtime.removals"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """An administrator, and the municipality with removals that wait."""

    admin: Person
    texts: Texts
    municipality_id: str
    municipality: str
    people: int


def show_waiting(event: Event, content: Content) -> Flow:
    """Show how many removals wait, and ask for approval."""
    case = yield from _case(event, content)
    return answer(event, "removals", _confirm(case), case.texts)


def approve_waiting(event: Event, content: Content) -> Flow:
    """Approve the removals that were shown; more than those are shown again first."""
    case = yield from _case(event, content)
    if str(case.people) != event.pressed.text("people"):
        return answer(event, "removals", _confirm(case), case.texts)
    by, here = case.admin.id, case.municipality_id
    approved = do(
        Audit(act="removals.approved", subject=here, by=by, details=(("people", str(case.people)),)),
        later(f"removals/{here}", event.at, APPROVED_VERB, municipality=here, by=by),
    )
    return approved + answer(event, "removals", cards.removals_approved(case.texts, case.people), case.texts)


def may_approve(person: Person, municipality_id: str, content: Content) -> bool:
    """Return whether a person may approve removals: an administrator there, or of the provider."""
    if person.municipality_id is None or not person.has(Role.ADMIN):
        return False
    return person.municipality_id == municipality_id or content.organisation.provides(person.municipality_id)


def _case(event: Event, content: Content) -> Asking[_Case]:
    """Return what the pressed card is about. Raises EventRefused: no right, or nothing waits."""
    speaker = yield from speaker_of(event, content)
    municipality = content.organisation.municipalities.get(event.pressed.text("municipality"))
    if municipality is None or not may_approve(speaker.person, municipality.id, content):
        refused = Audit(act="removals.refused", subject="removals", by=event.person_id, repeatable=True)
        raise EventRefused(
            do(refused) + answer(event, "removals", cards.not_administrator(speaker.texts), speaker.texts)
        )
    people = yield from count(ScimUser, waiting_term(municipality.id))
    if not people:
        raise EventRefused(answer(event, "removals", cards.no_removals(speaker.texts), speaker.texts))
    return _Case(
        admin=speaker.person,
        texts=speaker.texts,
        municipality_id=municipality.id,
        municipality=municipality.names.text(speaker.texts.language),
        people=people,
    )


def _confirm(case: _Case) -> Message:
    return cards.removals_confirm(
        case.texts, municipality_id=case.municipality_id, municipality=case.municipality, people=case.people
    )


VERBS: Final[Verbs] = {"removals.show": show_waiting, "removals.approve": WithFreshProof(approve_waiting)}
FEATURE: Final = Feature(verbs=VERBS, answers=("removals",))
