"""What a person can do besides asking, and the service desk of their municipality."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from dialogs.core import card
from dialogs.core.article_view import service_desk_lines
from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.message import Message
from dialogs.core.person import Role
from dialogs.core.query import Flow
from dialogs.core.speaker import answer, speaker_of
from dialogs.core.texts import Texts
from dialogs.profile.cards import place_card
from dialogs.rollout.contacts.answer import for_outsiders

# Additional help sentences for people with one of the roles.
ROLE_HELP: Final[Mapping[str, frozenset[Role]]] = {
    "ask.help.ambassador": frozenset({Role.AMBASSADOR}),
    "ask.help.announcer": frozenset({Role.ANNOUNCER}),
    "ask.help.editor": frozenset({Role.EDITOR}),
    "ask.help.decider": frozenset({Role.CONTACT, Role.ADMIN}),
    "ask.help.reviewer": frozenset({Role.REVIEWER}),
    "ask.help.leader": frozenset({Role.LEADER}),
    "ask.help.teacher": frozenset({Role.TEACHER}),
    "ask.help.officer": frozenset({Role.DPO}),
    "ask.help.statistics": frozenset({Role.ADMIN, Role.CONTACT, Role.LEADER, Role.EDITOR}),
}
_QUOTED: Final = re.compile("«([^»]+)»|“([^”]+)”")


def help_keys(roles: Collection[Role]) -> tuple[str, ...]:
    """Return the help texts for a person with these roles."""
    return ("ask.help", *(key for key, holders in ROLE_HELP.items() if not holders.isdisjoint(roles)))


def menu_of(texts: Texts, roles: Collection[Role]) -> tuple[str, ...]:
    """Return the commands to choose from, as one would write them: those that the person's help quotes."""
    commands = (words for key in help_keys(roles) for pair in _QUOTED.findall(texts(key)) for words in pair if words)
    return tuple(dict.fromkeys(commands))


# The action that shows the service desk of the person's municipality.


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
