"""What Teams tells becomes what happened; what is wrong with a request is told as 4xx and changes nothing."""

import json
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from bot.channels.teams.bearer import CallerRefused, DevAuthenticator
from bot.channels.teams.registration import AllowedHosts
from bot.ports import Incoming, StoreUnavailable, Turn
from dialogs.core.event import Arrived, Left, Pressed, Said, Scope
from dialogs.core.message import Message
from tests.channels import TEAMS
from tests.unit.teams.conftest import ACTIVITY, APP, CARD, PERSON, TENANT, Teams

GROUP = {"id": "19:group@thread.v2", "conversationType": "groupChat", "tenantId": TENANT, "isGroup": True}
CHANNEL = {"id": "19:c@thread.tacv2;messageid=17", "conversationType": "channel", "tenantId": TENANT, "isGroup": True}
MENTION = {"type": "mention", "text": "<at>Heia</at>", "mentioned": {"id": f"28:{APP}", "name": "Heia"}}


def execute(verb: Any = "ask.helped", data: Any = None) -> dict[str, Any]:
    action = {"type": "Action.Execute", "title": "Ja", "verb": verb, "data": {} if data is None else data}
    return {"type": "invoke", "name": "adaptiveCard/action", "value": {"action": action, "trigger": "manual"}}


async def test_a_message_is_handed_in_with_the_verified_identity_and_address(teams: Teams) -> None:
    assert await teams.post(teams.activity()) == (200, None)
    [incoming] = teams.inbox.received
    assert incoming.what == Said(utterance="Hvordan bytter jeg passord?")
    assert (incoming.channel, incoming.scope, incoming.conversation_id) == (
        TEAMS,
        Scope.PERSONAL,
        "a:personal",
    )
    assert (incoming.sender.object_id, incoming.sender.tenant_id) == (PERSON, TENANT)
    assert incoming.sender.name == "Ansatt Helse"
    assert incoming.address.data == {
        "service_url": teams.service_url,
        "conversation_id": "a:personal",
        "tenant_id": TENANT,
        "user_id": "29:ansatt",
        "app_id": APP,
        "object_id": PERSON,
    }


async def test_an_identity_number_in_a_display_name_does_not_come_in(teams: Teams) -> None:
    await teams.post(teams.activity(**{"from": {**ACTIVITY["from"], "name": "Ansatt 13097248022"}}))
    assert teams.inbox.received[0].sender.name == "Ansatt •••••• •••••"


async def test_the_same_message_id_in_two_conversations_is_two_events(teams: Teams) -> None:
    """Teams counts message ids within a conversation."""
    await teams.post(teams.activity())
    await teams.post(teams.activity())
    await teams.post(teams.activity(conversation={**ACTIVITY["conversation"], "id": "a:other"}))
    first, again, other = (incoming.id for incoming in teams.inbox.received)
    assert first == again != other


async def test_identity_ignores_the_case_ids_are_written_in(teams: Teams) -> None:
    sender = {**ACTIVITY["from"], "aadObjectId": PERSON.upper()}
    conversation = {**ACTIVITY["conversation"], "tenantId": TENANT.upper()}
    await teams.post(teams.activity(conversation=conversation, **{"from": sender}))
    assert (teams.inbox.received[0].sender.object_id, teams.inbox.received[0].sender.tenant_id) == (PERSON, TENANT)


@pytest.mark.parametrize(
    ("conversation", "scope"), [pytest.param(GROUP, Scope.GROUP, id="group"), (CHANNEL, Scope.TEAM)]
)
async def test_a_mention_in_a_group_is_handed_in_without_the_mention(
    teams: Teams, conversation: dict[str, Any], scope: Scope
) -> None:
    await teams.post(
        teams.activity(conversation=conversation, text="<at>Heia</at>&nbsp;hvem er ambassadør?", entities=[MENTION])
    )
    [incoming] = teams.inbox.received
    assert incoming.what == Said(utterance="hvem er ambassadør?")
    assert incoming.scope is scope
    assert incoming.address.data["conversation_id"] == conversation["id"]
    assert "user_id" not in incoming.address.data
    assert "object_id" not in incoming.address.data


async def test_talk_in_a_group_that_does_not_mention_the_bot_is_left_alone(teams: Teams) -> None:
    other = {**MENTION, "text": "<at>Leder</at>", "mentioned": {"id": "29:leder", "name": "Leder"}}
    assert (await teams.post(teams.activity(conversation=GROUP, text="<at>Leder</at> hei", entities=[other])))[0] == 200
    assert teams.inbox.received == []


async def test_a_conversation_of_an_unknown_kind_is_never_taken_for_a_private_one(teams: Teams) -> None:
    conversation = {**ACTIVITY["conversation"], "conversationType": "meeting"}
    await teams.post(teams.activity(conversation=conversation, entities=[MENTION]))
    assert teams.inbox.received[0].scope is Scope.GROUP


