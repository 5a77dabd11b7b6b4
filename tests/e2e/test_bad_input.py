"""Whatever comes in, the caller gets a clear no, nothing changes, and the next good message is answered."""

import asyncio
import gzip
import json
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio

from bot.app.maintenance import JOB_VERBS
from dialogs.core.cleaning import clean_message
from dialogs.profile.settings import SETTINGS
from dialogs.router import TIMERS, VERBS
from knowledge.language.excerpt import is_too_long
from tests.e2e.caller import PageCaller, TeamsCaller
from tests.e2e.program import Program
from tests.fakes.connector import Connector

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER, HELPER, ANNOUNCER, ADMIN = "p020", "p021", "p023", "p292"
JSON: Final = {"Content-Type": "application/json"}


def object_id(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012}"


@pytest.fixture
def teams(http: aiohttp.ClientSession, heia: Program, connector: Connector) -> TeamsCaller:
    return TeamsCaller(http, heia.messages, connector, object_id(20))


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def the_next_good_message_is_answered(teams: TeamsCaller, heia: Program) -> AsyncIterator[None]:
    """After every test here: the bot lives, answers, and had no fault of its own."""
    told = len(heia.log)
    yield
    before = len(await teams.heard())
    await teams.say("hei")
    assert len(await teams.heard()) > before
    assert "failed" not in heia.log[told:]


async def ask(http: aiohttp.ClientSession, method: str, url: str, **more: Any) -> int:
    """Return the status; 0 when the server hangs up on a body it will not read."""
    try:
        async with http.request(method, url, allow_redirects=False, **more) as answer:
            await answer.read()
            return answer.status
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
        return 0


def refused(status: int) -> bool:
    return status == 0 or 400 <= status < 500


BODIES: Final[dict[str, bytes]] = {
    "nothing": b"",
    "half": b"{",
    "list": b"[]",
    "null": b"null",
    "text": b'"hei"',
    "NaN": b'{"text": NaN}',
    "infinite": b'{"text": -Infinity}',
    "huge number": b'{"text": ' + b"9" * 5000 + b"}",
    "deep list": b"[" * 100_000 + b"]" * 100_000,
    "deep object": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "UTF-16": "{}".encode("utf-16"),
    "no UTF-8": b'{"text":"\xff"}',
    "half a surrogate pair": b'{"text":"\\ud800"}',
    "two megabytes": b'"' + b"a" * 2_000_000 + b'"',
}


async def test_what_is_no_activity_is_refused(teams: TeamsCaller) -> None:
    for name, body in BODIES.items():
        try:
            status, told = await teams.post_raw(body)
        except aiohttp.ClientOSError:
            status, told = 413, '{"error": ""}'
        assert refused(status), name
        assert "error" in json.loads(told), name


async def test_a_name_given_twice_counts_once(teams: TeamsCaller) -> None:
    good = json.dumps(teams.activity(text="hei"))
    status, _ = await teams.post_raw((good[:-1] + ', "from": 5}').encode())
    assert status == 400
    before = len(await teams.heard())
    status, _ = await teams.post_raw((good[:-1] + ', "text": "takk"}').encode())
    assert status == 200
    assert len(await teams.heard()) == before + 1


WRONG: Final[tuple[Any, ...]] = (None, 5, True, 1e308, [], {}, [[]], "", "\x00", "a" * 3000, {"a": {"b": {}}}, "../..")


