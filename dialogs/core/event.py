"""Incoming events, independent of the channel."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NewType

from knowledge.language.masking import MaskedText, mask

# Name of a channel, as its declaration gives it (``dialogs.core.channel``).
ChannelName = NewType("ChannelName", str)
# Source of timer events. It is no channel to people.
CLOCK: Final = ChannelName("clock")


class Scope(StrEnum):
    """Audience of the conversation."""

    PERSONAL = "personal"
    GROUP = "group"
    TEAM = "team"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message to the bot, without its mention.

    In a group, only messages with a mention are received. ``stored_as`` is the id of the message's ``WebUtterance``,
    in channels where Heia keeps the person's own messages.
    """

    utterance: MaskedText
    attachments: tuple["Attachment", ...] = ()
    stored_as: str | None = None


class Refusal(StrEnum):
    """Reason why a channel did not accept a file.

    ``ELSEWHERE``: it is stored at a service the bot does not access; ``NOT_HERE``: the conversation has other readers;
    ``UNAVAILABLE``: download or storage failed this time.
    """

    NOT_IMAGE = "not_image"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    ELSEWHERE = "elsewhere"
    NOT_HERE = "not_here"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file attached to a message.

    Either an image that the channel has checked, cleaned and stored under ``id``, or a refused file of which nothing is
    kept.
    """

    id: str
    name: str
    media_type: str
    size_bytes: int
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A press on a card action.

    ``verb`` is ``flow.action``; ``data`` has ids and inputs, all untrusted. ``slot`` is the slot of the pressed card,
    if the channel knows it.
    """

    verb: str
    data: Mapping[str, Any] = field(default_factory=dict)
    slot: str | None = None

    def text(self, name: str) -> MaskedText:
        """Return an input as masked text.

        It is empty unless the input is a string, number or boolean.
        """
        value = self.data.get(name, "")
        if isinstance(value, MaskedText):
            return value.strip()
        return mask(str(value).strip()) if isinstance(value, str | int | float | bool) else MaskedText()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelNews:
    """A channel of a Teams team.

    ``name`` is empty for the default channel. ``data`` is its posting address.
    """

    id: str
    name: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamNews:
    """An update about a team the bot is a member of.

    ``channels`` are known channels, complete if ``whole``; ``gone`` are ids of removed ones. An empty ``name`` and None
    for ``archived`` mean that the update has no such information.
    """

    id: str
    tenant_id: str
    name: str = ""
    channels: tuple[ChannelNews, ...] = ()
    gone: frozenset[str] = frozenset()
    whole: bool = False
    archived: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """The bot was added to the conversation, or the web page was opened."""

    team: TeamNews | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The bot was removed from the conversation, or its team no longer exists."""

    team: TeamNews | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rearranged:
    """A team's name or channels changed. The event has no person."""

    team: TeamNews


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    """A timer set by ``Schedule`` is due.

    ``verb`` names flow and action. ``data`` is the scheduled data. ``due_at`` is the time the timer was due, which is
    long ago when the bot was off; None before it fires.
    """

    verb: str
    data: Mapping[str, str] = field(default_factory=dict)
    due_at: datetime | None = None


What = Said | Pressed | Arrived | Left | Rearranged | Rang


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One incoming event, which is decided once.

    ``id`` is unique, so that a repeated delivery is detected. ``person_id`` is a verified identity, empty for timers
    and for events without a person. ``at`` is aware UTC. ``proved_at``: when the person last signed in; None if
    unknown, as in Teams. ``from_page``: pressed on a page of the desk, which shows the replies; the chat does not.
    """

    id: str
    at: datetime
    channel: ChannelName
    person_id: str
    conversation_id: str
    scope: Scope = Scope.PERSONAL
    what: What
    proved_at: datetime | None = None
    from_page: bool = False

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError("Event.at must be aware")

    @property
    def said(self) -> Said:
        """The message of the event. Raises TypeError for other events."""
        if not isinstance(self.what, Said):
            raise TypeError(f"not an utterance: {type(self.what).__name__}")
        return self.what

    @property
    def pressed(self) -> Pressed:
        """The pressed action of the event. Raises TypeError for other events."""
        if not isinstance(self.what, Pressed):
            raise TypeError(f"not a pressed action: {type(self.what).__name__}")
        return self.what

    @property
    def rang(self) -> Rang:
        """The timer of the event. Raises TypeError for other events."""
        if not isinstance(self.what, Rang):
            raise TypeError(f"not a timer: {type(self.what).__name__}")
        return self.what

    @property
    def due_at(self) -> datetime:
        """When the event was due: for a late timer before ``at``, otherwise ``at``."""
        due_at = self.what.due_at if isinstance(self.what, Rang) else None
        return self.at if due_at is None else min(due_at, self.at)
