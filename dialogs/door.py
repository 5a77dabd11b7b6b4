"""What every event passes before anything else sees it: texts from outside become legible."""

from dataclasses import replace
from typing import assert_never

from dialogs.event import Arrived, Left, Pressed, Rang, Rearranged, Said, TeamNews, What
from knowledge.legible import legible, legible_values


def made_legible(what: What) -> What:
    """Return the event with every text from outside legible; ids are part of it, since cards carry them as text."""
    match what:
        case Said():
            attachments = tuple(replace(each, name=legible(each.name)) for each in what.attachments)
            return replace(what, utterance=legible(what.utterance), attachments=attachments)
        case Pressed():
            slot = legible(what.slot) if what.slot is not None else None
            return Pressed(verb=legible(what.verb), data=legible_values(dict(what.data)), slot=slot)
        case Arrived() | Left():
            return replace(what, team=_legible_team(what.team)) if what.team is not None else what
        case Rearranged():
            return replace(what, team=_legible_team(what.team))
        case Rang():
            return what
        case _:
            assert_never(what)


def _legible_team(team: TeamNews) -> TeamNews:
    channels = tuple(replace(channel, name=legible(channel.name)) for channel in team.channels)
    return replace(team, name=legible(team.name), channels=channels)
