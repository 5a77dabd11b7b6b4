"""People a question can be passed on or assigned to: ambassadors within reach, and contacts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from dialogs.availability.registry import state_named
from dialogs.availability.topic import topic_name
from dialogs.core.card import unmarked
from dialogs.core.names import name_of
from dialogs.core.query import Asking
from dialogs.core.texts import Texts
from dialogs.handoff.model import Handoff
from dialogs.handoff.routing import asker_of, contacts_of
from dialogs.handoff.unit_of_work import UnitOfWork
from dialogs.handoff.views import unit_name
from knowledge.organisation.nearest import Ambassador, Availability

# Least likeness of a name, unit or topic to the words, in percent.
LIKE: Final = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A person to pass the question to.

    Attributes:
        ambassador: None for a contact that gets it as the contact.
        state: only FREE ones can get it now; a contact always is.
        declined: they are never asked this question again (docs/glossary.md).
        keywords: name, unit, units above it, and topics, in the reader's language.
    """

    person_id: str
    title: str
    state: Availability
    keywords: tuple[str, ...]
    ambassador: Ambassador | None = None
    declined: bool = False

    @property
    def free(self) -> bool:
        return self.state is Availability.FREE and not self.declined

    def why_not(self, texts: Texts) -> str:
        """Return the reason why they cannot get it now."""
        if self.declined:
            return texts("handoff.pass.declined")
        return state_named(texts, self.state, self.ambassador)


def recipients_of(work: UnitOfWork, handoff: Handoff, texts: Texts) -> Asking[tuple[Recipient, ...]]:
    """Return everyone the actor can find: ambassadors, nearest first, then contacts.

    Not among them: the asker, and the actor that has it. An overseer may take it.
    """
    registry = yield from work.registry(handoff.municipality_id)
    skipped = {handoff.asker_id}
    if handoff.is_with(work.event.person_id):
        skipped.add(work.event.person_id)
    everyone = max(1, len(registry.profiles))
    ranked = registry.nearest(
        asker_of(handoff), work.content, work.at, excluded=skipped, free_only=False, limit=everyone
    )
    free = {
        candidate.ambassador.person_id
        for candidate in registry.nearest(asker_of(handoff), work.content, work.at, excluded=skipped, limit=everyone)
    }
    recipients = []
    for candidate in ranked:
        state = candidate.availability
        if state is Availability.FREE and candidate.ambassador.person_id not in free:
            state = Availability.FULL  # free, but without a place for this guest
        helper = _of_ambassador(work, candidate.ambassador, state, texts)
        recipients.append(replace(helper, declined=helper.person_id in handoff.assignment.declined))
    known = {recipient.person_id for recipient in recipients if recipient.free}
    for contact in (yield from contacts_of(handoff.municipality_id, work.content)):
        if contact.id in skipped or contact.id in known:
            continue
        role = texts("handoff.the_contact")
        recipients = [recipient for recipient in recipients if recipient.person_id != contact.id]
        recipients.append(
            Recipient(
                person_id=contact.id,
                title=f"{name_of(contact, texts)}, {role}",
                state=Availability.FREE,
                keywords=(contact.name, role, *_units(work, contact.unit_id, texts)),
                declined=contact.id in handoff.assignment.declined,
            )
        )
    return tuple(recipients)


def found_by(recipients: Iterable[Recipient], words: str) -> Sequence[Recipient]:
    """Return those with a name, unit or topic like the words, best first."""
    scored = [
        (max(fuzz.WRatio(words, keyword, processor=default_process) for keyword in recipient.keywords), recipient)
        for recipient in recipients
    ]
    return [recipient for score, recipient in sorted(scored, key=lambda pair: -pair[0]) if score >= LIKE]


def _of_ambassador(work: UnitOfWork, ambassador: Ambassador, state: Availability, texts: Texts) -> Recipient:
    units = _units(work, ambassador.unit_id, texts)
    return Recipient(
        person_id=ambassador.person_id,
        title=f"{unmarked(ambassador.name)}, {units[0] if units else texts('handoff.the_municipality')}",
        state=state,
        keywords=(ambassador.name, *units, *(topic_name(texts, topic) for topic in sorted(ambassador.topics))),
        ambassador=ambassador,
    )


def _units(work: UnitOfWork, unit_id: str | None, texts: Texts) -> tuple[str, ...]:
    """Return the names of a unit and of those above it, without the municipality."""
    organisation = work.content.organisation
    unit = organisation.find_unit(unit_id) if unit_id else None
    if unit is None:
        return ()
    return tuple(unit_name(work.content, above.id, texts) for above in organisation.path(unit.id) if above.parent_id)
