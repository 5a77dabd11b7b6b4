"""Messages reach their chat, and every answer of the connector has one meaning."""

from collections.abc import Callable
from typing import Any

import pytest
from botbuilder.core import TurnContext
from botbuilder.schema import Activity, ChannelAccount, ConversationAccount, ConversationReference

from bot.channels.teams.adapter import NotSent, TeamsAdapter
from bot.ports import Delivery, Faulted, Landed, Missing, Throttled, Unreachable
from dialogs.core.decision import Urgency
from dialogs.core.message import Message
from dialogs.core.person import Address
from tests.channels import TEAMS
from tests.fakes.connector import Connector, Rule
from tests.unit.teams.conftest import APP, CARD, PERSON, TENANT

Owed = Callable[..., Delivery]


async def landed(adapter: TeamsAdapter, owed: Owed, place: Address, message: Message) -> Landed:
    outcome = await adapter.send(owed(message), place, message)
    assert isinstance(outcome, Landed)
    return outcome


async def test_a_card_lands_with_its_slot_and_can_be_corrected_and_taken_away(
    adapter: TeamsAdapter, connector: Connector, place: Address, owed: Owed
) -> None:
    sent = await landed(adapter, owed, place, Message(text="Hei", card=CARD))
    [(_, first)] = (await connector.messages())["a:personal"].items()
    assert first["attachments"][0]["content"]["actions"][0]["data"] == {"article_id": "mfa", "slot": "answer/1"}
    assert first["summary"] == "Hei"
    assert "text" not in first

    changed = await adapter.update(owed(), sent.reference, Message(text="Rettet"))
    assert changed == Landed(reference=sent.reference)
    [(_, second)] = (await connector.messages())["a:personal"].items()
    assert (second["text"], second["textFormat"]) == ("Rettet", "markdown")

    assert await adapter.delete(owed(), sent.reference) == Landed(reference=sent.reference)
    assert await connector.messages() == {}


async def test_all_messages_share_one_connection(
    adapter: TeamsAdapter, connector: Connector, place: Address, owed: Owed
) -> None:
    before = (await connector.tally()).connections
    for _ in range(5):
        await landed(adapter, owed, place, Message(text="Hei"))
    assert (await connector.tally()).connections - before == 1


@pytest.mark.parametrize(
    ("urgency", "is_reply", "alert"),
    [
        (Urgency.NORMAL, False, True),
        (Urgency.CRITICAL, False, True),
        (Urgency.QUIET, False, False),
        (Urgency.NORMAL, True, False),
    ],
)
async def test_only_what_comes_unasked_and_is_not_quiet_rings(  # noqa: PLR0917 - fixtures
    adapter: TeamsAdapter,
    connector: Connector,
    place: Address,
    owed: Owed,
    urgency: Urgency,
    is_reply: bool,
    alert: bool,
) -> None:
    delivery = owed(urgency=urgency, address=place if is_reply else None)
    await adapter.send(delivery, place, Message(text="Hei"))
    [message] = (await connector.messages())["a:personal"].values()
    assert message.get("channelData", {}).get("notification", {}).get("alert", False) is alert


SOME_HOUR = "Mon, 02 Nov 2026 12:00:30 GMT"
A_CENTURY = "Sun, 02 Nov 2126 12:00:30 GMT"
NO_YEAR = f"Sun, 02 Nov {'9' * 30} 12:00:30 GMT"


