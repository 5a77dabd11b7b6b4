"""Facts about teams, from activities and from requests for their channels.

Source: Microsoft, "Conversation events in your Teams bot" (conversationUpdate, channelData.eventType).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from botbuilder.schema import Activity

from bot.channels.teams.bearer import tenant_of
from bot.channels.teams.connector import Connector
from bot.channels.teams.target import ConversationTarget
from bot.ports import Faulted
from dialogs.core.cleaning import clean_text
from dialogs.core.event import ChannelNews, TeamNews

MAX_ID_LENGTH: Final = 200
MAX_NAME_LENGTH: Final = 100
ENDED: Final = frozenset({"teamDeleted", "teamHardDeleted"})
_GONE: Final = frozenset({"channelDeleted", "channelUnshared"})
_ARCHIVED: Final = {"teamArchived": True, "teamUnarchived": False, "teamRestored": False}
# Events with facts about a team or its channels.
EVENTS: Final = frozenset({"channelCreated", "channelRenamed", "channelRestored", "channelShared", "teamRenamed"}) | (
    _GONE | set(_ARCHIVED)
)
# Names are chosen by users and appear inside our cards.
_MARKUP: Final = str.maketrans("", "", "[]<>`\\|*_#!")


def event_type(activity: Activity) -> str:
    """Return the event type of a conversationUpdate; empty for other activities."""
    return _text(activity.channel_data, "eventType", most=100)


def news_of(activity: Activity, app_id: str) -> TeamNews | None:
    """Return the activity's facts about a team.

    None if it names no team or no tenant.
    """
    data, tenant_id = activity.channel_data, tenant_of(activity)
    team_id = _text(_object(data, "team"), "id")
    if not team_id or not tenant_id:
        return None
    kind, channel = event_type(activity), _object(data, "channel")
    channel_id = _text(channel, "id")
    news = TeamNews(
        id=team_id,
        tenant_id=tenant_id,
        name=_name(_object(data, "team")),
        archived=_ARCHIVED.get(kind),
        gone=frozenset({channel_id} - {""}) if kind in _GONE else frozenset(),
    )
    if not channel_id or kind in _GONE:
        return news
    return replace(news, channels=(_channel(channel, target_of(activity, app_id)),))


def target_of(activity: Activity, app_id: str) -> ConversationTarget:
    """Return the place for requests about the activity's team, and for posts in its channels."""
    return ConversationTarget(service_url=activity.service_url, tenant_id=tenant_of(activity), app_id=app_id)


async def whole(news: TeamNews, target: ConversationTarget, connector: Connector) -> TeamNews:
    """Return the news with all channels of the team and its name.

    Messages do not carry the name.

    If Teams does not answer now, the facts are read another time.
    """
    if not news.name:
        asked = await connector.team(target, news.id)
        named = "" if isinstance(asked, Faulted) or not asked.ok else _name(asked.body)
        news = replace(news, name=named)
    answer = await connector.channels(target, news.id)
    if isinstance(answer, Faulted) or not answer.ok:
        return news
    listed = answer.body.get("conversations")
    conversations = (
        [conversation for conversation in listed if isinstance(conversation, Mapping)]
        if isinstance(listed, list)
        else []
    )
    channels = tuple(_channel(conversation, target) for conversation in conversations if _text(conversation, "id"))
    return replace(news, channels=channels, whole=True) if channels else news


def _channel(data: Mapping[str, Any], target: ConversationTarget) -> ChannelNews:
    id_ = _text(data, "id")
    return ChannelNews(id=id_, name=_name(data), data=replace(target, channel_id=id_).data)


def _name(data: Mapping[str, Any]) -> str:
    return " ".join(clean_text(_text(data, "name", most=1000)).translate(_MARKUP).split())[:MAX_NAME_LENGTH]


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(data: Mapping[str, Any], name: str, *, most: int = MAX_ID_LENGTH) -> str:
    """Return a text; other types, and texts longer than any id, count as empty."""
    value = data.get(name)
    return value if isinstance(value, str) and len(value) <= most else ""
