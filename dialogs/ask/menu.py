"""What a person can do besides asking: the help texts, and the commands that they name."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from dialogs.core.person import Role
from dialogs.core.texts import Texts

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