@pytest.mark.parametrize(
    ("rule", "outcome"),
    [
        (Rule(status=429, headers={"Retry-After": "7"}), Throttled(retry_after_seconds=7.0, tenant_id=TENANT)),
        (Rule(status=429, headers={"Retry-After": SOME_HOUR}), Throttled(retry_after_seconds=30.0, tenant_id=TENANT)),
        (Rule(status=429, headers={"Retry-After": "soon"}), Throttled(retry_after_seconds=None, tenant_id=TENANT)),
        (Rule(status=429, headers={"Retry-After": "9" * 50}), Throttled(retry_after_seconds=3600.0, tenant_id=TENANT)),
        (Rule(status=429, headers={"Retry-After": A_CENTURY}), Throttled(retry_after_seconds=3600.0, tenant_id=TENANT)),
        (Rule(status=429, headers={"Retry-After": NO_YEAR}), Throttled(retry_after_seconds=None, tenant_id=TENANT)),
        (Rule(status=429), Throttled(retry_after_seconds=None, tenant_id=TENANT)),
        (Rule(status=403, code="ConversationBlockedByUser"), Unreachable(reason="ConversationBlockedByUser")),
        (Rule(status=403, code="BotNotInConversationRoster"), Unreachable(reason="BotNotInConversationRoster")),
        (Rule(status=403, code="ForbiddenOperationException"), Unreachable(reason="ForbiddenOperationException")),
        (
            Rule(status=403, body={"errorCode": 209, "message": "x", "subCode": "MessageWritesBlocked"}),
            Unreachable(reason="MessageWritesBlocked"),
        ),
        (
            Rule(
                status=403,
                body={"error": {"code": "BadSyntax", "message": '{"errorCode":209,"subCode":"MessageWritesBlocked"}'}},
            ),
            Unreachable(reason="MessageWritesBlocked"),
        ),
        (Rule(status=403, code="NotEnoughPermissions"), Faulted(reason="NotEnoughPermissions", again=False)),
        (Rule(status=403, body={"error": "<html>"}), Faulted(reason="http_403", again=False)),
        (Rule(status=404), Unreachable(reason="http_404")),
        (Rule(status=404, code="ConversationNotFound"), Unreachable(reason="ConversationNotFound")),
        (Rule(status=400, code="UserNotFound"), Unreachable(reason="UserNotFound")),
        (Rule(status=400, code="BadArgument"), Faulted(reason="BadArgument", again=False)),
        (Rule(status=401), Faulted(reason="http_401", again=True)),
        (Rule(status=408), Faulted(reason="http_408", again=True, unsure=True)),
        (Rule(status=412, code="PreconditionFailed"), Faulted(reason="PreconditionFailed", again=True)),
        (Rule(status=413, code="MessageSizeTooBig"), Faulted(reason="MessageSizeTooBig", again=False)),
        (Rule(status=500, code="ServiceError"), Faulted(reason="ServiceError", again=False)),
        (Rule(status=502), Faulted(reason="http_502", again=True, unsure=True)),
        (Rule(status=503), Faulted(reason="http_503", again=True)),
        (Rule(status=504), Faulted(reason="http_504", again=True, unsure=True)),
        (Rule(status=307, headers={"Location": "https://evil.example/"}), Faulted(reason="http_307", again=False)),
        (Rule(status=400, code="Kari Nordmann skrev"), Faulted(reason="http_400", again=False)),
        (Rule(drop=True), Faulted(reason="network_ServerDisconnectedError", again=True, unsure=True)),
    ],
    ids=lambda value: f"{value.status}-{value.code}" if isinstance(value, Rule) else "",
)
async def test_every_answer_has_its_meaning(  # noqa: PLR0917 - fixtures
    adapter: TeamsAdapter, connector: Connector, place: Address, owed: Owed, rule: Rule, outcome: object
) -> None:
    person_without_object_id = Address(channel=TEAMS, data={**place.data, "object_id": ""})
    await connector.script(rule)
    assert await adapter.send(owed(), person_without_object_id, Message(text="Hei")) == outcome


@pytest.mark.parametrize("code", ["ActivityNotFoundInConversation", ""])
async def test_a_message_that_is_gone_is_missing(
    adapter: TeamsAdapter, connector: Connector, place: Address, owed: Owed, code: str
) -> None:
    sent = await landed(adapter, owed, place, Message(text="Hei"))
    await connector.script(Rule(status=404, code=code))
    assert await adapter.update(owed(), sent.reference, Message(text="Rettet")) == Missing()
    assert await adapter.delete(owed(), sent.reference) == Missing()


async def test_an_answer_with_half_a_surrogate_pair_has_no_id(
    adapter: TeamsAdapter, connector: Connector, place: Address, owed: Owed
) -> None:
    await connector.script(Rule(status=200, body={"id": "1\ud800"}))
    sent = await landed(adapter, owed, place, Message(text="Hei"))
    assert await adapter.update(owed(), sent.reference, Message(text="Rettet")) == Missing()
    assert await adapter.delete(owed(), sent.reference) == Missing()


async def test_a_message_whose_id_never_came_back_is_missing(
    adapter: TeamsAdapter, connector: Connector, place: Address, owed: Owed
) -> None:
    await connector.script(Rule(status=202, body={}))
    sent = await landed(adapter, owed, place, Message(text="Hei"))
    assert await adapter.update(owed(), sent.reference, Message(text="Rettet")) == Missing()
    assert await adapter.delete(owed(), sent.reference) == Missing()