async def test_other_peoples_mentions_keep_their_names(teams: Teams) -> None:
    other = {"type": "mention", "text": "<at>Leder Skole</at>", "mentioned": {"id": "29:leder", "name": "Leder"}}
    text = "<at>Heia</at> send dette til <at>Leder Skole</at>"
    await teams.post(teams.activity(text=text, entities=[MENTION, other]))
    assert teams.inbox.received[0].what == Said(utterance="send dette til Leder Skole")


async def test_rich_text_is_reduced_to_its_words(teams: Teams) -> None:
    await teams.post(teams.activity(text="<p>E-post &amp; <b>kalender</b></p>", textFormat="xml"))
    what = teams.inbox.received[0].what
    assert isinstance(what, Said)
    assert what.utterance.split() == ["E-post", "&", "kalender"]


async def test_control_characters_do_not_come_in(teams: Teams) -> None:
    await teams.post(teams.activity(text="hei\x00\x1b[31m\nder\x7f"))
    assert teams.inbox.received[0].what == Said(utterance="hei[31m\nder")


async def test_ten_thousand_characters_come_in_whole(teams: Teams) -> None:
    await teams.post(teams.activity(text="å" * 10_000))
    assert teams.inbox.received[0].what == Said(utterance="å" * 10_000)


async def test_a_submit_is_a_press_with_its_slot_taken_out(teams: Teams) -> None:
    value = {"verb": "ask.helped", "slot": "answer/1", "article_id": "mfa", "rating": 4}
    await teams.post(teams.activity(text=None, value=value))
    expected = Pressed(verb="ask.helped", data={"article_id": "mfa", "rating": 4}, slot="answer/1")
    assert teams.inbox.received[0].what == expected


async def test_an_execute_is_answered_with_the_card_and_keeps_its_slot(teams: Teams) -> None:
    async def answer(_: Incoming) -> Turn:
        return Turn(card=Message(text="Takk", card=CARD))

    teams.inbox.answer = answer
    status, body = await teams.post(teams.activity(**execute(data={"slot": "answer/1", "article_id": "mfa"})))
    assert status == 200
    assert (body["statusCode"], body["type"]) == (200, "application/vnd.microsoft.card.adaptive")
    assert body["value"]["actions"][0]["data"] == {"article_id": "mfa", "slot": "answer/1"}
    assert teams.inbox.received[0].what == Pressed(verb="ask.helped", data={"article_id": "mfa"}, slot="answer/1")


@pytest.mark.parametrize(
    ("turn", "said"),
    [
        (Turn(notice="Noen andre tok den."), "Noen andre tok den."),
        (Turn(card=Message(text="Trukket.")), "Trukket."),
        (Turn(), "✓"),
        (Turn(duplicate=True), "✓"),
    ],
)
async def test_an_execute_is_never_answered_with_nothing(teams: Teams, turn: Turn, said: str) -> None:
    """Teams takes an empty answer for a failure and presses again."""

    async def answer(_: Incoming) -> Turn:
        return turn

    teams.inbox.answer = answer
    status, body = await teams.post(teams.activity(**execute()))
    assert status == 200
    assert body == {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": said}


async def test_invokes_nobody_asked_for_are_acknowledged(teams: Teams) -> None:
    for name in ("message/submitAction", "composeExtension/query", "signin/verifyState"):
        assert await teams.post(teams.activity(type="invoke", name=name, value={})) == (200, {})
    assert teams.inbox.received == []


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"type": "installationUpdate", "action": "add"}, Arrived()),
        ({"type": "installationUpdate", "action": "remove"}, Left()),
        ({"type": "conversationUpdate", "membersAdded": [{"id": f"28:{APP}"}]}, Arrived()),
        ({"type": "conversationUpdate", "membersRemoved": [{"id": f"28:{APP}"}]}, Left()),
    ],
)
async def test_coming_and_going_is_handed_in(teams: Teams, changes: dict[str, Any], what: object) -> None:
    assert (await teams.post(teams.activity(text=None, **changes)))[0] == 200
    assert teams.inbox.received[0].what == what


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "typing"},
        {"type": "messageReaction", "reactionsAdded": [{"type": "like"}]},
        {"type": "messageUpdate"},
        {"type": "event", "name": "application/vnd.microsoft.readReceipt", "value": {"lastReadMessageId": "1"}},
        {"type": "somethingNew"},
        {"type": "installationUpdate", "action": "add-upgrade"},
        {"type": "conversationUpdate", "membersAdded": [{"id": "29:kollega"}]},
        {"type": "conversationUpdate", "channelData": {"eventType": "channelRenamed", "tenant": {"id": TENANT}}},
        {"type": "conversationUpdate", "membersAdded": [{"id": f"28:{APP}"}], "from": {"id": "19:system"}},
    ],
)
async def test_what_concerns_nobody_is_passed_over(teams: Teams, changes: dict[str, Any]) -> None:
    assert (await teams.post(teams.activity(text=None, **changes)))[0] == 200
    assert teams.inbox.received == []


NOT_ACTIVITIES: list[Any] = [
    b"",
    b"{",
    b"[]",
    b'"hei"',
    b"null",
    b"\xff\xfe",
    b'{"type": NaN}',
    b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    b"[" * 100_000,
    json.dumps({**ACTIVITY, "serviceUrl": "http://127.0.0.1/", "value": json.loads("[" * 80 + "]" * 80)}).encode(),
    json.dumps({**ACTIVITY, "serviceUrl": "http://127.0.0.1/", "text": "\ud800"}).encode(),
    json.dumps({**ACTIVITY, "serviceUrl": "http://127.0.0.1/", "value": float("nan")}).encode(),
]


