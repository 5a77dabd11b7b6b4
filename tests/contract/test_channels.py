"""Every channel keeps the same promises, with the real application: ask, hand over, announce, correct, recall."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from bot.app.application import Bot, running
from bot.app.clock import SystemClock, SystemRandomSource
from bot.app.listening import listening, open_socket
from bot.app.log import make_log
from bot.app.wiring import PLUGINS, declared, make_knowledge_service
from bot.channels.base import ChannelPlugin
from bot.directory import load_sample
from bot.ports import Key, Store
from bot.records.codec import decode
from bot.settings.model import load_settings
from bot.stores.tiny.store import TinyStore
from bot.support.dependencies import Dependencies
from dialogs.core.channel import Ability, ChannelSpec
from dialogs.core.event import ChannelName
from dialogs.core.person import Person
from tests.channels import TEAMS, WEB
from tests.contract.channel_clients import Client, LinesClient, TeamsClient, WebClient
from tests.fakes.connector import Connector, ConnectorServer
from tests.learned import sample_built_once
from tests.lines.channel import GREETING, LINES, lines_plugin
from tests.sentences import UNKNOWN

ASKER, HELPER, ANNOUNCER, ELSEWHERE = "p020", "p021", "p023", "p025"
CHANNELS: Final = (WEB, TEAMS, LINES)


@dataclass(slots=True)
class House:
    """The running application with a door for each channel."""

    bot: Bot
    store: Store
    origin: str
    session: aiohttp.ClientSession
    connector: Connector
    lines_port: int
    words: dict[str, str]
    tasks: asyncio.TaskGroup
    clients: list[Client]

    async def arrive(self, channel: ChannelName, person_id: str) -> Client:
        """Return a person at the door of a channel, greeted."""
        client = await {WEB: self._web, TEAMS: self._teams, LINES: self._lines}[channel](person_id)
        self.clients.append(client)
        await client.sees("Hei")
        return client

    async def _web(self, person_id: str) -> Client:
        headers = {"Origin": self.origin}
        async with self.session.post(f"{self.origin}/chat/session", json={"as": person_id}, headers=headers) as answer:
            token = (await answer.json())["token"]
        socket = await self.session.ws_connect(f"{self.origin}/chat/socket", headers=headers)
        await socket.send_json({"type": "open", "token": token})
        client = WebClient(socket)
        self.tasks.create_task(client.run())
        return client

    async def _teams(self, person_id: str) -> Client:
        client = TeamsClient(self.session, self.origin, self.connector, person_id)
        await client.install()
        return client

    async def _lines(self, person_id: str) -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.lines_port)
        client = LinesClient(reader, writer)
        self.tasks.create_task(client.run())
        [word] = [word for word, owner in self.words.items() if owner == person_id]
        await client.say(f"{GREETING}{word}")
        return client

    async def person(self, person_id: str) -> Person:
        key = Key(kind=Person.KIND, id=person_id)
        return decode(Person, (await self.store.get([key]))[key])


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    words = {hashlib.sha256(id_.encode()).hexdigest()[:16]: id_ for id_ in (ASKER, HELPER, ANNOUNCER, ELSEWHERE)}
    ports: asyncio.Queue[int] = asyncio.Queue()
    plugins: tuple[ChannelPlugin, ...] = (*PLUGINS, lines_plugin(words, ports=ports))  # this line registers the channel
    settings = load_settings(data_dir=tmp_path, semantic="off", web_key="k" * 40)
    clock, log, store = SystemClock(), make_log(), TinyStore(directory=tmp_path)
    dependencies = Dependencies(clock=clock, log=log)
    async with AsyncExitStack() as stack:
        await store.open()
        stack.push_async_callback(store.close)
        channels = declared(settings, dev=True, plugins=plugins)
        knowledge = make_knowledge_service(
            settings, store=store, clock=clock, log=log, dependencies=dependencies, channels=channels
        )
        with sample_built_once():
            await knowledge.open()
        loaded = knowledge.state.loaded
        await load_sample(
            store,
            loaded.organisation,
            topics=loaded.topics(),
            addresses=channels.waiting_places(),
            at=clock.now(),
        )
        bot = await stack.enter_async_context(
            running(
                settings,
                dev=True,
                store=store,
                knowledge=knowledge,
                dependencies=dependencies,
                clock=clock,
                rng=SystemRandomSource(),
                log=log,
                plugins=plugins,
            )
        )
        port = await stack.enter_async_context(listening(bot.app, open_socket("127.0.0.1", 0)))
        server = await stack.enter_async_context(TestServer(ConnectorServer().app))
        connector = await stack.enter_async_context(Connector(str(server.make_url(""))))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        tasks = await stack.enter_async_context(asyncio.TaskGroup())
        house = House(
            bot=bot,
            store=store,
            origin=f"http://127.0.0.1:{port}",
            session=session,
            connector=connector,
            lines_port=await ports.get(),
            words=words,
            tasks=tasks,
            clients=[],
        )
        yield house
        for client in house.clients:
            await client.leave()


def spec_of(house: House, channel: ChannelName) -> ChannelSpec:
    return house.bot.engine.knowledge.state.content.channels.of(channel)


@pytest.mark.full
@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_question_is_answered_where_it_was_asked(house: House, channel: ChannelName) -> None:
    asker = await house.arrive(channel, ASKER)
    await asker.say("når får vi office 365?")
    await asker.sees("Office 365")
    await asker.press("Det hjalp")
    await asker.sees("Så bra!")
    person = await house.person(ASKER)
    assert person.last_channel == channel
    assert person.addresses[channel].reachable


@pytest.mark.quick(1)
@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_question_is_handed_over_and_both_ends_talk(house: House, channel: ChannelName) -> None:
    helper = await house.arrive(channel, HELPER)
    asker = await house.arrive(channel, ASKER)
    await asker.say(UNKNOWN)
    await asker.press("Ja, spør en kollega")
    await asker.press("Send", question="Kaffemaskinen i tredje brummer. Hvem ringer vi?")
    await helper.sees("Kaffemaskinen i tredje brummer. Hvem ringer vi?")
    await helper.press("Jeg tar den")
    await asker.sees("har tatt spørsmålet ditt")
    await helper.say("Ring vaktmesteren på 99.")
    await asker.sees("Ring vaktmesteren på 99.")
    await asker.say("Tusen takk, det gjør jeg!")
    await helper.sees("Tusen takk, det gjør jeg!")


@pytest.mark.full
@pytest.mark.parametrize("channel", CHANNELS)
async def test_an_announcement_its_correction_and_its_recall_arrive(house: House, channel: ChannelName) -> None:
    reader = await house.arrive(channel, ASKER)
    stranger = await house.arrive(channel, ELSEWHERE)
    announcer = await house.arrive(WEB, ANNOUNCER)
    await announcer.say("ny kunngjøring")
    await announcer.press("Se forhåndsvisning", title_nb="Digitalt Vindu er nede", body_nb="Vi retter feilen.")
    await announcer.press("Send til ")
    await reader.sees("Vi retter feilen.")
    await announcer.press("Rett teksten")
    await announcer.press("Oppdater hos alle", body_nb="Feilen er rettet klokka ti.")
    await announcer.press("Ja, gjør det nå", body_nb="Feilen er rettet klokka ti.")
    await reader.sees("Feilen er rettet klokka ti.")
    spec = spec_of(house, channel)
    if spec.can(Ability.UPDATE):
        await reader.sees_no("Vi retter feilen.")
    else:
        await reader.sees("Rettet: Til orientering")
    await announcer.press("Trekk tilbake")
    await announcer.press("Ja, trekk tilbake")
    if spec.can(Ability.RECALL):
        await reader.sees_no("Feilen er rettet klokka ti.")
    else:
        await reader.sees("Trukket tilbake: Til orientering: Digitalt Vindu er nede")
    await announcer.sees("Trukket tilbake")
    assert not any("Digitalt Vindu er nede" in each.words for each in await stranger.shown())
