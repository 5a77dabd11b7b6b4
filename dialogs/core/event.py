"""What happens to the bot, whichever channel it came through."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from knowledge.language.masking import MaskedText, mask


class ChannelName(StrEnum):
    """Ways to reach people; ``CLOCK`` is time itself, when a timer rings."""

    TEAMS = "teams"
    WEB = "web"
    CLOCK = "clock"


class Scope(StrEnum):
    """Who else is in the conversation."""

    PERSONAL = "personal"
    GROUP = "group"
    TEAM = "team"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Someone wrote ``utterance`` (mention stripped); in a group only when the bot was mentioned."""

    utterance: MaskedText
    attachments: tuple["Attachment", ...] = ()


class Refusal(StrEnum):
    """Why a channel did not take a file.

    ``ELSEWHERE``: it lies with somebody we do not ask; ``NOT_HERE``: others read along in this conversation;
    ``UNAVAILABLE``: it could not be had or kept this time.
    """

    NOT_IMAGE = "not_image"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    ELSEWHERE = "elsewhere"
    NOT_HERE = "not_here"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with an utterance.

    It is an image that the channel has checked, cleaned and stored under ``id``; or it was refused, and nothing of it
    is kept.
    """

    id: str
    name: str
    media_type: str
    size_bytes: int
    refused: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """Someone pressed a card action.

    ``verb`` is ``flow.action``; ``data`` holds ids and inputs, all of it untrusted. ``slot`` names the card that was
    pressed, when the channel knows it.
    """

    verb: str
    data: Mapping[str, Any] = field(default_factory=dict)
    slot: str | None = None

    def text(self, name: str) -> MaskedText:
        """Return an input as masked text; anything else than text, number or truth value reads as empty."""
        value = self.data.get(name, "")
        if isinstance(value, MaskedText):
            return value.strip()
        return mask(str(value).strip()) if isinstance(value, str | int | float | bool) else MaskedText()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelNews:
    """A channel of a team in Teams. ``name`` is empty for the one every team has; ``data`` is where to post in it."""

    id: str
    name: str = ""
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamNews:
    """What was told of a team the bot is in.

    ``channels`` are some of those it has, all of them when ``whole``; ``gone`` are ids of those it has no longer. An
    empty ``name``, and None for ``archived``, were not told.
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
    """The bot was installed for, or added to, the conversation; or the web page was opened."""

    team: TeamNews | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """The bot was removed from the conversation, or what it was in is no more."""

    team: TeamNews | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rearranged:
    """A team the bot is in was heard of: its name, its channels. Nobody is named for it."""

    team: TeamNews


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    """A timer set by ``Schedule`` is due. ``verb`` names the flow and action, ``data`` is what was scheduled."""

    verb: str
    data: Mapping[str, str] = field(default_factory=dict)


What = Said | Pressed | Arrived | Left | Rearranged | Rang


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, to be decided once.

    ``id`` is unique for the thing, so that a repeated activity is recognised. ``person_id`` is a verified identity,
    empty for timers and where nobody is named. ``at`` is aware UTC.
    """

    id: str
    at: datetime
    channel: ChannelName
    person_id: str
    conversation_id: str
    scope: Scope = Scope.PERSONAL
    what: What

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise ValueError("Event.at must be aware")

    @property
    def said(self) -> Said:
        """The utterance of an event that is one. Raises TypeError: it is something else."""
        if not isinstance(self.what, Said):
            raise TypeError(f"not an utterance: {type(self.what).__name__}")
        return self.what

    @property
    def pressed(self) -> Pressed:
        """The action of an event that is one. Raises TypeError: it is something else."""
        if not isinstance(self.what, Pressed):
            raise TypeError(f"not a pressed action: {type(self.what).__name__}")
        return self.what

    @property
    def rang(self) -> Rang:
        """The timer of an event that is one. Raises TypeError: it is something else."""
        if not isinstance(self.what, Rang):
            raise TypeError(f"not a timer: {type(self.what).__name__}")
        return self.what
