"""What a channel reads is of the types it claims, or refused; nothing from outside becomes a fault of ours."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from botbuilder.core import TurnContext
from botbuilder.schema import Activity
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.teams.activity import MAX_DEPTH, BadActivity, read_activity
from bot.channels.teams.bearer import CallerRefused as TurnedAway
from bot.channels.teams.handler import HeiaBot, utterance_of
from bot.channels.teams.registration import AllowedHosts
from bot.channels.teams.target import ConversationTarget
from bot.channels.web.chat import frame
from bot.channels.web.signin.signer import Signer
from bot.ports import Incoming, Turn
from dialogs.core.event import Pressed, Said
from knowledge.language.legible import legible_values
from knowledge.language.masking import mask

NOW: Final = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
GOOD: Final[dict[str, Any]] = {
    "type": "message",
    "id": "1",
    "channelId": "msteams",
    "serviceUrl": "http://127.0.0.1:1/",
    "from": {"id": "29:a", "name": "A", "aadObjectId": "22222222-bbbb-4bbb-8bbb-222222222222"},
    "conversation": {"id": "a:1", "conversationType": "personal", "tenantId": "t"},
    "recipient": {"id": "28:heia", "name": "Heia"},
    "text": "<at>Heia</at> hei",
    "entities": [{"type": "mention", "mentioned": {"id": "28:heia", "name": "Heia"}, "text": "<at>Heia</at>"}],
    "value": {"action": {"verb": "ask.helped", "data": {"question_id": "q"}}},
    "channelData": {"tenant": {"id": "t"}},
}
NAMES: Final = (*GOOD, "name", "textFormat", "action", "membersAdded", "membersRemoved", "locale", "replyToId")
INNER: Final = (
    "id",
    "name",
    "aadObjectId",
    "tenantId",
    "conversationType",
    "isGroup",
    "tenant",
    "action",
    "verb",
    "data",
)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(INNER) | st.text(), inner, max_size=4),
    max_leaves=12,
)
kinds = st.sampled_from(("message", "invoke", "conversationUpdate", "installationUpdate", "messageReaction", "event"))
changes = st.dictionaries(st.sampled_from(NAMES), anything, max_size=3)


class Inbox:
    """Keeps what is handed in."""

    def __init__(self) -> None:
        self.received: list[Incoming] = []

    async def receive(self, incoming: Incoming) -> Turn:
        self.received.append(incoming)
        return Turn()


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_bytes_are_an_activity_or_refused(raw: bytes) -> None:
    with suppress(BadActivity):
        assert isinstance(read_activity(raw), Activity)


@given(anything)
def test_json_that_is_no_activity_is_refused_without_being_quoted(body: Any) -> None:
    with pytest.raises(BadActivity) as refused:
        read_activity(json.dumps({"from": body, "heia-mark": 1} if isinstance(body, dict) else body).encode())
    assert "heia-mark" not in str(refused.value)


@given(kind=kinds, changed=changes, name=st.sampled_from(("adaptiveCard/action", "task/fetch", "")))
async def test_a_turn_of_whatever_was_read_ends_in_an_answer_or_a_refusal(
    kind: str, changed: dict[str, Any], name: str
) -> None:
    inbox = Inbox()
    try:
        activity = read_activity(json.dumps({**GOOD, "type": kind, "name": name, **changed}).encode())
        await HeiaBot(inbox=inbox).on_turn(TurnContext(_NoAdapter(), activity))
    except (BadActivity, TurnedAway):
        assert not inbox.received
        return
    for incoming in inbox.received:
        assert incoming.sender.object_id
        assert incoming.sender.tenant_id
        assert ConversationTarget.from_data(incoming.address.data).service_url == activity.service_url
        if isinstance(incoming.what, Pressed):
            assert 0 < len(incoming.what.verb) <= 128
            assert incoming.what.slot is None or isinstance(incoming.what.slot, str)
            assert all(isinstance(incoming.what.text(key), str) for key in incoming.what.data)


@given(st.text(), st.text(), st.sampled_from(("plain", "xml", "html", "markdown", "")))
def test_an_utterance_carries_no_mention_and_no_control(before: str, after: str, form: str) -> None:
    body = {**GOOD, "text": f"{before}<at>Heia</at>{after}", "textFormat": form}
    said = {utterance_of(read_activity(json.dumps(body, ensure_ascii=escaped).encode())) for escaped in (True, False)}
    assert len(said) == 1
    [words] = said
    assert "<at>" not in words.lower()
    assert not any((letter < " " and letter not in "\t\n\r") or "\x7f" <= letter < "\xa0" for letter in words)


@given(st.integers(min_value=1, max_value=200), st.booleans())
def test_depth_has_a_limit(depth: int, lists: bool) -> None:
    inner = "[" * depth + "]" * depth if lists else '{"a":' * depth + "1" + "}" * depth
    raw = json.dumps(GOOD)[:-1] + f', "value": {inner}}}'
    try:
        read_activity(raw.encode())
        assert depth < MAX_DEPTH
    except BadActivity:
        assert depth >= MAX_DEPTH - 1


@given(st.text(max_size=300) | anything.map(json.dumps))
def test_what_is_no_frame_is_refused_with_a_sentence(raw: str) -> None:
    with pytest.raises(frame.FrameRefused) as refused:
        frame.parse(raw)
    assert refused.value.key.startswith("web.fault.")


@given(verb=st.text() | st.just("ask.helped"), data=anything, slot=anything)
def test_a_press_that_is_read_is_small_and_clean(verb: str, data: Any, slot: Any) -> None:
    raw = {"type": "press", "id": "00000000-0000-4000-8000-000000000001", "verb": verb, "data": data, "slot": slot}
    try:
        read = frame.parse(json.dumps(raw))
    except frame.FrameRefused:
        return
    assert isinstance(read, frame.Press)
    assert len(read.verb) <= 100
    assert legible_values(read.data) == read.data
    pressed = Pressed(verb=read.verb, data=read.data, slot=read.slot)
    assert all(isinstance(pressed.text(name), str) for name in read.data)


@given(st.text(max_size=200), st.text(max_size=200, alphabet=st.characters(codec="ascii")))
def test_a_made_up_token_is_worth_nothing(text: str, mark: str) -> None:
    signer = Signer(b"k" * 32)
    for token in (text, f"{text}.{mark}", signer.sign("link", {"person": "p020"}, at=NOW)):
        assert signer.verify("session", token, now=NOW, valid_for=timedelta(hours=1)) is None


@given(st.text(max_size=80), st.sampled_from(("", "http://", "https://", "//", "HTTPS://")))
def test_nothing_is_called_that_is_not_listed(rest: str, scheme: str) -> None:
    hosts = AllowedHosts(("smba.trafficmanager.net", "*.botframework.example"))
    url = scheme + rest
    if hosts.allows(url):
        assert url.lower().startswith("https://")
        host = url.split("/")[2].lower().removesuffix(":443").removesuffix(":")
        assert host == "smba.trafficmanager.net" or host.endswith(".botframework.example")


@given(before=st.text(max_size=40), after=st.text(max_size=40), number=st.sampled_from(("01017050040", "41017050034")))
def test_an_identity_number_is_found_in_any_text(before: str, after: str, number: str) -> None:
    touched = (before[-4:] + after[:4]).translate({ord(letter): "" for letter in " .,:;/-_"})
    if any(letter.isdigit() for letter in touched):
        return
    masked = mask(f"{before}{number}{after}")
    assert number not in masked
    assert mask(str(masked)) == masked


@given(st.text())
def test_text_without_numbers_is_left_alone(text: str) -> None:
    if sum(letter.isdigit() for letter in text) < 11:
        assert mask(text) == text


@given(st.text(), st.sampled_from(("say", "open", "ping")))
def test_what_is_said_is_never_blank(text: str, kind: str) -> None:
    try:
        read = frame.parse(json.dumps({"type": kind, "id": "00000000-0000-4000-8000-000000000001", "text": text}))
    except frame.FrameRefused:
        return
    assert isinstance(read, frame.Say)
    assert Said(utterance=read.text).utterance.strip()


class _NoAdapter:
    """A turn here only reads."""