def altered(good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the activity with one field or inner field missing, or of another kind."""
    for name, value in good.items():
        yield {key: good[key] for key in good if key != name}
        for wrong in WRONG:
            yield {**good, name: wrong}
        if isinstance(value, dict):
            for inner in (*value, "isGroup", "tenantId", "tenant"):
                for wrong in WRONG:
                    yield {**good, name: {**value, inner: wrong}}


async def test_a_field_of_another_kind_never_breaks_a_turn(teams: TeamsCaller) -> None:
    bodies = list(altered(teams.pressing("ask.helped", {"question_id": "q-1"})))
    assert len(bodies) > 250
    for body in bodies:
        status, _ = await teams.post(body)
        assert status == 200 or refused(status), body


KINDS: Final = (
    *(
        "",
        "event",
        "typing",
        "trace",
        "message",
        "invoke",
        "conversationUpdate",
        "installationUpdate",
        "messageReaction",
    ),
    *("messageUpdate", "messageDelete", "endOfConversation", "command", "handoff", "x" * 300),
)
EXTRAS: Final[tuple[dict[str, Any], ...]] = (
    {},
    {"name": "adaptiveCard/action", "value": 5},
    {"name": "adaptiveCard/action", "value": {"action": {"verb": ["ask.helped"], "data": {}}}},
    {"name": "adaptiveCard/action", "value": {"action": {"verb": "ask.helped", "data": []}}},
    {"name": "task/fetch"},
    {"name": "signin/tokenExchange", "value": {}},
    {"name": "message/submitAction", "value": {"actionName": 5}},
    {"value": {"verb": "ask.helped", "slot": {"a": 1}}},
    {"membersAdded": [{}]},
    {"membersAdded": [{"id": "29:x"}, {"id": "28:heia"}]},
    {"membersRemoved": [5]},
    {"reactionsAdded": [{"type": "like"}]},
    {"entities": [{"type": "mention"}]},
    {"entities": [{"type": "mention", "mentioned": {"id": "28:heia"}, "text": ["<at>"]}]},
    {"attachments": [{"contentType": 5}]},
    {"action": "add-upgrade"},
)


async def test_an_activity_of_any_kind_is_taken_or_refused(teams: TeamsCaller) -> None:
    for kind in KINDS:
        for extra in EXTRAS:
            status, _ = await teams.post(teams.activity(type=kind, **extra))
            assert status == 200 or refused(status), (kind, extra)


@pytest.mark.parametrize("path", ["/api/messages", "/chat/session", "/chat/enter"])
async def test_a_body_that_is_not_as_its_headers_say_is_refused(
    http: aiohttp.ClientSession, heia: Program, path: str
) -> None:
    body = json.dumps({"as": ASKER}).encode()
    form = path == "/chat/enter"
    plain = {"Origin": heia.url, "Content-Type": "application/x-www-form-urlencoded" if form else "application/json"}
    kinds = (
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "/",
        "x" * 900,
    )
    for kind in kinds:
        status = await ask(http, "POST", heia.url + path, data=body, headers={**plain, "Content-Type": kind})
        assert refused(status), kind
    encodings = {
        "gzip": b"no gzip",
        "deflate": b"no deflate",
        "br": b"x",
        "zstd": b"x",
        "gzip, gzip": gzip.compress(body),
    }
    for encoding, sent in encodings.items():
        status = await ask(http, "POST", heia.url + path, data=sent, headers={**plain, "Content-Encoding": encoding})
        assert refused(status), encoding
    bomb = gzip.compress(b'{"text":"' + b"a" * 50_000_000 + b'"}')
    assert refused(await ask(http, "POST", heia.url + path, data=bomb, headers={**plain, "Content-Encoding": "gzip"}))
    strange = {**plain, "Content-Type": plain["Content-Type"] + "; charset=martian"}
    assert refused(await ask(http, "POST", heia.url + path, data=b"\xff\xfe", headers=strange))


async def test_every_method_on_every_path_is_answered(http: aiohttp.ClientSession, heia: Program) -> None:
    chat = ("", "/session", "/enter", "/people", "/guest", "/leave", "/socket", "/static/chat.js", "/images/x")
    paths = ("/", "/api/messages", "/healthz", "/readyz", "/metrics", "/nothing", *(f"/chat{path}" for path in chat))
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"):
        for path in paths:
            status = await ask(http, method, heia.url + path, headers={"Origin": heia.url})
            assert status < 500, (method, path)


QUERIES: Final = (
    "/chat/enter?token=%ff",
    "/chat/enter?token=%ed%a0%80.x",
    "/chat/enter?token=..",
    "/chat/enter?token=%00.%00",
    "/chat/enter?token=" + "a" * 7000,
    "/chat/images/x?mark=%ed%a0%80",
    "/chat/people?q=%ff&role=%00",
    "/chat?as=%ff",
)


async def test_a_link_of_nonsense_opens_nothing(http: aiohttp.ClientSession, heia: Program) -> None:
    for query in QUERIES:
        status = await ask(http, "GET", heia.url + query)
        assert status < 500, query
        assert status in {403, 404} or not query.startswith(("/chat/enter", "/chat/images")), query


HEADERS: Final = (
    b"Host: [",
    b"Host: ][",
    b"Host: \xff",
    b"Host: 127.0.0.1:99999999",
    b"Origin: http://[",
    b"Origin: \xff",
    b"Origin: null",
    b"Cookie: heia-chat=\xff.\xff",
    b"Cookie: \xff\xff=;;;",
    b"Accept-Language: \xff;q=nan, nb;q=\xff",
    b"Content-Type: \xff",
    b"Authorization: Bearer \xff",
)
REQUESTS: Final = (b"GET /chat", b"GET /chat/people", b"GET /chat/socket", b"POST /chat/session", b"POST /chat/guest",
    b"POST /chat/enter", b"POST /chat/leave", b"POST /api/messages")  # fmt: skip


async def test_headers_of_nonsense_are_no_fault_of_ours(heia: Program) -> None:
    for header in HEADERS:
        for request in REQUESTS:
            lines = [request + b" HTTP/1.1", b"Connection: close", b"Content-Length: 2"]
            lines += [b"Upgrade: websocket"] * (b"socket" in request)
            lines += [header] if header.startswith(b"Host") else [b"Host: 127.0.0.1", header]
            lines += [] if header.startswith(b"Content-Type") else [b"Content-Type: application/json"]
            answer = await converse(heia.port, b"\r\n".join(lines) + b"\r\n\r\n{}")
            assert answer.startswith(b"HTTP/1."), (header, request)
            assert b" 5" not in answer[:13], (header, request, answer[:40])


async def test_what_is_no_http_is_refused_and_stays_out_of_the_log(heia: Program) -> None:
    for sent in (
        b"kaffemaskinen\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nkaffe maskinen: x\r\n\r\n",
        b"POST /api/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /api/messages HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nkaffemaskinen\r\n",
    ):
        assert b" 400 " in (await converse(heia.port, sent))[:13]
    assert "maskinen" not in heia.log


async def converse(port: int, sent: bytes) -> bytes:
    """Send bytes and return the beginning of what comes back."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(5):
        answer = await reader.read(200)
    writer.close()
    return answer


FRAMES: Final[tuple[Any, ...]] = (
    "",
    "{",
    "[]",
    "null",
    "5",
    "[" * 50_000,
    '{"type":"say","id":NaN}',
    {},
    {"type": "hva"},
    {"type": ["say"]},
    {"type": "open", "token": "a.b"},
    {"type": "ping", "more": 1},
    {"type": "say", "id": "1", "text": "hei"},
    {"type": "say", "id": str(uuid.UUID(int=1)), "text": 5},
    {"type": "say", "id": str(uuid.UUID(int=2)), "text": "\x00\u2028\ufeff"},
    {"type": "say", "id": str(uuid.UUID(int=3)), "text": "a" * 10_001},
    {"type": "press", "id": str(uuid.UUID(int=4)), "verb": "ask helped"},
    {"type": "press", "id": str(uuid.UUID(int=5)), "verb": "x" * 101},
    {"type": "press", "id": str(uuid.UUID(int=6)), "verb": "ask.helped", "data": []},
    {"type": "press", "id": str(uuid.UUID(int=7)), "verb": "ask.helped", "data": {"a": [[[[[[[[1]]]]]]]]}},
    {"type": "press", "id": str(uuid.UUID(int=8)), "verb": "ask.helped", "slot": "x" * 501},
    {"type": "press", "id": str(uuid.UUID(int=9)), "verb": "ask.helped", "data": {str(n): n for n in range(201)}},
    {"type": "press", "id": str(uuid.UUID(int=10)), "verb": "ask.helped", "data": {"a": "x" * 300_000}},
)


async def test_a_frame_of_nonsense_is_told_so_and_the_page_goes_on(http: aiohttp.ClientSession, heia: Program) -> None:
    page = await PageCaller.of(http, heia.url, ASKER)
    faults = 0
    for frame in FRAMES:
        await page.socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))
        await page.ping()
        told = [json.loads(each) for each in page.heard]
        assert len([each for each in told if each["type"] == "fault"]) == (faults := faults + 1), frame
    await page.socket.send_bytes(b"\x00")
    await page.ping()
    assert (await page.say("hei"))["type"] == "ack"
    await page.close()