@pytest.mark.parametrize("body", NOT_ACTIVITIES, ids=[str(n) for n in range(len(NOT_ACTIVITIES))])
async def test_a_body_that_is_no_activity_is_400(teams: Teams, body: bytes) -> None:
    status, answer = await teams.post(body)
    assert status == 400
    assert answer["error"]
    assert teams.inbox.received == []


@pytest.mark.parametrize("name", ["type", "id", "channelId", "serviceUrl", "from", "recipient", "conversation"])
async def test_a_missing_field_is_400(teams: Teams, name: str) -> None:
    assert (await teams.post(teams.activity(**{name: None})))[0] == 400
    assert teams.inbox.received == []


@pytest.mark.parametrize("wrong", [7, True, [], ["x"], {"x": 1}, {"id": 7}, ""], ids=repr)
async def test_a_field_of_the_wrong_type_is_never_a_crash(teams: Teams, wrong: Any) -> None:
    names = [*teams.activity(), "entities", "membersAdded", "membersRemoved", "replyToId", "locale", "action", "name"]
    for name in names:
        for shape in ({name: wrong}, {**execute(), name: wrong}):
            assert (await teams.post(teams.activity(**shape)))[0] in {200, 400, 403}, name


@pytest.mark.parametrize("name", ["type", "id", "channelId", "serviceUrl", "from", "recipient", "conversation", "text"])
async def test_a_number_where_text_belongs_is_400(teams: Teams, name: str) -> None:
    assert (await teams.post(teams.activity(**{name: 7})))[0] == 400


@pytest.mark.parametrize(
    "value", [None, 7, [], {}, {"action": None}, {"action": {"verb": 7}}, {"action": {"verb": "a.b", "data": [1]}}]
)
async def test_a_press_without_a_proper_verb_is_400(teams: Teams, value: Any) -> None:
    assert (await teams.post(teams.activity(type="invoke", name="adaptiveCard/action", value=value)))[0] == 400
    assert teams.inbox.received == []


async def test_a_verb_is_of_bounded_length(teams: Teams) -> None:
    assert (await teams.post(teams.activity(**execute(verb="v" * 129))))[0] == 400
    assert (await teams.post(teams.activity(**execute(verb=""))))[0] == 400


async def test_more_than_a_megabyte_is_413_however_it_is_sent(teams: Teams) -> None:
    too_large = json.dumps(teams.activity(text="x" * 1_048_576)).encode()
    assert (await teams.post(too_large))[0] == 413

    async def in_pieces() -> Any:
        for start in range(0, len(too_large), 65_536):
            yield too_large[start : start + 65_536]

    async with teams.session.post(teams.url, data=in_pieces(), headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 413
    assert teams.inbox.received == []


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"]
)
async def test_what_a_foreign_web_page_may_post_unasked_is_415(teams: Teams, content_type: str) -> None:
    body = json.dumps(teams.activity()).encode()
    assert (await teams.post(body, **{"Content-Type": content_type}))[0] == 415
    assert teams.inbox.received == []


@pytest.mark.full
async def test_a_body_that_is_not_the_gzip_it_claims_to_be_is_400(teams: Teams) -> None:
    async with teams.session.post(
        teams.url, data=b"not gzip", headers={"Content-Type": "application/json", "Content-Encoding": "gzip"}
    ) as answer:
        assert answer.status == 400


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"from": {"id": "29:anonym", "name": "Gjest"}}, "sender_without_identity"),
        ({"channelData": {"tenant": {"id": "another"}}}, "two_tenants"),
        ({"serviceUrl": "https://evil.example/"}, "service_host_not_allowed"),
        ({"serviceUrl": "http://smba.trafficmanager.net/teams/"}, "service_host_not_allowed"),
    ],
)
async def test_who_cannot_be_told_apart_or_answered_is_403(teams: Teams, changes: dict[str, Any], reason: str) -> None:
    assert await teams.post(teams.activity(**changes)) == (403, {"error": reason})
    assert teams.inbox.received == []


@pytest.mark.parametrize("remote", ["10.0.0.7", "203.0.113.9", "::ffff:10.0.0.7", "", "unix"])
async def test_the_developer_mode_believes_only_this_machine(remote: str) -> None:
    request = make_mocked_request("POST", "/api/messages").clone(remote=remote)
    with pytest.raises(CallerRefused) as caught:
        await DevAuthenticator(hosts=AllowedHosts(loopback=True)).verify(request)
    assert caught.value.status == 403


async def test_while_the_store_is_away_the_sender_is_told_to_come_again(teams: Teams) -> None:
    async def answer(_: Incoming) -> Turn:
        raise StoreUnavailable

    teams.inbox.answer = answer
    assert (await teams.post(teams.activity()))[0] == 503
    assert (await teams.post(teams.activity(**execute())))[0] == 503
