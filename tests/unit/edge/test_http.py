"""Clients that are slow, malformed or gone, over raw sockets."""

import asyncio
import base64
import logging

import pytest
from aiohttp.web_protocol import RequestHandler

from bot.edge.http import ConnectionGuard, HttpLimits
from bot.edge.source import SourceRule
from bot.settings.rules import networks_of, shared_of
from tests.unit.edge.conftest import HEADERS, PATIENCE_SECONDS, RawClient, Served, dial, serving, until

MARKER = b"7c9ssn01019012345marker"
UPGRADE = (
    b"GET /talk HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(b"k" * 16) + b"\r\n\r\n"
)


def must_be_complete(head: bytes) -> None:
    """Fail unless an answer carries every header and names no program."""
    names = {
        line.partition(b":")[0].lower().decode(): line.partition(b":")[2].strip().decode()
        for line in head.split(b"\r\n")[1:]
    }
    for name, value in HEADERS.items():
        assert names[name.lower()] == value
    assert "cache-control" in names
    assert "server" not in names
    assert b"aiohttp" not in head.lower()
    assert b"python" not in head.lower()


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET", b"GET / HTTP/1.1\r\nHost: x\r\n", b"POST /take HTTP/1.1\r\nHost: x\r\nX-Slow: a"],
)
@pytest.mark.full
async def test_headers_that_do_not_come_to_their_end_are_cut(quick: Served, sent: bytes) -> None:
    client = await dial(quick)
    await client.send(sent)
    assert await client.everything() == b""
    assert quick.refused == {"slow_headers": 1}
    assert not quick.faults


@pytest.mark.full
async def test_a_trickle_of_header_bytes_buys_no_time(quick: Served) -> None:
    client = await dial(quick)
    await client.send(b"GET /take HTTP/1.1\r\nHost: x\r\n")

    async def drip() -> None:
        while True:
            await client.send(b"X-Drip: a\r\n")
            await asyncio.sleep(0.02)

    with pytest.raises(ConnectionError):
        await asyncio.wait_for(drip(), PATIENCE_SECONDS)
    assert quick.refused["slow_headers"] == 1