async def test_a_frame_of_a_megabyte_ends_that_page_alone(http: aiohttp.ClientSession, heia: Program) -> None:
    page, other = await PageCaller.of(http, heia.url, ASKER), await PageCaller.of(http, heia.url, ASKER)
    await page.socket.send_str("a" * 1_000_000)
    await page.ended()
    assert (await other.say("hei"))["type"] == "ack"
    await page.close()
    await other.close()


UTTERANCES: Final = (
    "a" * 10_000,
    "hvordan bytter jeg passord " * 370,
    "æ" * 10_000,
    "1 " * 5000,
    "\u200b" * 10_000,
    "a\u0301" * 5000,
    "(" * 10_000,
    "[x](y)" * 1600,
    "<at>" * 2500,
    "\n" * 9_998 + "ok",
    "hei\x00\x07\x1b[31m",
    "\u202ehei\u2066",
    "'; DROP TABLE person; --",
    "{{7*7}} ${7*7} %(x)s {x}",
)


def told(text: str) -> int:
    """Return the number of messages that answer a text: one, and a note where its middle was not read."""
    return 2 if is_too_long(clean_message(text)) else 1


async def test_every_utterance_is_answered_once(teams: TeamsCaller, http: aiohttp.ClientSession, heia: Program) -> None:
    page = await PageCaller.of(http, heia.url, HELPER)
    for text in UTTERANCES:
        before = len(await teams.heard())
        await teams.say(text)
        assert len(await teams.heard()) == before + told(text.replace("<at>", "")), text[:20]
        answered = len([each for each in page.heard if json.loads(each)["type"] == "message"])
        answer = await page.say(text)
        assert answer["type"] == "ack" or (answer["type"] == "fault" and not text.strip("\n\u200b")), text[:20]
        now = len([each for each in page.heard if json.loads(each)["type"] == "message"])
        assert now == answered + (told(text) if answer["type"] == "ack" else 0), text[:20]
    await page.close()


