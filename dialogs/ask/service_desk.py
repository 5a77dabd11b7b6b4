"""The action that shows the service desk of the person's municipality."""

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.query import Flow
from dialogs.core.service_desk import service_desk_lines
from dialogs.core.speaker import answer, speaker_of
from dialogs.profile.cards import place_card
from dialogs.rollout.contacts.answer import for_outsiders


def show_service_desk(event: Event, content: Content) -> Flow:
    """Show the service desk, or the published contact where there is none; to outsiders the public address only."""
    speaker = yield from speaker_of(event, content)
    person, texts = speaker.person, speaker.texts
    municipality = content.organisation.municipalities.get(person.municipality_id or "")
    if person.is_outsider:
        return answer(event, "service_desk", for_outsiders(texts, content, person.municipality_id), texts)
    if municipality is None:
        return answer(event, "profile", place_card(content, texts, person=person, then_verb="ask.service_desk"), texts)
    lines = list(service_desk_lines(texts, content, municipality.id))
    name = municipality.names.text(texts.language)
    if not lines:
        contact = municipality.contact
        lines.append(texts("service_desk.none", municipality=name))
        if contact is not None:
            role = contact.role.text(texts.language)
            lines.append(texts("service_desk.contact", contact=role, address=contact.address))
    title = texts("service_desk.title", municipality=name)
    ask = card.press(texts("service_desk.colleague"), "handoff.start")
    return answer(
        event,
        "service_desk",
        Message(
            text="\n".join((title, *lines)),
            card=card.card([card.heading(title), *(card.paragraph(line) for line in lines)], [ask]),
        ),
        texts,
    )
