"""A team in Teams that the bot is in, and its channels."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from dialogs.person import Address
from dialogs.texts import Texts

CHANNEL: Final = "channel:"
"""What names a channel as the recipient of a message begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChannel:
    """A channel of a team. ``name`` is empty for the one every team has."""

    id: str
    name: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team, and whose it is: ``municipality_id``, None while nobody has said so. Then nothing is posted in it."""

    KIND: ClassVar[str] = "team"
    SCHEMA: ClassVar[int] = 1

    id: str
    name: str
    tenant_id: str
    municipality_id: str | None = None
    channels: tuple[TeamChannel, ...] = ()
    archived: bool = False
    changed_at: datetime

    def terms(self) -> Iterable[str]:
        """Return the words it is found by."""
        yield "all"
        if self.municipality_id is not None:
            yield f"municipality:{self.municipality_id}"
        for channel in self.channels:
            yield f"{CHANNEL}{channel.id}"

    def find(self, channel_id: str) -> TeamChannel | None:
        """Return its channel of this id, or None."""
        return next((channel for channel in self.channels if channel.id == channel_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A channel chosen for an announcement, named as it was then."""

    channel_id: str
    team: str
    channel: str

    @property
    def recipient(self) -> str:
        """What names it as a recipient."""
        return f"{CHANNEL}{self.channel_id}"

    def name(self, texts: Texts) -> str:
        """Return its name for people."""
        return f"{self.team or texts('team.nameless')} › {self.channel or texts('team.general')}"
