"""The web chat's socket: frames of an open page, and bytes that are no frames at all."""

import json
import re
import uuid
from typing import Any, Final

from dialogs.core.person import GUEST_PREFIX
from tests.fuzz.mutate import Mutator
from tests.fuzz.rig import App, Rig
from tests.fuzz.surface import Case, Seen
from tests.fuzz.surfaces.activities import SAID
from tests.fuzz.surfaces.presses import pressing
from tests.fuzz.wire import BINARY, CLOSE, PING, PONG, TEXT, Socket, frame

PAGES: Final = 16
GUESTS: Final = ("guest-1", "guest-2", "guest-3")
_COOKIE: Final = re.compile(rb"(?i)\r\nset-cookie: ([^;\r]+)")
PONG_FRAME: Final = b'{"type":"pong"}'


async def badge(app: App, person_id: str) -> str:
    """Return a badge of a sample person."""
    answer = await app.ask("POST", "/chat/session", json.dumps({"as": person_id}).encode())
    return str(json.loads(answer.body)["token"])


async def page_of(app: App, person_id: str) -> Socket | None:
    """Return the person's open page, opened when there is none; None when the server refuses."""
    socket: Socket | None = app.sockets.get(person_id)
    if socket is not None and socket.closed is None:
        return socket
    token, headers = None, []
    if person_id.startswith(GUEST_PREFIX):
        guest = await app.ask("POST", "/chat/guest", b"{}")
        headers = [f"Cookie: {each.decode()}" for each in _COOKIE.findall(guest.head)]
    else:
        token = await badge(app, person_id)
    socket = await Socket.dial(app.port, *headers)
    if socket is None:
        return None
    socket.send(json.dumps({"type": "open", "token": token, "again": False}).encode())
    if await socket.receive() is None:
        return None
    app.sockets[person_id] = socket
    return socket


class Frames:
    """Text frames of a page. The first piece is whose page it is."""

    name = "frames"
    share = 14
    together = 1

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return one to three frames."""
        random = mutator.random
        person_id = random.choice((*(each.id for each in rig.people[:: len(rig.people) // PAGES]), *GUESTS))
        frames = [self._frame(mutator, rig) for _ in range(random.choice((1, 1, 1, 2, 3)))]
        return (person_id.encode(), *frames)

    def _frame(self, mutator: Mutator, rig: Rig) -> bytes:
        random = mutator.random
        id_ = str(uuid.UUID(int=random.getrandbits(128), version=4))
        kind = random.randrange(10)
        body: dict[str, Any] = {"type": "ping"}
        if kind < 4:
            body = {"type": "say", "id": id_, "text": mutator.said(SAID)}
            if random.random() < 0.2:
                body["images"] = [f"image-{random.getrandbits(128):032x}", *rig.notes.get("images", ())[-2:]][:4]
        elif kind < 8:
            _, verb, data = pressing(mutator, rig)
            slot = data.get("slot")
            body = {"type": "press", "id": id_, "verb": verb, "data": data, "slot": slot}
        elif kind == 8:
            body = {"type": "open", "token": "a.b", "again": True}
        if random.random() < 0.5:
            return json.dumps(body).encode()
        return mutator.json(mutator.value(body))

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Send the frames and a ping, and return what is said until the answer to it."""
        person, *frames = case
        socket = await page_of(rig.demo, person.decode())
        if socket is None:
            return Seen(outcomes=("no page",))
        for payload in frames:
            socket.send(payload)
        socket.send(b'{"type":"ping"}')
        told: list[bytes] = []
        pongs = 1 + sum(_is_ping(payload) for payload in frames)
        while pongs and (heard := await socket.receive()) is not None:
            told.append(heard)
            if heard.replace(b" ", b"") == PONG_FRAME:
                pongs -= 1
            elif b'"card"' in heard:
                rig.outside.see(person.decode(), json.loads(heard))
        kinds = tuple(json.loads(each)["type"] for each in told if b"pong" not in each[:20])
        return Seen(
            outcomes=kinds or (f"closed {socket.closed}" if socket.closed else "nothing",), told=b"\n".join(told)
        )


def _is_ping(payload: bytes) -> bool:
    try:
        return bool(json.loads(payload.decode()) == {"type": "ping"})
    except (ValueError, RecursionError):
        return False


class RawFrames:
    """Bytes on a socket of their own, after a proper handshake. The first piece is extra header lines."""

    name = "websocket"
    share = 4
    together = 24

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return frames with wrong lengths, codes, masks and fragments, or an opening frame that is none."""
        random = mutator.random
        opening = frame(mutator.json(mutator.value({"type": "open", "token": "a.b", "again": False})))
        if random.random() < 0.4:
            opening = frame(b'{"type":"open"}')
        pieces = [opening]
        for _ in range(random.choice((0, 1, 1, 2, 5))):
            payload = random.choice((b"", b"{", b'{"type":"ping"}', random.randbytes(5), b"\x03\xe8hei", b"a" * 70_000))
            kind = random.choice((TEXT, TEXT, BINARY, CLOSE, PING, PONG, 0, 3, 11, 15))
            flags = random.choice((0x80, 0x80, 0x00, 0xC0, 0xF0))
            claims = random.choice((None, None, None, 0, 1, 125, 126, 2**16, 2**62, 2**63))
            pieces.append(frame(payload, kind, flags=flags, mask=random.random() < 0.8, claims=claims))
        if random.random() < 0.3:
            pieces = mutator.lines(pieces, mutator.bytes)
        headers = random.choice((
            "", "", "Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: \xff, x",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99", "Cookie: heia-chat=a.b",
        ))  # fmt: skip
        return (headers.encode(), *pieces)

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Send the bytes, read what there is to read, and hang up without a word."""
        headers, *pieces = case
        socket = await Socket.dial(rig.demo.port, *([headers.decode()] if headers else []))
        if socket is None:
            return Seen(outcomes=("refused",))
        for piece in pieces:
            socket.send_raw(piece)
        socket.send(b"\x03\xe8", CLOSE)
        heard = await socket.drain()
        return Seen(outcomes=(f"closed {socket.closed}",), told=heard)
