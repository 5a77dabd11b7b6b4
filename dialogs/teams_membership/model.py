"""A team with the bot as a member, and its channels."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Final

from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose
from dialogs.core.person import Address
from dialogs.core.texts import Texts

# Prefix of recipients that are channels.
CHANNEL: Final = "channel:"


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamChannel:
    """A channel of a team; the default channel has an empty name."""

    id: str
    name: str
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team and its owner.

    ``municipality_id`` is None while unassigned; then no announcement is posted in it.
    """

    KIND: ClassVar[str] = "team"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(
        most="one for each team in Teams that has the app", whose=Whose.NOBODY, terms=(), erasing=Erasing.KEPT
    )

    id: Annotated[str, Purpose.ORDER]
    name: Annotated[str, Purpose.INFORM]
    tenant_id: Annotated[str, Purpose.PLACE]
    municipality_id: Annotated[str | None, Purpose.PLACE] = None
    channels: Annotated[tuple[TeamChannel, ...], Purpose.INFORM] = ()
    archived: Annotated[bool, Purpose.ORDER] = False
    changed_at: Annotated[datetime, Purpose.TIME]

    def terms(self) -> Iterable[str]:
        yield "all"
        if self.municipality_id is not None:
            yield f"municipality:{self.municipality_id}"
        for channel in self.channels:
            yield f"{CHANNEL}{channel.id}"

    def channel(self, channel_id: str) -> TeamChannel | None:
        return next((channel for channel in self.channels if channel.id == channel_id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenChannel:
    """A channel chosen for an announcement, with its names at that time."""

    channel_id: str
    team: str
    channel: str

    @property
    def recipient(self) -> str:
        """The recipient id of the channel."""
        return f"{CHANNEL}{self.channel_id}"

    def display_name(self, texts: Texts) -> str:
        return f"{self.team or texts('team.nameless')} › {self.channel or texts('team.general')}"
