"""Cleaning of incoming events, before any other code: remove hidden characters, mask numbers."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, assert_never

from dialogs.core.event import Arrived, Left, Pressed, Rang, Rearranged, Said, TeamNews, What
from knowledge.language.legible import legible, single_spaced
from knowledge.language.masking import MaskedText, mask


def cleaned(what: What) -> What:
    """Return the event with all external texts cleaned and masked, including names of inputs and files.

    Text masked earlier, by its channel, is not processed again.
    """
    match what:
        case Said():
            attachments = tuple(
                replace(attachment, name=clean_text(attachment.name)) for attachment in what.attachments
            )
            return replace(what, utterance=clean_message(what.utterance), attachments=attachments)
        case Pressed():
            # Verb and slot are not masked: they hold ids, and a masked id would no longer match.
            slot = legible(what.slot) if what.slot is not None else None
            return Pressed(verb=legible(what.verb), data=_clean_values(dict(what.data)), slot=slot)
        case Arrived() | Left():
            return replace(what, team=_clean_team(what.team)) if what.team is not None else what
        case Rearranged():
            return replace(what, team=_clean_team(what.team))
        case Rang():  # created by the bot itself
            return what
        case _:
            assert_never(what)


def clean_message(text: str) -> MaskedText:
    """Return a message, legible, masked and without runs of blanks; forms keep theirs."""
    return text if isinstance(text, MaskedText) else mask(single_spaced(legible(text)))


def clean_text(text: str) -> MaskedText:
    """Return an external text, legible and masked."""
    return text if isinstance(text, MaskedText) else mask(legible(text))


def texts_of(what: What) -> Iterator[str]:
    """Yield the long texts of an event, to estimate the cost of reading it."""
    match what:
        case Said():
            yield what.utterance
        case Pressed():
            yield from (value for value in what.data.values() if isinstance(value, str))


def _clean_values(value: Any) -> Any:
    """Return JSON values with every string cleaned, including keys."""
    match value:
        case str():
            return clean_text(value)
        case list() | tuple():
            return [_clean_values(item) for item in value]
        case dict():
            # Names of inputs come from the client as well.
            return {str(clean_text(name)): _clean_values(item) for name, item in value.items()}
        case _:
            return value


def _clean_team(team: TeamNews) -> TeamNews:
    channels = tuple(replace(channel, name=clean_text(channel.name)) for channel in team.channels)
    return replace(team, name=clean_text(team.name), channels=channels)
