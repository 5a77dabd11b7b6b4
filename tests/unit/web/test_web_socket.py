"""The socket: who may open it, what it hears, and that nothing happens twice."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from bot.channels.web.chat.conversation import NOT_OPENED, SIGNED_OUT, TOO_MANY
from bot.channels.web.chat.host import MAX_LOOKING
from bot.ports import Commit, Delivery, Incoming, Key, RecordWrite, StoreUnavailable, Turn
from bot.turn.identity import UnknownPerson
from dialogs.core.event import Arrived, Pressed, Said
from dialogs.core.message import Message
from dialogs.core.web_utterance import WebUtterance
from dialogs.signin.model import WebSession
from knowledge.article.article import Language
from tests.channels import WEB
from tests.sessions import end_all_sessions, sessions_of_person
from tests.unit.web.conftest import HeldClock, Page, SetUp

ME = "ansatt-1"
NUMBER = "01010750160"


def say(text: str = "hei", id: str | None = None) -> dict[str, Any]:
    return {"type": "say", "id": id or str(uuid4()), "text": text}


async def test_a_handshake_outside_ascii_is_refused(set_up: SetUp) -> None:
    _, client = await set_up()
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers |= {"Origin": client.origin, "Sec-WebSocket-Key": "nøkkel"}
    async with client.http.get(f"{client.origin}/chat/socket", headers=headers) as answer:
        assert answer.status == 400


async def test_words_reach_the_inbox_as_the_person_of_the_badge(set_up: SetUp) -> None:
    stage, client = await set_up()
    page = await client.page(ME)
    frame = say("Hei du")
    await page.say(frame)
    assert await page.hear("ack") == {"type": "ack", "id": frame["id"], "notice": None}
    incoming = stage.inbox.received[-1]
    assert incoming.id == f"web:{ME}:{frame['id']}"
    assert incoming.channel == WEB
    assert (incoming.sender.person_id, incoming.sender.name) == (ME, "Ansatt Skole Vest")
    assert incoming.address.data == {"person_id": ME}
    assert incoming.conversation_id == f"web:{ME}"
    [kept] = await stage.store.find(WebUtterance.KIND, f"person:{ME}")
    assert incoming.what == Said(utterance="Hei du", stored_as=kept.key.id)


async def test_a_press_is_answered_with_its_notice(set_up: SetUp) -> None:
    async def answer(incoming: Incoming) -> Turn:
        return Turn(notice="Takk!")

    stage, client = await set_up()
    stage.inbox.answer = answer
    page = await client.page(ME)
    frame = {"type": "press", "id": str(uuid4()), "verb": "ask.helped", "data": {"article": "a"}, "slot": "s1"}
    await page.say(frame)
    assert await page.hear("pressed") == {"type": "pressed", "id": frame["id"], "notice": "Takk!"}
    assert stage.inbox.pressed() == [Pressed(verb="ask.helped", data={"article": "a"}, slot="s1")]


async def test_words_sent_again_are_kept_and_handled_once_and_acknowledged_each_time(set_up: SetUp) -> None:
    stage, client = await set_up()
    frame = say("en gang")
    page = await client.page(ME)
    for _ in range(2):
        await page.say(frame)
        await page.hear("ack")
    again = await client.page(ME)
    await again.say(frame)
    await again.hear("ack")
    assert stage.inbox.said() == ["en gang"]
    assert [entry["text"] for entry in again.hello["entries"]] == ["en gang"]


async def test_the_same_id_of_another_person_is_another_utterance(set_up: SetUp) -> None:
    stage, client = await set_up()
    frame = say()
    for person in (ME, "ansatt-2"):
        page = await client.page(person)
        await page.say(frame)
        await page.hear("ack")
    assert len(stage.inbox.said()) == 2


async def test_words_are_masked_where_they_are_kept_and_shown(set_up: SetUp) -> None:
    stage, client = await set_up()
    page = await client.page(ME)
    frame = say(f"Jeg er {NUMBER}")
    await page.say(frame)
    heard = await page.hear("said")
    assert NUMBER not in json.dumps(heard)
    await page.hear("ack")
    key = Key(kind="web_utterance", id=f"{ME}:{frame['id']}")
    [stored] = await stage.store.find(key.kind, f"person:{ME}")
    assert stored.key == key
    assert NUMBER not in json.dumps(dict(stored.body))


async def test_nothing_is_lost_when_the_turn_fails_after_the_words_were_kept(set_up: SetUp) -> None:
    async def away(incoming: Incoming) -> Turn:
        raise StoreUnavailable

    stage, client = await set_up()
    page = await client.page(ME)
    await page.hear("arrived")
    stage.inbox.answer = away
    frame = say("viktig")
    await page.say(frame)
    fault = await page.hear("fault")
    assert (fault["id"], fault["again"]) == (frame["id"], True)
    stage.inbox.answer = None
    await page.say(frame)
    await page.hear("ack")
    assert stage.inbox.said() == ["viktig"]


@pytest.mark.full
async def test_a_fault_of_ours_is_told_without_its_details(set_up: SetUp) -> None:
    async def broken(incoming: Incoming) -> Turn:
        raise ValueError("secret detail")

    stage, client = await set_up()
    stage.inbox.answer = broken
    page = await client.page(ME, again=True)
    frame = say()
    await page.say(frame)
    fault = await page.hear("fault")
    assert (fault["id"], fault["again"]) == (frame["id"], False)
    assert "secret" not in fault["text"]
    await page.say(say())
    await page.hear("fault")  # and the conversation goes on


@pytest.mark.parametrize("raw", ["{", "[]", "7", '{"type":"open"}', '{"type":"say","id":"x","text":"y"}', "x" * 70_000])
async def test_a_bad_frame_is_answered_and_changes_nothing(set_up: SetUp, raw: str) -> None:
    stage, client = await set_up()
    page = await client.page(ME)
    await page.hear("arrived")
    await page.say(raw)
    assert (await page.hear("fault"))["text"]
    await page.socket.send_bytes(b"\x00")
    await page.hear("fault")
    assert [type(one.what) for one in stage.inbox.received] == [Arrived]
    await page.say(say())
    await page.hear("ack")


async def test_the_arrival_is_told_once_a_session(set_up: SetUp) -> None:
    stage, client = await set_up()
    token = await client.badge(ME)
    for _ in range(2):
        page = await client.page_with(token)
        await page.hear("arrived")
    back = await client.page_with(token, again=True)
    await back.say(say())
    await back.hear("ack")
    assert [frame["type"] for frame in back.heard] == ["hello", "said", "ack"]
    assert stage.inbox.arrived() == [ME]


async def test_a_socket_needs_a_badge(set_up: SetUp) -> None:
    _, client = await set_up()
    token = await client.badge(ME)
    for bad in (None, "", "x.y", token[:-2] + "AA"):
        socket = await client.dial({"type": "open", "token": bad})
        await socket.receive(timeout=5)
        assert socket.close_code == SIGNED_OUT


@pytest.mark.parametrize("opening", ["{", "[]", '{"type":"ping"}', '{"type":"say"}', '{"type":"open","as":"ansatt-1"}'])
async def test_a_socket_must_open_properly(set_up: SetUp, opening: str) -> None:
    _, client = await set_up()
    socket = await client.dial(opening)
    await socket.receive(timeout=5)
    assert socket.close_code == NOT_OPENED


async def test_another_sites_page_cannot_open_a_socket(set_up: SetUp) -> None:
    _, client = await set_up()
    for origin in ("https://example.org", "null", "http://127.0.0.1", "file://"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await client.dial(None, Origin=origin)
        assert refused.value.status == 403


async def test_a_cookie_does_not_count_without_our_own_origin(set_up: SetUp) -> None:
    _, client = await set_up(dev=False, allow_guests=True)
    assert (await client.ask("POST", "/chat/guest")).status == 200
    page = await client.page_with(None)
    assert page.hello["person"]["id"].startswith("guest-")
    socket = await client.http.ws_connect(client.origin + "/chat/socket")
    await socket.send_json({"type": "open"})
    await socket.receive(timeout=5)
    assert socket.close_code == SIGNED_OUT


async def test_a_session_ends_also_while_the_page_is_open(set_up: SetUp, clock: HeldClock) -> None:
    stage, client = await set_up(session_for=timedelta(hours=1))
    page = await client.page(ME)
    await page.hear("arrived")
    clock.at += timedelta(hours=1)
    await page.say(say())
    assert await page.ended() == SIGNED_OUT
    assert stage.inbox.said() == []


async def test_a_person_who_is_no_more_is_signed_out(set_up: SetUp) -> None:
    async def nobody(incoming: Incoming) -> Turn:
        raise UnknownPerson(ME)

    stage, client = await set_up()
    stage.inbox.answer = nobody
    page = await client.page(ME)
    assert await page.ended() == SIGNED_OUT


@pytest.mark.full
async def test_too_many_pages_are_refused(set_up: SetUp) -> None:
    _, client = await set_up()
    token = await client.badge(ME)
    pages = [await client.page_with(token, again=True) for _ in range(20)]
    socket = await client.dial({"type": "open", "token": token})
    await socket.receive(timeout=5)
    assert socket.close_code == TOO_MANY
    await pages[0].socket.close()
    await pages[1].everything()
    assert (await client.page_with(token, again=True)).hello


async def test_a_guest_begins_in_the_language_of_the_browser(set_up: SetUp) -> None:
    stage, client = await set_up(dev=False, allow_guests=True)
    await client.ask("POST", "/chat/guest")
    accepts = {"Accept-Language": "en-GB,en;q=0.9,nb;q=0.5"}
    served = Page(await client.dial({"type": "open", "language": "nn"}, **accepts))
    assert (await served.hear("hello"))["language"] == "nn", "as the page around the conversation"
    await served.socket.close()
    page = Page(await client.dial({"type": "open", "again": True}, **accepts))
    hello = await page.hear("hello")
    assert hello["language"] == "en"
    assert "my ambassador" in hello["state"]["menu"]
    await page.say(say("hello"))
    await page.hear("ack")
    assert [each.sender.language for each in stage.inbox.received] == [Language.NN, Language.EN]


async def test_every_open_page_of_the_person_hears_and_nobody_else(set_up: SetUp) -> None:
    stage, client = await set_up()
    mine, also_mine, theirs = await client.page(ME), await client.page(ME), await client.page("ansatt-2")
    await stage.post(ME, "s", Message(text="til deg", suggestions=("ja",)))
    for page in (mine, also_mine):
        heard = await page.hear("message")
        assert (heard["slot"], heard["version"]) == ("s", 1)
        assert heard["message"] == {
            "text": "til deg",
            "card": None,
            "suggestions": ["ja"],
            "image": None,
            "image_alt": "",
            "report": None,
            "calendar": None,
            "data": None,
            "to_keep": False,
            "language": None,
        }
    await stage.post(ME, "s", None)
    assert await mine.hear("gone") == {"type": "gone", "slot": "s", "version": 2}
    assert [frame for frame in await theirs.everything() if frame["type"] != "arrived"] == []


async def test_a_message_that_is_sent_but_not_settled_reaches_a_page_that_opens_just_then(set_up: SetUp) -> None:
    stage, client = await set_up()
    await stage.post(ME, "s", Message(text="nå"), settle=False)
    page = await client.page(ME)
    assert page.hello["entries"] == []
    assert (await page.hear("message"))["message"]["text"] == "nå"


async def test_what_was_forgotten_is_not_told_again(set_up: SetUp) -> None:
    stage, client = await set_up()
    page = await client.page(ME)
    await page.say(say("glem dette"))
    await page.hear("ack")
    await stage.post(ME, "s", Message(text="glem dette også"))
    await stage.store.forget_recipient(ME)
    [utterance] = await stage.store.find("web_utterance", f"person:{ME}")
    await stage.store.commit(Commit(at=stage.clock.now(), records=(RecordWrite(key=utterance.key, body=None),)))
    again = await client.page(ME)
    assert again.hello["entries"] == []
    assert [frame for frame in await again.everything() if frame["type"] not in ("arrived", "hello")] == []


async def test_an_open_page_hears_what_another_replica_sent(set_up: SetUp) -> None:
    stage, client = await set_up()
    page = await client.page(ME)
    await stage.post(ME, "s", Message(text="fra en annen"), push=False)
    stage.channel.connections.wake(ME)
    assert (await page.hear("message"))["message"]["text"] == "fra en annen"
    await stage.post(ME, "s", None, push=False)
    stage.channel.connections.wake("")
    assert (await page.hear("gone"))["slot"] == "s"


async def test_a_page_that_finds_the_store_away_looks_again_soon(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, client = await set_up()
    page = await client.page(ME)
    await stage.post(ME, "s", Message(text="fra en annen"), push=False)
    read, tries = stage.store.latest_deliveries, count(1)

    async def away_once(*which: Any, **more: Any) -> Sequence[Delivery]:
        if next(tries) == 1:
            raise StoreUnavailable
        return await read(*which, **more)

    monkeypatch.setattr(stage.store, "latest_deliveries", away_once)
    stage.channel.connections.wake(ME)
    assert (await page.hear("message"))["message"]["text"] == "fra en annen"


async def test_pages_that_all_look_at_once_leave_the_store_to_others_too(
    set_up: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, client = await set_up()
    pages = [await client.page(ME) for _ in range(MAX_LOOKING + 3)]
    await stage.post(ME, "s", Message(text="fra en annen"), push=False)
    read, looking, go_on = stage.store.latest_deliveries, count(1), asyncio.Event()

    async def slow(*which: Any, **more: Any) -> Sequence[Delivery]:
        next(looking)
        await go_on.wait()
        return await read(*which, **more)

    monkeypatch.setattr(stage.store, "latest_deliveries", slow)
    stage.channel.connections.wake("")
    for page in pages:
        await page.everything()
    assert next(looking) - 1 == MAX_LOOKING
    go_on.set()
    for page in pages:
        assert (await page.hear("message"))["message"]["text"] == "fra en annen"


async def test_an_open_page_ends_when_its_session_does_on_another_replica(set_up: SetUp) -> None:
    stage, client = await set_up()
    page = await client.page(ME)
    await page.hear("arrived")
    [session] = await sessions_of_person(stage.sessions, ME, now=stage.clock.now())
    removed = RecordWrite(key=Key(kind=WebSession.KIND, id=session.id), body=None)
    await stage.store.commit(Commit(at=stage.clock.now(), records=(removed,)))
    stage.channel.connections.wake(ME)
    assert await page.ended() == SIGNED_OUT


@pytest.mark.full
async def test_a_turn_that_ends_the_session_is_answered_before_the_page_closes(set_up: SetUp) -> None:
    """So that people read that their data is deleted."""
    stage, client = await set_up()

    async def ends(incoming: Incoming) -> Turn | None:
        if isinstance(incoming.what, Pressed):
            await end_all_sessions(stage.sessions, ME, at=stage.clock.now())
            await asyncio.sleep(0.1)
            await stage.post(ME, "privacy/1", Message(text="Nå er det slettet."))
        return None

    stage.inbox.answer = ends
    page = await client.page(ME)
    await page.say({"type": "press", "id": str(uuid4()), "verb": "privacy.erase_now", "data": {}, "slot": "privacy/1"})
    assert (await page.hear("message"))["message"]["text"] == "Nå er det slettet."
    await page.hear("pressed")
    assert await page.ended() == SIGNED_OUT


@pytest.mark.full
async def test_a_page_closes_soon_also_when_its_turn_does_not_end(set_up: SetUp) -> None:
    stage, client = await set_up()
    going_on, end = asyncio.Event(), asyncio.Event()

    async def endless(incoming: Incoming) -> Turn | None:
        if isinstance(incoming.what, Said):
            going_on.set()
            await end.wait()
        return None

    stage.inbox.answer = endless
    page = await client.page(ME)
    await page.say(say())
    async with asyncio.timeout(5):
        await going_on.wait()
    await end_all_sessions(stage.sessions, ME, at=stage.clock.now())
    assert await page.ended() == SIGNED_OUT
    end.set()


async def test_the_page_speaks_the_persons_language(set_up: SetUp) -> None:
    stage, client = await set_up()
    stage.languages[ME] = Language.NN
    page = await client.page(ME)
    assert page.hello["language"] == "nn"
    assert page.hello["texts"]["web.state.again"] == "Koplar til igjen …"
    assert all(key.startswith(("web.", "profile.role.")) for key in page.hello["texts"])
    stage.languages[ME] = Language.EN
    await page.say(say())
    assert (await page.hear("language"))["texts"]["web.state.again"] == "Reconnecting …"


async def test_turns_of_one_page_are_carried_out_in_the_order_they_were_said(set_up: SetUp) -> None:
    stage, client = await set_up()
    page = await client.page(ME)
    for number in range(20):
        await page.say(say(str(number)))
    for _ in range(20):
        await page.hear("ack")
    assert stage.inbox.said() == [str(number) for number in range(20)]


async def test_a_turn_under_way_when_the_page_closes_is_carried_through(set_up: SetUp) -> None:
    stage, client = await set_up()
    page = await client.page(ME)
    await page.hear("arrived")
    for number in range(5):
        await page.say(say(str(number)))
    await page.socket.close()
    await stage.wait_for(lambda: len(stage.inbox.said()) == 5)
