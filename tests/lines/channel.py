"""The channel of lines.

A person identifies with ``jeg er <word>``, where the word is a secret of theirs. Every other line is a message,
unless it begins with the number of a button that was shown last: ``2`` presses it, ``2 words`` fills in its form first.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from bot.channels.base import ChannelParts, ChannelPlugin, ChannelService, OpenChannel
from bot.ports import Delivery, Inbox, Incoming, Landed, Outcome, Sender, StoreUnavailable, TurnFailed, Unreachable
from bot.turn.cleaning import masked_message
from dialogs.core.channel import Ability, ChannelSpec
from dialogs.core.event import Arrived, ChannelName, Pressed, Said, What
from dialogs.core.message import Card, Message
from dialogs.core.person import Address

LINES: Final = ChannelName("lines")
SPEC: Final = ChannelSpec(name=LINES, missing=frozenset(Ability), longest_text=4_000)
GREETING: Final = "jeg er "


def lines_plugin(words: Mapping[str, str], *, ports: "asyncio.Queue[int]") -> ChannelPlugin:
    """Return the channel's entry in the table of channels.

    ``words`` maps each secret word to the id of its person. The port is put into ``ports`` once the channel listens.
    """

    @asynccontextmanager
    async def open_lines(parts: ChannelParts) -> AsyncIterator[OpenChannel]:
        channel = LinesChannel()

        def serve(inbox: Inbox) -> ChannelService:
            return ChannelService(running=lambda: listening(channel, parts, inbox, words, ports))

        yield OpenChannel(channel=channel, serve=serve)

    return ChannelPlugin(spec=lambda settings, dev: SPEC, open=open_lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button and the input that words after its number fill."""

    title: str
    verb: str
    data: Mapping[str, Any]
    input_id: str | None = None


@dataclass(slots=True)
class Terminal:
    """One connection. ``buttons`` are those shown last, ``slot`` is where they stand."""

    writer: asyncio.StreamWriter
    buttons: tuple[Button, ...] = ()
    slot: str = ""

    async def write(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\n" for line in lines).encode())
        await self.writer.drain()


@dataclass
class LinesChannel:
    """Writes messages to connected people. It can neither change nor remove a line."""

    terminals: dict[str, Terminal] = field(default_factory=dict)
    _written: int = 0

    async def send(self, delivery: Delivery, address: Address, message: Message) -> Outcome:
        terminal = self.terminals.get(address.data.get("person_id", ""))
        if terminal is None:
            return Unreachable(reason="not_connected")
        buttons = tuple(buttons_of(message.card)) if message.card else ()
        said = tuple(Button(title=words, verb="", data={}) for words in message.suggestions)
        if buttons or said:
            terminal.buttons, terminal.slot = (*buttons, *said), delivery.slot
        numbered = (f"{number}. {each.title}" for number, each in enumerate((*buttons, *said), start=1))
        with suppress(ConnectionError):
            await terminal.write(*message.text.splitlines(), *numbered)
            self._written += 1
            return Landed(reference={"line": str(self._written)})
        return Unreachable(reason="not_connected")


def buttons_of(card: Card) -> Iterator[Button]:
    """Yield the buttons of a card, of those inside its body and of those it unfolds."""
    inputs = [each for each in _elements(card) if str(each.get("type")).startswith("Input.")]
    values = {each["id"]: each.get("value", "") for each in inputs}
    written = [each["id"] for each in inputs if each["type"] == "Input.Text"]
    for each in _elements(card):
        if each.get("type") == "Action.Execute":
            data = {**values, **each.get("data", {})}
            yield Button(title=each["title"], verb=each["verb"], data=data, input_id=next(iter(written), None))


def _elements(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
        for each in value.values():
            yield from _elements(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _elements(each)


@asynccontextmanager
async def listening(
    channel: LinesChannel,
    parts: ChannelParts,
    inbox: Inbox,
    words: Mapping[str, str],
    ports: "asyncio.Queue[int]",
) -> AsyncIterator[None]:
    """Take connections until the block ends."""

    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(ConnectionError):
                await Talk(channel, parts, inbox, words, reader, Terminal(writer)).run()
        finally:
            writer.close()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(talk(reader, writer))
        talks.add(task)
        task.add_done_callback(talks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    ports.put_nowait(server.sockets[0].getsockname()[1])
    try:
        yield
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@dataclass
class Talk:
    """One person's lines, one after the other."""

    channel: LinesChannel
    parts: ChannelParts
    inbox: Inbox
    words: Mapping[str, str]
    reader: asyncio.StreamReader
    terminal: Terminal

    async def run(self) -> None:
        person_id = self.words.get((await self._line() or "").removeprefix(GREETING))
        if person_id is None:
            await self.terminal.write("?")
            return
        self.channel.terminals[person_id] = self.terminal
        try:
            await self._receive(person_id, Arrived())
            while (line := await self._line()) is not None:
                await self._receive(person_id, await self._what(line))
        finally:
            if self.channel.terminals.get(person_id) is self.terminal:
                del self.channel.terminals[person_id]

    async def _line(self) -> str | None:
        raw = await self.reader.readline()
        return raw.decode("utf-8", "replace").strip() if raw else None

    async def _what(self, line: str) -> What:
        number, _, words = line.partition(" ")
        buttons = self.terminal.buttons
        if number.isdecimal() and 1 <= int(number) <= len(buttons):
            button = buttons[int(number) - 1]
            if not button.verb:
                return Said(utterance=await masked_message(button.title))
            filled = {button.input_id: words} if button.input_id and words else {}
            return Pressed(verb=button.verb, data={**button.data, **filled}, slot=self.terminal.slot)
        return Said(utterance=await masked_message(line))

    async def _receive(self, person_id: str, what: What) -> None:
        incoming = Incoming(
            id=self.parts.rng.new_id("line"),
            channel=LINES,
            sender=Sender(name="", person_id=person_id),
            address=Address(channel=LINES, data={"person_id": person_id}),
            conversation_id=f"lines/{person_id}",
            what=what,
        )
        try:
            turn = await self.inbox.receive(incoming)
        except (StoreUnavailable, TurnFailed):
            texts = await self.parts.texts_of(person_id)
            await self.terminal.write(texts("web.fault.failed"))
            return
        if turn.notice:
            await self.terminal.write(turn.notice)
