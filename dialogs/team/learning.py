"""What the bot learns of the teams it is in, and whose they are."""

from dataclasses import replace
from typing import Final

from dialogs.decision import NOTHING, Audit, Decision, Remove, do, put
from dialogs.event import Arrived, ChannelName, Event, Left, TeamNews
from dialogs.person import Address, Person
from dialogs.query import Asking, find
from dialogs.team.model import Team, TeamChannel
from dialogs.world import World

MOST_CHANNELS: Final = 1000
"""As many as a team has in Teams."""


def learned(event: Event, news: TeamNews, world: World) -> Asking[Decision]:
    """Return what to remember of a team that was told of; whoever was removed from it forgets it.

    A team of another tenant than before is not believed to be the same.
    """
    known = yield from find(Team, news.id)
    if known is not None and known.tenant_id != news.tenant_id:
        return NOTHING
    if isinstance(event.what, Left):
        return Decision(writes=(Remove(kind=Team, id=known.id),)) if known else NOTHING
    before = known or Team(id=news.id, name="", tenant_id=news.tenant_id, changed_at=event.at)
    team = _with(before, news)
    if team.municipality_id is None:
        owner = yield from _owner(event, news, world)
        team = replace(team, municipality_id=owner)
    if team == known:
        return NOTHING
    decision = put(replace(team, changed_at=event.at))
    if team.municipality_id != before.municipality_id:
        decision += do(placed(team, by=event.person_id or "tenant"))
    return decision


def placed(team: Team, *, by: str) -> Audit:
    """Return the entry of the audit log that says whose a team now is."""
    details = (("municipality", team.municipality_id or ""),)
    return Audit(act="team.placed", subject=team.id, by=by, details=details)


def owners(tenant_id: str, world: World) -> frozenset[str]:
    """Return the municipalities a team of this tenant may belong to."""
    every = frozenset(world.organisation.municipalities)
    return (world.homes.get(tenant_id.lower()) or every) & every


def _owner(event: Event, news: TeamNews, world: World) -> Asking[str | None]:
    """Return whose it is when that is certain: of a tenant with one home, or of whom the registry knows who added it.

    What somebody says of their own workplace is not enough. Those who run the rollout add the bot to other people's
    teams, so theirs is not taken for granted either.
    """
    possible = owners(news.tenant_id, world)
    if len(possible) == 1:
        return next(iter(possible))
    person = (yield from find(Person, event.person_id)) if isinstance(event.what, Arrived) else None
    if person is None or not person.registered or person.municipality_id not in possible:
        return None
    own = world.organisation.municipalities.get(person.municipality_id or "")
    return own.id if own is not None and not own.provider else None


def _with(team: Team, news: TeamNews) -> Team:
    old = {} if news.whole else {channel.id: channel for channel in team.channels if channel.id not in news.gone}
    names = {channel.id: channel.name for channel in team.channels}
    for channel in news.channels:
        address = Address(channel=ChannelName.TEAMS, data=channel.data)
        name = channel.name or names.get(channel.id, "")
        old[channel.id] = TeamChannel(id=channel.id, name=name, address=address)
    return replace(
        team,
        name=news.name or team.name,
        channels=tuple(sorted(old.values(), key=lambda each: each.id))[:MOST_CHANNELS],
        archived=team.archived if news.archived is None else news.archived,
    )
