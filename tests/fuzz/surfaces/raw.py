"""Bytes at the listening socket: requests cut off, smuggled, folded, endless, or in another protocol."""

import gzip
from typing import Final

from tests.fuzz.mutate import MARK, Mutator
from tests.fuzz.rig import Rig
from tests.fuzz.surface import Case, Seen
from tests.fuzz.wire import converse

_POST: Final = b"POST /api/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
_MARK: Final = MARK.encode()
WORDS: Final[tuple[bytes, ...]] = (
    b"GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /chat HTTP/1.0\r\n\r\n",
    b"GET /chat\r\n\r\n",
    b"GET /chat HTTP/1.1\nHost: 127.0.0.1\n\n",
    b"GET /chat HTTP/9.9\r\nHost: x\r\n\r\n",
    b"GET http://127.0.0.1/chat HTTP/1.1\r\nHost: [\r\n\r\n",
    b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%s HTTP/1.1\r\nHost: x\r\n%s\r\n\r\n" % (_MARK, _MARK),
    b"GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n folded %s\r\n\r\n" % _MARK,
    b"GET / HTTP/1.1\r\nHost: x\r\n%s: \x00\r\n\r\n" % _MARK,
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 9000 + b"\r\n\r\n",
    b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X-H: 1\r\n" * 200 + b"\r\n",
    b"%s\r\n\r\n" % _MARK,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9),
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60),
    _POST + b"Content-Length: 50\r\n\r\n{}",
    _POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    _POST + b"Content-Length: -1\r\n\r\n{}",
    _POST + b"Content-Length: +2\r\n\r\n{}",
    _POST + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    _POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    _POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    _POST + b"Transfer-Encoding: chunked\r\n\r\n" + _MARK + b"\r\n{}\r\n0\r\n\r\n",
    _POST + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
    _POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    _POST + b"Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\nX-T: 1\r\n\r\n",
    _POST + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    _POST
    + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s"
    % (len(gzip.compress(b"[" * 300_000)), gzip.compress(b"[" * 300_000)),
    _POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n",
    _POST + b"Expect: %s\r\nContent-Length: 2\r\n\r\n{}" % _MARK,
    b"GET /chat/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"GET /chat/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: %s\r\n\r\n" % _MARK,
    b"GET /chat/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 99\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    b"GET /chat/socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"POST /chat/images HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Length: 20000000\r\n\r\nabc",
    b"POST /chat/enter HTTP/1.1\r\nHost: x\r\nOrigin: http://x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    b"Content-Length: 9\r\n\r\n--x\r\n\r\n--",
)


class RawBytes:
    """Bytes on a connection of their own. The first piece says which application they go to."""

    name = "raw"
    share = 6
    together = 40

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return a request that is wrong by itself, two in a row, or one with bytes changed or cut off."""
        random = mutator.random
        pieces = [random.choice(WORDS) for _ in range(random.choice((1, 1, 1, 2, 3)))]
        if random.random() < 0.6:
            pieces = mutator.lines(pieces, mutator.bytes)
        return (random.choice((b"demo", b"real")), *pieces)

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Send the pieces and hang up in the middle of whatever is going on."""
        which, *pieces = case
        answer = await converse((rig.real if which == b"real" else rig.demo).port, tuple(pieces))
        return Seen.of(answer, echoes=False)