FIELDS: Final = ("handoff_id", "question_id", "article_id", "announcement_id", "application_id", "suggestion_id",
    "person_id", "colleague_id", "colleague", "substitute_id", "course_id",
    "module_id", "step", "choice", "plan_id", "theme", "page", "edition", "question", "words", "answer",
    "topic", "topics", "title_nb", "body_nb", "links", "list", "units", "municipalities", "roles", "sectors", "sites",
    "languages", "municipality", "unit", "language", "rating", "reason", "program", "verdict", "word", "why", "day",
    "time", "expires", "first_day", "last_day", "capacity", "opens", "closes", "motive", "tip", "tips", "then_verb",
    "then_x", "severity", "confirm", *SETTINGS, "share", "slot")  # fmt: skip
INPUTS: Final[tuple[Any, ...]] = (
    None,
    True,
    -1,
    10**300,
    1e308,
    "",
    "x",
    "a" * 5000,
    "æ\u0000\u200b\n|;,\t" * 300,
    "9" * 4400,
    "\u0664\u0662",
    "²",
    "0000-00-00",
    "9999-12-31",
    "24:61",
    "23:59:59.999999+23:59",
    ["x", {"y": 1}],
    {"a": {"b": [1, 2, {"c": None}]}},
)
DESTRUCTIVE: Final = frozenset({"privacy.erase_now"})


async def test_every_button_survives_every_input(
    http: aiohttp.ClientSession, heia: Program, connector: Connector
) -> None:
    guest = await PageCaller.guest(heia.url)
    announcer = TeamsCaller(http, heia.messages, connector, object_id(23))
    admin = await PageCaller.of(http, heia.url, ADMIN)
    for verb in (*sorted(VERBS.keys() - DESTRUCTIVE), *TIMERS, *JOB_VERBS, "nothing.at_all"):
        for turn in range(6):
            data = {name: INPUTS[(turn * 3 + place) % len(INPUTS)] for place, name in enumerate(FIELDS)}
            page = admin if turn % 2 else guest
            answer = await page.press(verb, data)
            assert answer["type"] == "pressed", (verb, turn, answer)
        await announcer.press(verb, dict.fromkeys(FIELDS, "æ\u0000\u200b\n|;,\t" * 400))
    megabyte = announcer.pressing("announce.preview", {"body_nb": "a" * 1_000_000})
    assert (await announcer.post(megabyte))[0] in {200, 413}
    await guest.close()
    await admin.close()
