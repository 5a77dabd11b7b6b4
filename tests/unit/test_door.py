"""Nothing behind the runtime sees characters that disguise text, whichever channel and field they came through."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

import pytest
import structlog

from bot.app.clock import SystemRandomSource
from bot.ports import Incoming, Sender
from bot.signin.former import FormerMarks
from bot.stores.memory.store import MemoryStore
from bot.turn.identity import Directory
from bot.turn.runtime import Runtime
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING
from dialogs.core.event import (
    Arrived,
    Attachment,
    ChannelName,
    ChannelNews,
    Event,
    Left,
    Pressed,
    Rearranged,
    Said,
    TeamNews,
    What,
)
from dialogs.core.person import Address, Person
from dialogs.core.query import Flow, find
from tests.channels import TEAMS, WEB
from tests.unit.driver import TUESDAY
from tests.unit.handoff.scene import stage

TURNED = "\u202e"
FILE = Attachment(id="", name=f"regning{TURNED}gnp.exe", media_type="", size_bytes=9)
TEAM = TeamNews(
    id="t", tenant_id="x", name=f"Team{TURNED}", channels=(ChannelNews(id="c", name=f"Kanal{TURNED}"),), whole=True
)
EVENTS: tuple[What, ...] = (
    Said(utterance=f"Hei{TURNED} du", attachments=(FILE,)),
    Pressed(verb="handoff.send", data={f"q{TURNED}": [f"a{TURNED}", {"b": f"c{TURNED}"}]}, slot=f"s{TURNED}"),
    Arrived(team=TEAM),
    Left(team=TEAM),
    Rearranged(team=TEAM),
)


class Still:
    def now(self) -> datetime:
        return TUESDAY

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing here sleeps")

    def observe(self, stage: str, seconds: float) -> None:
        pass


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        for each in fields(value):
            yield from texts_in(getattr(value, each.name))
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from texts_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_in(each)


@pytest.mark.parametrize("what", EVENTS, ids=lambda what: type(what).__name__)
@pytest.mark.parametrize("channel", [WEB, TEAMS])
async def test_flows_and_store_see_no_character_that_turns_text_round(what: What, channel: ChannelName) -> None:
    seen: list[object] = []

    def route(event: Event, content: Content) -> Flow:
        seen.extend((event.what, (yield from find(Person, event.person_id))))
        return NOTHING

    still = Still()
    store = MemoryStore()
    runtime = Runtime(
        store=store,
        directory=Directory(store=store, former=FormerMarks(b"l" * 32)),
        understanding=None,  # type: ignore[arg-type]  # nothing is asked here
        route=route,
        content=lambda: stage().content,
        sender=None,  # type: ignore[arg-type]  # nothing is sent here
        jobs={},
        former=FormerMarks(b"l" * 32),
        clock=still,
        rng=SystemRandomSource(),
        stages=still,
        log=structlog.get_logger(),
    )
    await runtime.receive(
        Incoming(
            id="1",
            channel=channel,
            sender=Sender(name=f"Ola{TURNED}", object_id="o", tenant_id="t"),
            address=Address(channel=channel),
            conversation_id="c",
            what=what,
        )
    )
    texts = [text for value in seen for text in texts_in(value)]
    assert "Ola" in texts
    assert len(texts) > 5
    assert not any(TURNED in text for text in texts)
