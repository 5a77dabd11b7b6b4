"""One open page: the socket between a person and the bot."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from bot.channels.web.chat import history
from bot.channels.web.chat.channel import address_of
from bot.channels.web.chat.connection import PageConnection, Push
from bot.channels.web.chat.frame import FrameRefused, Open, Ping, Press, Say, parse
from bot.channels.web.chat.history import CarriedOver
from bot.channels.web.chat.host import Host
from bot.channels.web.chat.page_state import PageState, StateReader
from bot.channels.web.page import message_texts, page_texts
from bot.channels.web.spec import WEB
from bot.edge.source import RequestSource
from bot.ports import (
    Commit,
    Conflict,
    Incoming,
    Key,
    Overloaded,
    RecordRead,
    Sender,
    StoreUnavailable,
    Turn,
    TurnFailed,
)
from bot.records.codec import write_of
from bot.records.conflict import retry_on_conflict
from bot.signin.sessions import proved_at
from bot.turn.cleaning import masked_message
from bot.turn.identity import UnknownPerson
from dialogs.core.decision import Put
from dialogs.core.event import Arrived, Attachment, Pressed, Said, What
from dialogs.core.web_utterance import WebUtterance
from dialogs.signin.model import SignInMethod, WebSession
from knowledge.article.article import Language
from knowledge.language.masking import MaskedText

SIGNED_OUT: Final = 4401
NOT_OPENED: Final = 4400
TOO_MANY: Final = 4429
LOOK_AGAIN_SECONDS: Final = 300.0
MAX_TURNS_WAITING: Final = 30
ANSWERED_WITHIN_SECONDS: Final = 0.5
_TRY_AGAIN_SECONDS: Final = 1.0

log = structlog.get_logger(__name__)


class Conversation:
    """Serves one page of ``session.person_id`` over ``socket`` until either side closes.

    ``language``: of the browser, for a new person.

    Besides the caller's task, which reads and checks frames, one task runs turns in order, one writes, and one
    refreshes from the store. A running turn is finished after the page closes.
    """

    def __init__(
        self,
        *,
        host: Host,
        socket: web.WebSocketResponse,
        session: WebSession,
        language: Language,
        source: RequestSource | None = None,
    ) -> None:
        self._host = host
        self._socket = socket
        self._session = session
        self._source = source
        self._code: int = WSCloseCode.GOING_AWAY
        self._idle = asyncio.Event()
        self._idle.set()
        self._turns: asyncio.Queue[Say | Press | Open | None] = asyncio.Queue(MAX_TURNS_WAITING)
        self._language = self._browser_language = language
        self._name = ""
        self._kept = 0
        self._carried = CarriedOver(host.continued_verbs)
        self._state = StateReader(host, session.person_id, language)
        self._municipality_id: str | None = None

    async def serve_page(self, opened: Open) -> None:
        """Send the page its history, then exchange frames until the end."""
        board = self._host.channel.connections
        person_id = self._session.person_id
        connection = board.connect(person_id)
        if connection is None:
            await self._socket.close(code=TOO_MANY)
            return
        try:
            # Check after opening: a session that ends from now on stirs the connection, one that ended earlier is found
            # here.
            if await self._has_ended():
                await self._socket.close(code=SIGNED_OUT)
                return
            state = await self._greet(connection)
            await self._catch_up(connection)
            if not opened.again:
                self._turns.put_nowait(opened)
            await self._exchange_frames(connection, state)
        except StoreUnavailable:
            await self._socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
        finally:
            board.disconnect(person_id, connection)

    async def _exchange_frames(self, connection: PageConnection, state: PageState) -> None:
        writer = asyncio.create_task(self._write_frames(connection))
        refresher = asyncio.create_task(self._refresh(connection))
        turns = asyncio.create_task(self._take_turns(connection))
        follower = asyncio.create_task(self._state.follow(connection, state))
        tasks = (writer, refresher, turns, follower)
        for task in tasks:
            task.add_done_callback(self._task_ended)
        try:
            await self._read_frames(connection)
            await self._turns.put(None)
            await turns
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        """Close the socket when a task of the page fails."""
        # The page then reconnects instead of waiting for ever.
        if task.cancelled() or (fault := task.exception()) is None:
            return
        log.error("web.page_failed", person_id=self._session.person_id, exc_info=fault)
        self._hanging_up = asyncio.ensure_future(self._socket.close(code=WSCloseCode.INTERNAL_ERROR))

    async def _greet(self, connection: PageConnection) -> PageState:
        person = await self._host.find_person(self._session.person_id)
        await history.trim(self._host.store, self._session.person_id, at=self._host.clock.now())
        so_far = await self._read_history()
        if person is not None:
            self._language, self._name = person.language, person.name
            self._municipality_id = person.municipality_id
        for push in so_far:
            connection.is_news(push)
        state = await self._state.current(connection.said_id)
        await self._socket.send_json(
            {
                "type": "hello",
                "person": {
                    "id": self._session.person_id,
                    "name": self._name,
                    "way": self._session.way,
                    "key": self._host.browser_key(self._session.person_id),
                },
                "entries": [push for push in so_far if push["type"] != "gone"],
                "state": state.push(),
                **self._page_texts(),
                "of_messages": message_texts(self._host.texts),
            }
        )
        return state

    async def _catch_up(self, connection: PageConnection) -> None:
        """Send recent pushes that were missing from the history.

        Messages that the store has deleted since are left out.
        """
        person_id = self._session.person_id
        for push in self._host.channel.connections.recent(person_id, at=self._host.clock.now()):
            if await self._host.store.find_delivery(person_id, push["slot"]) is not None:
                connection.push(push)

    def _page_texts(self) -> Push:
        return {"language": self._language, "texts": page_texts(self._host.texts[self._language])}

    async def _read_frames(self, connection: PageConnection) -> None:
        async for message in self._socket:
            if self._host.turns is not None and not self._host.turns.take_frame(self._session.person_id):
                await self._socket.close(code=TOO_MANY)
                return
            if message.type is not WSMsgType.TEXT:
                connection.push(self._fault_frame("web.fault.unreadable", None))
                continue
            if self._host.sessions.is_over(self._session, now=self._host.clock.now()):
                await self._socket.close(code=SIGNED_OUT)
                return
            try:
                self._accept(parse(message.data), connection, characters=len(message.data))
            except FrameRefused as refused:
                connection.push(self._fault_frame(refused.key, refused.id))

    def _accept(self, frame: Open | Say | Press | Ping, connection: PageConnection, *, characters: int) -> None:
        match frame:
            case Ping():
                connection.push({"type": "pong"})
            case Open():
                raise FrameRefused("web.fault.unreadable")
            case Say() | Press() if not self._may_take_turn(characters):
                connection.push(self._fault_frame(self._why_no_turn(), str(frame.id)))
            case Say() | Press():
                try:
                    self._turns.put_nowait(frame)
                except asyncio.QueueFull:
                    connection.push(self._fault_frame("web.fault.busy", str(frame.id), again=True))

    def _why_no_turn(self) -> str:
        budget = self._host.turns
        spent = budget is not None and budget.is_day_spent(self._session.person_id)
        return "common.enough_today" if spent else "web.fault.too_fast"

    def _may_take_turn(self, characters: int) -> bool:
        """Count a turn against the person's budget.

        A guest's turn also counts against the shared budget of guests.
        """
        budget, source = self._host.turns, self._source
        if budget is None:
            return True
        if self._session.way is not SignInMethod.GUEST:
            return budget.take(self._session.person_id, characters=characters)
        limited = source is not None and source.limited
        return budget.take_guest(
            self._session.person_id,
            address=source.key if source is not None and limited else "",
            factor=source.factor if source is not None else 1.0,
            municipality_id=self._municipality_id,
            characters=characters,
        )

    async def _take_turns(self, connection: PageConnection) -> None:
        while (frame := await self._turns.get()) is not None:
            self._idle.clear()
            try:
                if await self._has_ended(used=True):
                    self._sign_out(connection)
                    continue
                connection.push(await self._turn(frame))
                if isinstance(frame, Press) and frame.slot in self._carried:
                    connection.wake()  # the other channel has the answer, so it is not pushed here
                await self._follow_language(connection)
                self._host.channel.connections.nudge(self._session.person_id)
            except StoreUnavailable as fault:
                self._host.failed(f"store_{fault.cause}")
                connection.push(self._fault_frame("web.fault.unavailable", _id(frame), again=True))
            except Overloaded:
                self._host.failed("busy")
                connection.push(self._fault_frame("web.fault.busy", _id(frame), again=True))
            except UnknownPerson:
                await self._socket.close(code=SIGNED_OUT)
            except TurnFailed:
                self._host.failed("internal")
                connection.push(self._fault_frame("web.fault.failed", _id(frame)))
            except Exception:
                self._host.failed("internal")
                log.exception("web.turn_failed", person_id=self._session.person_id)
                connection.push(self._fault_frame("web.fault.failed", _id(frame)))
            finally:
                self._idle.set()

    async def _turn(self, frame: Say | Press | Open) -> Push:
        match frame:
            case Open():
                await self._hand_in(f"arrived:{self._session.id}", Arrived())
                return {"type": "arrived"}
            case Say():
                attachments = await self._attached(frame)
                text = await masked_message(frame.text)
                images = [attachment.id for attachment in attachments if attachment.refused is None]
                stored_as = await self._store_utterance(frame, text, images)
                said = Said(utterance=text, attachments=attachments, stored_as=stored_as)
                turn = await self._hand_in(str(frame.id), said)
                return {"type": "ack", "id": str(frame.id), "notice": turn.notice}
            case Press():
                pressed = Pressed(verb=frame.verb, data=frame.data, slot=frame.slot)
                turn = await self._hand_in(str(frame.id), pressed)
                return {"type": "pressed", "id": str(frame.id), "notice": turn.notice}

    async def _attached(self, frame: Say) -> tuple[Attachment, ...]:
        """Return the frame's images that belong to the person; other ids are ignored."""
        if not frame.images or self._host.intake is None:
            return ()
        return await self._host.intake.own(self._session.person_id, tuple(dict.fromkeys(frame.images)))

    async def _store_utterance(self, frame: Say, text: MaskedText, images: Sequence[str]) -> str:
        """Store the person's message, once also when the page repeats it; return its id."""
        now = self._host.clock.now()
        person_id = self._session.person_id
        utterance = WebUtterance(said_id=str(frame.id), person_id=person_id, text=text, images=tuple(images), at=now)
        write = write_of(Put(record=utterance), {})

        async def store_message() -> None:
            # An erasure ends the session: no words are stored after it.
            session = await self._read_session()
            await self._host.store.commit(Commit(at=now, records=(write,), news=(person_id,), reads=(session,)))

        session_key = Key(kind=WebSession.KIND, id=self._session.id)
        try:
            await retry_on_conflict(self._host.store, store_message, only=session_key)
        except Conflict:  # the page repeated it
            return utterance.id
        self._host.channel.connections.push(person_id, self._host.channel.formatter.said(utterance), at=now)
        self._kept += 1
        if self._kept % history.TRIMMED_EVERY == 0:
            await history.trim(self._host.store, person_id, at=now)
        return utterance.id

    async def _read_session(self) -> RecordRead:
        """Return the session's record as it is now. Raises UnknownPerson: it is gone."""
        key = Key(kind=WebSession.KIND, id=self._session.id)
        stored = (await self._host.store.get([key])).get(key)
        if stored is None:
            raise UnknownPerson(self._session.person_id)
        return RecordRead(key=key, version=stored.version)

    async def _hand_in(self, id: str, what: What) -> Turn:
        person_id = self._session.person_id
        return await self._host.inbox.receive(
            Incoming(
                id=f"web:{person_id}:{id}",
                channel=WEB,
                sender=Sender(
                    name=self._name,
                    person_id=person_id,
                    proved_at=proved_at(self._session),
                    language=self._browser_language,
                ),
                address=address_of(person_id),
                conversation_id=f"web:{person_id}",
                what=what,
            )
        )

    async def _follow_language(self, connection: PageConnection) -> None:
        person = await self._host.find_person(self._session.person_id)
        if person is None:
            return
        self._municipality_id = person.municipality_id
        if person.language is not self._language:
            self._language = person.language
            connection.push({"type": "language", **self._page_texts()})

    async def _write_frames(self, connection: PageConnection) -> None:
        try:
            while (push := await connection.next()) is not None:
                await self._socket.send_json(push)
        except ConnectionError:
            log.info("web.page_lost", person_id=self._session.person_id)
        await self._socket.close(code=self._code)

    async def _has_ended(self, *, used: bool = False) -> bool:
        """Return whether the session ended, here or in another process. Raises StoreUnavailable.

        ``used``: the person does something; a page that is only open does not count.
        """
        now = self._host.clock.now()
        session = await self._host.sessions.valid_session_by_id(self._session.id, now=now, used=used)
        if session is not None:
            self._session = session
        return session is None

    def _sign_out(self, connection: PageConnection) -> None:
        """Close the page after its queued pushes."""
        self._code = SIGNED_OUT
        connection.finish()

    async def _refresh(self, connection: PageConnection) -> None:
        """Read the store when notified of news, since another process may have sent a message."""
        # Also read it every ``LOOK_AGAIN_SECONDS``, in case a notification was lost.
        while True:
            await connection.wait_for_news(LOOK_AGAIN_SECONDS)
            try:
                async with self._host.looking:
                    ended = await self._has_ended()
                    pushes = [] if ended else await self._read_history()
            except StoreUnavailable:
                await self._host.clock.sleep(_TRY_AGAIN_SECONDS)
                connection.wake()
                continue
            if ended:
                # First answer the turn that ended the session, such as a deletion of the person's data.
                with suppress(TimeoutError):
                    async with asyncio.timeout(ANSWERED_WITHIN_SECONDS):
                        await self._idle.wait()
                self._sign_out(connection)
                return
            for push in pushes:
                connection.push(push)

    async def _read_history(self) -> Sequence[Push]:
        host = self._host
        return await history.read_history(host.store, host.channel.formatter, self._session.person_id, self._carried)

    def _fault_frame(self, key: str, id: str | None, *, again: bool = False) -> dict[str, Any]:
        return {"type": "fault", "id": id, "text": self._host.texts[self._language](key), "again": again}


def _id(frame: Say | Press | Open) -> str | None:
    return None if isinstance(frame, Open) else str(frame.id)
