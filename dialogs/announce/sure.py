"""The question before an act on an announcement reaches people, and its answer."""

from typing import Final

from dialogs.announce.model import Announcement
from dialogs.core.event import Event
from dialogs.core.texts import Texts

# Field of a button that answers the question before an act.
SURE: Final = "sure"
YES: Final = "true"


def is_sure(event: Event) -> bool:
    """Return whether the press answers the question that comes before its act."""
    return event.pressed.text(SURE).lower() == YES


def question_before(texts: Texts, announcement: Announcement, verb: str, people: int) -> str:
    """Return the question before ``verb``, which concerns ``people`` people and the announcement's channels."""
    act = verb.removeprefix("announce.")
    # Nobody is reminded in a channel.
    if people == 0 and announcement.channels and act != "chase":
        return texts(f"announce.sure.{act}.channels")
    return texts.plural(f"announce.sure.{act}", people)