@pytest.mark.full
async def test_a_connector_that_hangs_or_is_away_is_tried_again(
    make_adapter: Callable[..., TeamsAdapter], connector: Connector, place: Address, owed: Owed
) -> None:
    adapter = make_adapter(seconds=0.2)
    await connector.script(Rule(delay_seconds=5))
    assert await adapter.send(owed(), place, Message(text="Hei")) == Faulted(reason="timeout", again=True, unsure=True)
    nobody = Address(channel=TEAMS, data={**place.data, "service_url": "http://127.0.0.1:9/"})
    refused = await adapter.send(owed(), nobody, Message(text="Hei"))
    assert refused == Faulted(reason="network_ClientConnectorError", again=True)


async def test_whom_we_never_met_gets_a_chat_and_its_address_is_told(
    adapter: TeamsAdapter, connector: Connector, place: Address, owed: Owed
) -> None:
    data = {"object_id": PERSON, "tenant_id": TENANT, "service_url": place.data["service_url"]}
    outcome = await adapter.send(owed(), Address(channel=TEAMS, data=data), Message(text="Hei"))
    assert isinstance(outcome, Landed)
    assert outcome.address == Address(
        channel=TEAMS, data={**data, "conversation_id": f"a:chat-{PERSON}", "app_id": APP}
    )
    create, send = await connector.calls()
    assert create.body["members"] == [{"id": PERSON}]
    assert (create.body["tenantId"], create.body["bot"]) == (TENANT, {"id": f"28:{APP}"})
    assert send.conversation == f"a:chat-{PERSON}"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({}, "no_address"),
        ({"object_id": PERSON}, "no_address"),
        ({"object_id": PERSON, "tenant_id": "a-tenant-without-registration"}, "no_registration"),
    ],
)
async def test_whom_nothing_reaches_is_unreachable(
    adapter: TeamsAdapter, connector: Connector, owed: Owed, data: dict[str, str], reason: str
) -> None:
    address = Address(channel=TEAMS, data=data)
    assert await adapter.send(owed(), address, Message(text="Hei")) == Unreachable(reason=reason)
    assert await connector.calls() == []


async def test_without_a_service_to_ask_a_stranger_is_unreachable(
    make_adapter: Callable[..., TeamsAdapter], owed: Owed
) -> None:
    address = Address(channel=TEAMS, data={"object_id": PERSON, "tenant_id": TENANT})
    outcome = await make_adapter(default_service_url="").send(owed(), address, Message(text="Hei"))
    assert outcome == Unreachable(reason="no_address")


async def test_who_never_installed_the_app_is_unreachable(
    adapter: TeamsAdapter, connector: Connector, place: Address, owed: Owed
) -> None:
    await connector.script(Rule(status=403, code="ForbiddenOperationException", conversation=""))
    data = {**place.data, "conversation_id": ""}
    outcome = await adapter.send(owed(), Address(channel=TEAMS, data=data), Message(text="Hei"))
    assert outcome == Unreachable(reason="ForbiddenOperationException")


async def test_a_chat_that_was_replaced_is_found_again(
    adapter: TeamsAdapter, connector: Connector, place: Address, owed: Owed
) -> None:
    await connector.script(Rule(status=404, code="ConversationNotFound", conversation="a:personal"))
    outcome = await adapter.send(owed(), place, Message(text="Hei"))
    assert isinstance(outcome, Landed)
    assert outcome.address is not None
    assert outcome.address.data["conversation_id"] == "a:chat-29:ansatt"
    assert list(await connector.messages()) == ["a:chat-29:ansatt"]


@pytest.mark.parametrize(
    "service_url",
    [
        "https://evil.example/",
        "https://evil.trafficmanager.net/",
        "https://smba.trafficmanager.net.evil.example/",
        "http://smba.trafficmanager.net/teams/",
        "https://smba.trafficmanager.net:8443/",
        "https://user@smba.trafficmanager.net/",
        "https://169.254.169.254/metadata/",
        "file:///etc/passwd",
        "https://[::1",
        "",
    ],
)
async def test_nothing_leaves_for_a_host_that_is_not_allowed(
    adapter: TeamsAdapter, place: Address, owed: Owed, service_url: str
) -> None:
    address = Address(channel=TEAMS, data={**place.data, "service_url": service_url})
    outcome = await adapter.send(owed(), address, Message(text="Hei"))
    assert outcome == Faulted(reason="host_not_allowed", again=False)


