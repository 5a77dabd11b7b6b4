"""A team with the bot as a member and its channels, learned from Teams events."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, ClassVar, Final

from dialogs.core.content import Content
from dialogs.core.data_rules import DataRules, Erasing, Purpose, Whose
from dialogs.core.decision import NOTHING, Audit, Decision, do, put, remove
from dialogs.core.event import Arrived, ChannelName, Event, Left, TeamNews
from dialogs.core.person import Address, Person
from dialogs.core.query import Asking, find
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


# Knowledge of teams gained from Teams events.

# Most channels of a team in Teams.
MAX_CHANNELS: Final = 1000


def learned(event: Event, news: TeamNews, content: Content) -> Asking[Decision]:
    """Return the decision that stores or removes a reported team."""
    known = yield from find(Team, news.id)
    # The same id from another tenant is no update: it could take over the team.
    if known is not None and known.tenant_id != news.tenant_id:
        return NOTHING
    if isinstance(event.what, Left):
        return remove(Team, known.id) if known else NOTHING
    before = known or Team(id=news.id, name="", tenant_id=news.tenant_id, changed_at=event.at)
    team = _updated(before, news, event.channel)
    if team.municipality_id is None:
        owner = yield from _owner(event, news, content)
        team = replace(team, municipality_id=owner)
    if team == known:
        return NOTHING
    decision = put(replace(team, changed_at=event.at))
    if team.municipality_id != before.municipality_id:
        decision += do(placed(team, by=event.person_id or "tenant"))
    return decision


def placed(team: Team, *, by: str) -> Audit:
    """Return the audit entry of the team's new municipality."""
    details = (("municipality", team.municipality_id or ""),)
    return Audit(act="team.placed", subject=team.id, by=by, details=details)


def owners(tenant_id: str, content: Content) -> frozenset[str]:
    """Return the municipalities a team of this tenant can belong to."""
    every = frozenset(content.organisation.municipalities)
    return (content.homes.get(tenant_id.lower()) or every) & every


def _owner(event: Event, news: TeamNews, content: Content) -> Asking[str | None]:
    """Return the owning municipality when it is certain, else None."""
    # It is certain for a tenant of a single municipality, and for a team added by a registered employee.
    possible = owners(news.tenant_id, content)
    if len(possible) == 1:
        return next(iter(possible))
    person = (yield from find(Person, event.person_id)) if isinstance(event.what, Arrived) else None
    # A workplace entered by the person is not proof.
    if person is None or not person.registered or person.municipality_id not in possible:
        return None
    own = content.organisation.municipalities.get(person.municipality_id or "")
    # Staff of the provider add the bot to teams of other municipalities.
    return own.id if own is not None and not own.provider else None


def _updated(team: Team, news: TeamNews, came_by: ChannelName) -> Team:
    # A full list replaces the known channels; a partial one only adds and removes.
    old = {} if news.whole else {channel.id: channel for channel in team.channels if channel.id not in news.gone}
    names = {channel.id: channel.name for channel in team.channels}
    for channel in news.channels:
        address = Address(channel=came_by, data=channel.data)
        name = channel.name or names.get(channel.id, "")
        old[channel.id] = TeamChannel(id=channel.id, name=name, address=address)
    return replace(
        team,
        name=news.name or team.name,
        channels=tuple(sorted(old.values(), key=lambda channel: channel.id))[:MAX_CHANNELS],
        archived=team.archived if news.archived is None else news.archived,
    )
