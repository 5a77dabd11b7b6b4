"""Teams channels of an announcement: choice, and a second check at sending."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from dialogs.announce.access import Announcer
from dialogs.announce.audience import Audience
from dialogs.announce.deliver.message_builder import channel_message
from dialogs.announce.model import Announcement
from dialogs.announce.teams.flow import teams_of
from dialogs.core.content import Content
from dialogs.core.decision import Post
from dialogs.core.query import Asking, find_all, group_posts
from dialogs.teams_membership.model import CHANNEL, ChosenChannel, Team

# Channels per announcement.
MAX: Final = 20
MAX_OFFERED: Final = 200


def offered(who: Announcer) -> Asking[tuple[ChosenChannel, ...]]:
    """Return the channels an announcer may choose, sorted by name.

    Only teams with a known municipality are offered.
    """
    teams = yield from teams_of(who)
    targets = [
        ChosenChannel(channel_id=channel.id, team=team.name, channel=channel.name)
        for team in teams
        if team.municipality_id is not None and not team.archived
        for channel in team.channels
    ]
    return tuple(sorted(targets, key=lambda target: (target.team.lower(), target.channel.lower())))[:MAX_OFFERED]


def chosen(ids: Collection[str], audience: Audience, content: Content) -> Asking[tuple[ChosenChannel, ...] | None]:
    """Return the channels of these ids, or None if one is unsuitable.

    Unsuitable are channels unknown to the bot, and those of teams that do not fit the audience.
    """
    targets: list[ChosenChannel] = []
    for id_ in sorted(ids):
        team = yield from _team_of(id_)
        channel = team.channel(id_) if team else None
        if team is None or channel is None or not fits(team, audience, content):
            return None
        targets.append(ChosenChannel(channel_id=id_, team=team.name, channel=channel.name))
    return tuple(targets)


def fits(team: Team, audience: Audience, content: Content) -> bool:
    """Return whether the team is active and its municipality is addressed."""
    return not team.archived and team.municipality_id in audience.municipalities(content.organisation)


def posts(
    announcement: Announcement, targets: Sequence[ChosenChannel], content: Content, *, only_update: bool = False
) -> Asking[list[Post]]:
    """Return the posts to channels.

    Channels the bot has left, and teams moved to another municipality, get no new post.

    Args:
        only_update: change existing posts, and delete those in channels that no longer fit.
    """
    message = channel_message(content.texts, announcement, content.organisation)
    posts: list[Post] = []
    for target in targets:
        team = yield from _team_of(target.channel_id)
        channel = team.channel(target.channel_id) if team else None
        # Checked again at sending: teams change owner, and the bot may have been removed.
        allowed = team is not None and channel is not None and fits(team, announcement.audience, content)
        if not allowed and not only_update:
            continue
        posts.append(
            Post(
                to=target.recipient,
                slot=announcement.slot,
                message=message if allowed else None,
                group=announcement.id,
                urgency=announcement.severity.urgency,
                expires_at=announcement.expires_at if allowed else None,
                only_update=only_update,
                address=channel.address if channel else None,
            )
        )
    return posts


def states(announcement: Announcement) -> Asking[Mapping[str, str]]:
    """Return the delivery state of each addressed channel, keyed by recipient."""
    if not announcement.channels:
        return {}
    posts = yield from group_posts(announcement.id, after=CHANNEL, limit=MAX)
    return {post.recipient: post.status for post in posts if post.recipient.startswith(CHANNEL)}


def _team_of(channel_id: str) -> Asking[Team | None]:
    teams = yield from find_all(Team, f"{CHANNEL}{channel_id}", limit=1)
    return teams[0] if teams else None