@pytest.mark.parametrize("id", ["../../admin", "..", ".", "19:a@thread.tacv2;messageid=1", "a/b?c#d", "å b%2e%2e"])
async def test_an_id_stays_one_segment_of_the_path(
    adapter: TeamsAdapter, connector: Connector, place: Address, owed: Owed, id: str
) -> None:
    address = Address(channel=TEAMS, data={**place.data, "conversation_id": id, "object_id": ""})
    assert isinstance(await adapter.send(owed(), address, Message(text="Hei")), Landed)
    [call] = await connector.calls()
    assert call.conversation.replace("%2E", ".") == id


class StaleToken:
    """Gives a token that was revoked; a fresh one only after ``forget``."""

    def __init__(self) -> None:
        self.token = "stale"

    async def get(self, app_id: str) -> str | None:
        return self.token

    def discard(self, app_id: str) -> None:
        self.token = "fresh"


async def test_a_refused_token_is_replaced_once(
    make_adapter: Callable[..., TeamsAdapter], connector: Connector, place: Address, owed: Owed
) -> None:
    await connector.script(Rule(status=401, times=1))
    outcome = await make_adapter(tokens=StaleToken()).send(owed(), place, Message(text="Hei"))
    assert isinstance(outcome, Landed)
    assert [call.authorization for call in await connector.calls()] == ["Bearer stale", "Bearer fresh"]


async def test_typing_is_shown(adapter: TeamsAdapter, connector: Connector, place: Address) -> None:
    assert isinstance(await adapter.typing(place), Landed)
    assert (await connector.calls())[0].body["type"] == "typing"


async def test_a_message_too_large_is_shown_as_its_text(
    make_adapter: Callable[..., TeamsAdapter], connector: Connector, place: Address, owed: Owed
) -> None:
    card = {**CARD, "body": [{"type": "TextBlock", "text": "x" * 45_000}]}
    adapter = make_adapter(too_large_note="Resten får ikke plass.")
    await landed(adapter, owed, place, Message(text="Lang historie", card=card))
    [message] = (await connector.messages())["a:personal"].values()
    assert message["text"] == "Lang historie\n\nResten får ikke plass."
    assert "attachments" not in message


# botbuilder's side: what is written for its adapters runs on this one.


def reference(connector: Connector) -> ConversationReference:
    return ConversationReference(
        service_url=connector.service_url(TENANT),
        channel_id="msteams",
        user=ChannelAccount(id="29:ansatt", aad_object_id=PERSON),
        bot=ChannelAccount(id=f"28:{APP}"),
        conversation=ConversationAccount(id="a:personal", tenant_id=TENANT),
    )


async def test_a_botbuilder_turn_sends_updates_and_deletes(adapter: TeamsAdapter, connector: Connector) -> None:
    async def turn(context: TurnContext) -> None:
        sent = await context.send_activity("Hei")
        await context.update_activity(Activity(id=sent.id, type="message", text="Hei igjen"))
        assert [m["text"] for m in (await connector.messages())["a:personal"].values()] == ["Hei igjen"]
        await context.delete_activity(sent.id)

    await adapter.continue_conversation(reference(connector), turn)
    assert await connector.messages() == {}
    assert [call.method for call in await connector.calls()] == ["POST", "PUT", "DELETE"]


async def test_a_botbuilder_turn_opens_a_conversation(adapter: TeamsAdapter, connector: Connector) -> None:
    async def turn(context: TurnContext) -> None:
        await context.send_activity("Hei")

    await adapter.create_conversation(reference(connector), turn)
    assert list(await connector.messages()) == ["a:chat-29:ansatt"]


async def test_a_botbuilder_turn_is_told_what_was_not_sent(adapter: TeamsAdapter, connector: Connector) -> None:
    async def turn(context: TurnContext) -> None:
        await context.send_activity("Hei")

    await connector.script(Rule(status=403, code="ConversationBlockedByUser"))
    with pytest.raises(NotSent) as caught:
        await adapter.continue_conversation(reference(connector), turn)
    assert caught.value.outcome == Unreachable(reason="ConversationBlockedByUser")


async def test_middleware_sees_inbound_turns(adapter: TeamsAdapter, connector: Connector) -> None:
    seen: list[str] = []

    class Middleware:
        async def on_turn(self, context: TurnContext, logic: Any) -> None:
            seen.append(context.activity.text)
            await logic()

    adapter.use(Middleware())
    activity = Activity(type="message", text="hei", service_url=connector.service_url(TENANT))

    async def turn(_: TurnContext) -> None:
        seen.append("turn")

    await adapter.run(activity, turn)
    assert seen == ["hei", "turn"]
