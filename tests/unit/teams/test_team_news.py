"""What Teams tells of teams and their channels comes in, and what is for a channel gets there."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.channels.teams.adapter import TeamsAdapter
from bot.ports import Delivery, Landed, Missing, Throttled, Unreachable
from dialogs.core.decision import Urgency
from dialogs.core.event import Arrived, ChannelNews, Left, Rearranged, Said, Scope, TeamNews
from dialogs.core.message import Message
from dialogs.core.person import Address
from tests.channels import CHANNELS, TEAMS
from tests.fakes.connector import Connector, Limits, Rule
from tests.unit.teams.conftest import APP, CARD, PERSON, TENANT, Teams

Owed = Callable[..., Delivery]
TEAM = "19:lag@thread.tacv2"
DRIFT = f"{TEAM}-drift"


def told(kind: str | None = None, **more: Any) -> dict[str, Any]:
    """Return what makes an activity of the sample person tell something of the team."""
    data = {"tenant": {"id": TENANT}, "team": {"id": TEAM, "name": "Lag"}, **more}
    return {
        "type": "conversationUpdate",
        "text": None,
        "conversation": {"id": TEAM, "conversationType": "channel", "tenantId": TENANT},
        "channelData": {**data, "eventType": kind} if kind else data,
    }


def where(teams: Teams, channel: str) -> dict[str, str]:
    return {"service_url": teams.service_url, "tenant_id": TENANT, "app_id": APP, "channel_id": channel}


def all_channels(teams: Teams, **more: Any) -> TeamNews:
    """Return news of the team with the channels the service lists."""
    channels = (
        ChannelNews(id=TEAM, data=where(teams, TEAM)),
        ChannelNews(id=DRIFT, name="Drift", data=where(teams, DRIFT)),
    )
    return TeamNews(**{"id": TEAM, "tenant_id": TENANT, "name": "Lag", "whole": True, "channels": channels, **more})


@pytest.mark.parametrize(
    "added", [{"type": "installationUpdate", "action": "add"}, {"membersAdded": [{"id": f"28:{APP}"}]}]
)
async def test_whoever_adds_the_bot_to_a_team_tells_of_all_its_channels(teams: Teams, added: dict[str, Any]) -> None:
    await teams.post(teams.activity(**{**told(), **added}))
    [incoming] = teams.inbox.received
    assert incoming.what == Arrived(team=all_channels(teams))
    assert (incoming.sender.object_id, incoming.scope) == (PERSON, Scope.TEAM)


@pytest.mark.parametrize(
    ("kind", "archived"),
    [
        ("channelCreated", None),
        ("channelRenamed", None),
        ("channelRestored", None),
        ("teamRenamed", None),
        ("teamArchived", True),
        ("teamUnarchived", False),
    ],
)
async def test_a_team_that_changes_is_looked_at_anew_and_nobody_is_named_for_it(
    teams: Teams, kind: str, archived: bool | None
) -> None:
    await teams.post(teams.activity(**told(kind, channel={"id": DRIFT, "name": "Drift"})))
    [incoming] = teams.inbox.received
    assert incoming.what == Rearranged(team=all_channels(teams, archived=archived))
    assert not incoming.sender.is_identified


async def test_while_the_service_lists_no_channels_what_was_told_is_handed_in(
    teams: Teams, connector: Connector
) -> None:
    await connector.script(Rule(method="GET", status=503))
    channel = {"id": DRIFT, "name": "Drift [nytt](http://x)"}
    await teams.post(teams.activity(**told("channelRenamed", channel=channel)))
    await teams.post(teams.activity(**told("channelDeleted", channel=channel)))
    renamed, deleted = teams.inbox.received
    assert renamed.what == Rearranged(
        team=TeamNews(
            id=TEAM,
            tenant_id=TENANT,
            name="Lag",
            channels=(ChannelNews(id=DRIFT, name="Drift nytt(http://x)", data=where(teams, DRIFT)),),
        )
    )
    gone = TeamNews(id=TEAM, tenant_id=TENANT, name="Lag", gone=frozenset({DRIFT}))
    assert deleted.what == Rearranged(team=gone)


@pytest.mark.parametrize(
    "ended",
    [
        {"type": "installationUpdate", "action": "remove"},
        {"membersRemoved": [{"id": f"28:{APP}"}]},
        told("teamDeleted"),
        told("teamHardDeleted"),
    ],
)
async def test_a_team_the_bot_is_out_of_is_told_of_once(teams: Teams, ended: dict[str, Any]) -> None:
    await teams.post(teams.activity(**{**told(), **ended}))
    [incoming] = teams.inbox.received
    assert incoming.what == Left(team=TeamNews(id=TEAM, tenant_id=TENANT, name="Lag"))


async def test_a_team_the_bot_came_to_earlier_is_met_when_somebody_writes_there(
    teams: Teams, connector: Connector
) -> None:
    mention = {"type": "mention", "text": "<at>Heia</at>", "mentioned": {"id": f"28:{APP}", "name": "Heia"}}
    asked = {**told(channel={"id": DRIFT}), "type": "message", "text": "<at>Heia</at> hei", "entities": [mention]}
    await connector.script(Rule(method="GET", status=503, times=1))
    for number in range(3):
        await teams.post(teams.activity(**asked, id=str(number)))
    kinds = [type(incoming.what) for incoming in teams.inbox.received]
    assert kinds == [Rearranged, Said, Rearranged, Said, Said]
    assert teams.inbox.received[2].what == Rearranged(team=all_channels(teams))
    assert len({incoming.id for incoming in teams.inbox.received}) == len(kinds)


async def test_a_team_that_tells_its_id_alone_is_asked_for_its_name(teams: Teams) -> None:
    """So it is when somebody writes there, and two nameless teams cannot be told apart where channels are chosen."""
    wrote = {**told(channel={"id": DRIFT}, team={"id": TEAM}), "type": "message", "text": "hei"}
    await teams.post(teams.activity(**wrote))
    [incoming] = teams.inbox.received
    assert incoming.what == Rearranged(team=all_channels(teams))


@pytest.mark.parametrize("answer", [{}, {"name": 7}, {"name": "x" * 3000}, None])
async def test_a_team_that_will_not_say_its_name_is_known_without_one(
    teams: Teams, connector: Connector, answer: Any
) -> None:
    await connector.script(Rule(method="GET", status=200, body=answer, times=1))
    await teams.post(
        teams.activity(
            **{
                **told("teamRenamed"),
                "channelData": {"tenant": {"id": TENANT}, "team": {"id": TEAM}, "eventType": "teamRenamed"},
            }
        )
    )
    assert teams.inbox.received[0].what == Rearranged(team=all_channels(teams, name=""))


@pytest.mark.parametrize(
    "data",
    [
        {"team": 7},
        {"team": {"id": 7}},
        {"team": {"id": ""}},
        {"team": {"id": "x" * 3000}},
        {"team": [TEAM]},
        {"eventType": ["channelCreated"], "team": {"id": TEAM}},
        {"eventType": "channelCreated", "team": None},
    ],
    ids=repr,
)
async def test_what_names_no_team_is_passed_over(teams: Teams, data: dict[str, Any]) -> None:
    body = {"type": "conversationUpdate", "text": None, "channelData": {"eventType": "channelCreated", **data}}
    assert (await teams.post(teams.activity(**body)))[0] == 200
    assert teams.inbox.received == []


@pytest.mark.parametrize("listed", [None, {}, {"conversations": 7}, {"conversations": [7, {}, {"id": 9}]}])
async def test_a_list_that_is_none_is_not_believed(teams: Teams, connector: Connector, listed: Any) -> None:
    await connector.script(Rule(method="GET", status=200, body=listed))
    await teams.post(teams.activity(**told("teamRenamed")))
    assert teams.inbox.received[0].what == Rearranged(team=TeamNews(id=TEAM, tenant_id=TENANT, name="Lag"))


def channel(connector: Connector) -> Address:
    data = {"service_url": connector.service_url(TENANT), "tenant_id": TENANT, "app_id": APP, "channel_id": DRIFT}
    return Address(channel=TEAMS, data=data)


async def test_a_message_for_a_channel_begins_a_thread_that_can_be_changed_and_taken_away(
    adapter: TeamsAdapter, connector: Connector, owed: Owed
) -> None:
    place, message = channel(connector), Message(text="Hei", card=CARD)
    delivery = owed(message, recipient=f"channel:{DRIFT}", address=place, urgency=Urgency.CRITICAL)
    sent = await adapter.send(delivery, place, message)
    assert isinstance(sent, Landed)
    assert sent.address is None
    [(thread, messages)] = (await connector.messages()).items()
    assert thread == f"{DRIFT};messageid=1"
    assert "channelData" not in messages["1"]
    [call] = await connector.calls()
    assert (call.method, call.body["isGroup"], call.body["channelData"]["channel"]) == ("POST", True, {"id": DRIFT})
    assert call.body["bot"] == {"id": f"28:{APP}"}

    assert await adapter.update(delivery, sent.reference, Message(text="Rettet")) == Landed(reference=sent.reference)
    assert (await connector.messages())[thread]["1"]["text"] == "Rettet"
    assert await adapter.delete(delivery, sent.reference) == Landed(reference=sent.reference)
    assert await connector.messages() == {}
    assert await adapter.update(delivery, sent.reference, Message(text="Rettet")) == Missing()


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (Rule(status=403, code="BotNotInConversationRoster"), Unreachable(reason="BotNotInConversationRoster")),
        (Rule(status=404, code="ConversationNotFound"), Unreachable(reason="ConversationNotFound")),
        (
            Rule(status=429, headers={"Retry-After": "3"}),
            Throttled(retry_after_seconds=3, tenant_id=TENANT),
        ),
    ],
)
async def test_a_channel_that_takes_nothing_says_why(
    adapter: TeamsAdapter, connector: Connector, owed: Owed, rule: Rule, outcome: object
) -> None:
    await connector.script(rule)
    assert await adapter.send(owed(), channel(connector), Message(text="Hei")) == outcome


async def test_a_thread_costs_one_call(adapter: TeamsAdapter, connector: Connector, owed: Owed) -> None:
    await connector.reset(Limits(tenant=((1, 60.0),)))
    place = channel(connector)
    assert isinstance(await adapter.send(owed(), place, Message(text="Hei")), Landed)
    assert CHANNELS.calls_of(place) == len(await connector.calls()) == 1
