"""The colleague that reads a person's messages during a conversation through the bot."""

from dialogs.core.person import Person
from dialogs.core.query import Asking, find
from dialogs.core.session import Session
from dialogs.core.texts import Texts
from dialogs.core.web_utterance import WebUtterance
from dialogs.handoff.model import Handoff
from dialogs.handoff.names import name_for


def recipient_name(person: Person, texts: Texts) -> Asking[str]:
    """Return the name of the recipient of the person's messages; empty when the bot is."""
    session = yield from find(Session, person.id)
    handoff = (yield from find(Handoff, session.talking_in)) if session and session.talking_in else None
    other_id = handoff.other_end(person.id) if handoff is not None and not person.left else None
    if other_id is None:
        return ""
    return name_for(person, (yield from find(Person, other_id)), texts)


def relayed_to(utterance: WebUtterance) -> Asking[Person | None]:
    """Return the other end of the hand-off that an utterance was relayed in; None if there is none."""
    handoff = (yield from find(Handoff, utterance.handoff_id)) if utterance.slot and utterance.handoff_id else None
    if handoff is None:
        return None
    asked = utterance.person_id == handoff.asker_id
    return (yield from find(Person, (handoff.assignment.owner_id or "") if asked else handoff.asker_id))