@pytest.mark.full
async def test_the_second_request_of_a_connection_has_the_same_deadline(quick: Served) -> None:
    client = await dial(quick)
    await client.send(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    assert b"200 OK" in await client.head()
    await client.send(b"GET /take HT")
    await client.everything()
    assert quick.refused["slow_headers"] == 1


@pytest.mark.full
async def test_an_idle_connection_is_closed(quick: Served) -> None:
    client = await dial(quick)
    await client.send(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
    assert (await client.everything()).endswith(b"taken")
    assert not quick.refused


@pytest.mark.full
async def test_a_body_that_stops_is_answered_408_and_cut(quick: Served, caplog: pytest.LogCaptureFixture) -> None:
    client = await dial(quick)
    await client.send(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
    answer = await client.everything()
    assert answer.startswith(b"HTTP/1.1 408 ")
    must_be_complete(answer.partition(b"\r\n\r\n")[0])
    assert quick.refused == {"slow_body": 1}
    assert not quick.faults
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("length", [b"Content-Length: 10", b"Transfer-Encoding: chunked"])
@pytest.mark.parametrize("path", [b"/take", b"/nothing"])
@pytest.mark.full
async def test_a_request_that_asks_to_be_a_socket_gains_no_time(quick: Served, length: bytes, path: bytes) -> None:
    client = await dial(quick)
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + length
    await client.send(head + b"\r\n\r\n2\r\n")
    await client.everything()
    assert not quick.faults
    await until(lambda: not quick.guard._total)


@pytest.mark.parametrize("goes_on", [b"", b"Expect: 100-continue\r\n"])
@pytest.mark.full
async def test_a_client_that_waits_to_be_asked_for_its_body_is_cut(quick: Served, goes_on: bytes) -> None:
    client = await dial(quick)
    await client.send(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n" + goes_on + b"\r\n")
    assert b"HTTP/1.1 408 " in await client.everything()


@pytest.mark.full
async def test_a_trickle_of_body_bytes_is_cut_in_the_end(quick: Served) -> None:
    client = await dial(quick)
    await client.send(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")

    async def drip() -> None:
        while True:
            await client.send(b"a")
            await asyncio.sleep(0.02)

    dripping = asyncio.create_task(drip())
    await client.everything()  # the answer itself may be lost to a client that does not stop sending
    dripping.cancel()
    await asyncio.gather(dripping, return_exceptions=True)
    assert quick.refused == {"slow_body": 1}
    assert not quick.faults
    assert not quick.bodies


@pytest.mark.full
async def test_a_body_that_keeps_coming_arrives_whole(quick: Served) -> None:
    client = await dial(quick)
    await client.send(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\n")
    for byte in b"hello":
        await asyncio.sleep(0.03)
        await client.send(bytes([byte]))
    assert (await client.everything()).startswith(b"HTTP/1.1 200 ")
    assert quick.bodies == [b"hello"]


@pytest.mark.parametrize("path", [b"/take", b"/nothing"])
async def test_a_client_that_goes_within_a_body_is_no_fault(
    patient: Served, caplog: pytest.LogCaptureFixture, path: bytes
) -> None:
    for _ in range(5):
        for goes in (RawClient.reset, lambda client: client.writer.close()):
            client = await dial(patient)
            await client.send(b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nhalf")
            if path == b"/take":
                await patient.handling.wait()
                patient.handling.clear()
            goes(client)
    await until(lambda: not patient.guard._total)
    assert not patient.faults
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert '5xx"' not in patient.counted


MALFORMED = [
    MARKER + b"\r\n\r\n",
    b"GET /" + MARKER + b"\r\n\r\n",
    b"GET / HTTP/" + MARKER + b"\r\n\r\n",
    b"G\x00ET / HTTP/1.1\r\nHost: " + MARKER + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + MARKER + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n: " + MARKER + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00" + MARKER + b"\r\n\r\n",
    b"GET /" + MARKER * 1000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + MARKER * 1000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(500)) + b"\r\n",
    b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: " + MARKER + b"\r\n\r\n",
    b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n" + MARKER,
    b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + MARKER,
    b"POST /take HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + MARKER + b"\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + MARKER,
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + MARKER,
    b"CONNECT " + MARKER + b":443 HTTP/1.1\r\n\r\n",
    b"GET http://[" + MARKER + b" HTTP/1.1\r\nHost: x\r\n\r\n",
]


@pytest.mark.parametrize("sent", MALFORMED, ids=range(len(MALFORMED)))
async def test_malformed_http_is_refused_without_an_echo_or_a_log_line(
    patient: Served, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    client = await dial(patient)
    await client.send(sent)
    client.writer.write_eof()
    answer = await client.everything()
    assert MARKER[:12] not in answer
    assert b"Traceback" not in answer
    if answer:
        assert answer.split(b" ")[1].startswith(b"4"), answer
        must_be_complete(answer.partition(b"\r\n\r\n")[0])
    assert not patient.faults
    assert MARKER.decode()[:12] not in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_garbage_behind_a_good_request_is_refused_after_its_answer(patient: Served) -> None:
    client = await dial(patient)
    good = b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"
    await client.send(good + good)
    await until(lambda: len(patient.bodies) == 2)
    await client.send(MARKER + b"\r\n\r\n")
    answers = await client.everything()
    assert answers.count(b"HTTP/1.1 200 ") == 2
    assert answers.count(b" 400 ") == 1
    assert MARKER not in answers
    assert patient.refused == {"malformed": 1}


async def test_a_bad_handshake_is_not_quoted(patient: Served) -> None:
    client = await dial(patient)
    await client.send(
        UPGRADE.replace(base64.b64encode(b"k" * 16), MARKER).replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    )
    answer = await client.everything()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert MARKER not in answer


async def test_a_fault_of_ours_is_answered_with_every_header(patient: Served) -> None:
    client = await dial(patient)
    await client.send(b"GET /fail HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await client.everything()
    assert answer.startswith(b"HTTP/1.1 500 ")
    must_be_complete(answer.partition(b"\r\n\r\n")[0])
    assert [str(fault) for fault in patient.faults] == ["ours"]


@pytest.mark.parametrize(
    ("request_line", "status"),
    [(b"GET /nothing", b"404"), (b"PUT /take", b"405"), (b"OPTIONS /take", b"405"), (b"HEAD /take", b"405")],
)
async def test_answers_of_no_handler_carry_every_header(patient: Served, request_line: bytes, status: bytes) -> None:
    client = await dial(patient)
    await client.send(request_line + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await client.everything()
    assert answer.split(b" ")[1] == status
    must_be_complete(answer.partition(b"\r\n\r\n")[0])


async def test_a_reset_at_any_moment_of_a_socket_is_the_clients(
    patient: Served, caplog: pytest.LogCaptureFixture
) -> None:
    frame = b"\x81\x85\x00\x00\x00\x00hello"
    for sent in (UPGRADE[:40], UPGRADE, UPGRADE + frame[:4], UPGRADE + frame, UPGRADE + frame * 500):
        for _ in range(4):
            client = await dial(patient)
            await client.send(sent)
            if sent.startswith(UPGRADE) and len(sent) > len(UPGRADE):
                await patient.handling.wait()
            patient.handling.clear()
            client.reset()
    await until(lambda: not patient.guard._total)
    assert not patient.faults
    assert '5xx"' not in patient.counted
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.full
async def test_an_open_socket_has_no_deadline_of_a_request(quick: Served) -> None:
    client = await dial(quick)
    await client.send(UPGRADE)
    assert (await client.head()).startswith(b"HTTP/1.1 101 ")
    await asyncio.sleep(0.8)  # longer than every deadline of this server
    await client.send(b"\x81\x85\x00\x00\x00\x00hello")
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await client.reader.readexactly(7) == b"\x81\x05hello"
    client.reset()


async def test_above_the_most_connections_new_ones_are_answered_503() -> None:
    async with serving(HttpLimits(connections=5)) as served:
        held = [await dial(served) for _ in range(5)]
        for client in held:
            await client.send(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
            assert b"200 OK" in await client.head()
        late = await (await dial(served)).everything()
        assert late.startswith(b"HTTP/1.1 503 ")
        must_be_complete(late.partition(b"\r\n\r\n")[0])
        assert served.refused == {"connections": 1}
        held[0].reset()
        await until(lambda: served.guard._total == 4)
        again = await dial(served)
        await again.send(b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        assert b"200 OK" in await again.head()


def test_one_address_cannot_take_the_connections_of_another() -> None:
    rule = SourceRule(trusted=networks_of(["10.0.0.1"]), shared=shared_of(["192.0.2.7"]))
    guarded = ConnectionGuard(limits=HttpLimits(connections=1000, connections_an_address=20), rule=rule)
    held = [guarded.admit("203.0.113.5") for _ in range(500)]
    assert len([key for key in held if key is not None]) == 20
    assert guarded.admit("203.0.113.6") is not None
    for many in ("10.0.0.1", "192.0.2.7", "127.0.0.1"):  # a proxy's, a shared one, this machine's
        assert all(guarded.admit(many) is not None for _ in range(50))
    guarded.release("203.0.113.5")
    assert guarded.admit("203.0.113.5") is not None
    assert guarded.admit("203.0.113.5") is None


def test_addresses_that_left_are_forgotten() -> None:
    guarded = ConnectionGuard()
    for number in range(1000):
        key = guarded.admit(f"203.0.{number // 250}.{number % 250}")
        assert key
        guarded.release(key)
    assert not guarded._open
    assert guarded._total == 0


async def test_an_unknown_expectation_is_refused_without_being_quoted(patient: Served) -> None:
    client = await dial(patient)
    await client.send(b"POST /take HTTP/1.1\r\nHost: x\r\nExpect: %s\r\nConnection: close\r\n\r\n" % MARKER)
    answer = await client.everything()
    assert answer.startswith(b"HTTP/1.1 417 ")
    assert MARKER not in answer
    must_be_complete(answer.partition(b"\r\n\r\n")[0])
    assert patient.refused == {"malformed": 1}
    assert not patient.faults


@pytest.mark.parametrize("expected", [b"100-continue", b"100-Continue"])
async def test_a_client_that_waits_for_leave_to_send_gets_it(patient: Served, expected: bytes) -> None:
    client = await dial(patient)
    await client.send(
        b"POST /take HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\nExpect: %s\r\n\r\n" % expected
    )
    assert b"100 Continue" in await client.head()
    await client.send(b"hello")
    assert (await client.everything()).endswith(b"taken")


async def test_a_body_nobody_reads_that_cannot_be_unpacked_is_no_error(
    patient: Served, caplog: pytest.LogCaptureFixture
) -> None:
    client = await dial(patient)
    await client.send(b"POST /none HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n")
    assert b" 404 " in await client.head()
    await client.send(b"{}")
    await client.everything()
    assert patient.refused["malformed"] == 1
    assert not patient.faults
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_a_client_that_leaves_during_a_body_nobody_reads_leaves_nothing_behind(
    patient: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    # aiohttp waits ten seconds for such a body; here an hour, so that the test need not measure time.
    usual = RequestHandler.__init__.__kwdefaults__
    monkeypatch.setattr(RequestHandler.__init__, "__kwdefaults__", {**usual, "lingering_time": 3600.0})
    before = asyncio.all_tasks()
    client = await dial(patient)
    await client.send(b"POST /none HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhalf")
    assert b" 404 " in await client.head()
    client.reset()
    await until(lambda: asyncio.all_tasks() <= before)
    assert not patient.faults
