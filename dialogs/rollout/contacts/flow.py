"""The verb that shows the person's contacts."""

from typing import Final

from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Verbs
from dialogs.core.query import Flow
from dialogs.core.speaker import answer, speaker_of
from dialogs.profile.cards import place_card
from dialogs.rollout.contacts.answer import SHOW, contacts_message, contacts_text, for_outsiders, title_for


def show_contacts(event: Event, content: Content) -> Flow:
    """Show the contacts of the asker's unit and municipality; to outsiders the public address only."""
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    if person.is_outsider:
        return answer(event, "contacts", for_outsiders(texts, content, person.municipality_id), texts)
    if person.municipality_id not in content.organisation.municipalities:
        return answer(event, "profile", place_card(content, texts, person=person, then_verb=SHOW), texts)
    text = contacts_text(texts, content, person)
    return answer(event, "contacts", contacts_message(title_for(texts, content, person), text, texts), texts)


VERBS: Final[Verbs] = {SHOW: show_contacts}
FEATURE: Final = Feature(verbs=VERBS, answers=("contacts",), open_until_removal=("contacts.",))
