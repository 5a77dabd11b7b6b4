"""Nothing leaves the machine but what is configured, and nothing is written outside the data folder."""

import asyncio
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Collection, Iterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.content.loading import content_folder, load_content
from tests.contract.postgres_server import wheel_server
from tests.e2e.caller import TeamsCaller
from tests.e2e.program import Program, program
from tests.e2e.recorder import Recorder, Recording
from tests.e2e.test_production import APP, TENANT, activity, keys, token
from tests.fakes.connector import Connector
from tests.unit.few_articles import few_articles

pytestmark = pytest.mark.asyncio(loop_scope="module")

PUBLIC = "heia.example"
PERSON = "00000000-0000-0000-0000-000000000020"
IN_REST_SECONDS = 12
"""How long each is watched with nothing to do: onnxruntime's telemetry first called nine seconds after its start."""

NATIVE_LOOK_UP = "import ctypes; ctypes.CDLL(None).getaddrinfo(b'{}', None, None, ctypes.byref(ctypes.c_void_p()))"


RESOLVER = ":53"
"""End of what a look-up of a name calls; the names themselves are recorded."""

USERS = "/var/run/nscd/socket"
"""The C library's cache, which Debian does not run; PostgreSQL's library looks up its user's home there."""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an empty home, where every cache of the environment would lie."""
    (tmp_path / "home").mkdir()
    for name in [name for name in os.environ if name.startswith(("XDG_", "ORT_", "AZURE_"))]:
        monkeypatch.delenv(name)
    return tmp_path


def settings_of(place: Path, **more: str) -> dict[str, str]:
    return {
        "HOME": str(place / "home"),
        "TMPDIR": str(place / "home"),
        # Python's own cache of a developer's installation; pip fills it when Heia is installed.
        "PYTHONDONTWRITEBYTECODE": "1",
        "HEIA_DATA_DIR": str(place / "data"),
        "HEIA_SEMANTIC": "auto",
        "HEIA_LOG_LEVEL": "info",
        **more,
    }


def check(recording: Recording, place: Path, *, destinations: set[str], names: Collection[str] = ()) -> None:
    ignored = (RESOLVER, USERS) if names else (USERS,)
    called = {each for each in recording.destinations if not each.endswith(ignored)}
    assert recording.names == set(names)
    assert called == destinations
    assert recording.unseen == set()
    # Commands reach the server through a socket in the data folder, bound by the folder's descriptor: paths are short.
    changed = {
        path for path in recording.changed_outside(place / "data") if not path.match("/proc/self/fd/*/heia.sock")
    }
    assert changed == set()
    assert list((place / "home").iterdir()) == []


async def has_learned(heia: Program) -> None:
    """Wait until the sentence encoder takes part."""
    async with asyncio.timeout(120):
        while "semantic=True" not in heia.log:
            assert "encoder_missing" not in heia.log
            await asyncio.sleep(0.1)


def host_of(url: str) -> str:
    return str(URL(url).authority)


def socket_of(database: str) -> str:
    return f"{URL(database).query['host']}/.s.PGSQL.5432"


def demo_content(folder: Path) -> Path:
    """Fill ``folder`` with few articles that have all topics of the sample people; the whole sample learns for long."""
    content = few_articles(folder)
    topics = {
        topic for article in load_content(content_folder(None)).articles.articles.values() for topic in article.topics
    }
    for article in content.glob("articles/*/rollout-when.md"):
        listed = re.sub(
            r"^topics: .*$", f"topics: [{', '.join(sorted(topics))}]", article.read_text("utf-8"), flags=re.M
        )
        article.write_text(listed, "utf-8")
    return content


async def test_what_native_code_looks_up_and_writes_is_recorded(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path)
    words = f"{NATIVE_LOOK_UP.format('elsewhere.invalid')}; open('left', 'w').close()"
    process = await asyncio.create_subprocess_exec(*recorder.command, sys.executable, "-c", words, cwd=tmp_path)
    await process.wait()
    recording = await recorder.whole(process.pid)
    assert "elsewhere.invalid" in recording.names
    assert any(destination.endswith(":53") for destination in recording.destinations)
    assert recording.changed_outside(tmp_path / "data") == {tmp_path / "left"}


@pytest_asyncio.fixture(loop_scope="module")
async def archive() -> AsyncIterator[TestServer]:
    """Where signed heads of the audit log are posted to, when it is set."""
    app = web.Application()

    async def take(request: web.Request) -> web.Response:
        assert set(await request.json()) == {"kind", "number", "hash", "at", "key", "signature"}
        return web.Response(status=204)

    app.router.add_post("/heads", take)
    async with TestServer(app) as server:
        yield server


async def test_the_demo_calls_connector_and_archive_alone_and_writes_in_its_data_folder_alone(
    place: Path, connector: Connector, archive: TestServer
) -> None:
    recorder = Recorder(place)
    heads = str(archive.make_url("/heads"))
    settings = settings_of(place, HEIA_CONTENT_DIR=str(demo_content(place / "content")), HEIA_AUDIT_HEADS_URL=heads)
    async with (
        program(place, under=recorder.command, **settings) as heia,
        aiohttp.ClientSession() as http,
    ):
        await has_learned(heia)
        person = TeamsCaller(http, heia.messages, connector, PERSON)
        await person.say("når kommer office 365?")
        await person.hears("2020")
        await asyncio.sleep(IN_REST_SECONDS)
        pid = heia.pid
        assert await heia.stop() == 0
    check(await recorder.whole(pid), place, destinations={host_of(connector.service_url()), host_of(heads)})


@pytest.fixture
def database() -> Iterator[str]:
    with wheel_server() as server, server.database() as url:
        yield url


@pytest_asyncio.fixture(loop_scope="module")
async def metadata() -> AsyncIterator[str]:
    """Where the keys of Microsoft's tokens are published."""
    app = web.Application()
    app.router.add_get("/keys", keys)

    async def describe(request: web.Request) -> web.Response:
        return web.json_response({"jwks_uri": str(request.url.with_path("/keys"))})

    app.router.add_get("/openid", describe)
    async with TestServer(app) as server:
        yield str(server.make_url("/openid"))


async def test_in_production_only_configured_hosts_are_looked_up_and_called(
    place: Path, database: str, metadata: str
) -> None:
    settings = settings_of(
        place,
        HEIA_CONTENT_DIR=str(few_articles(place / "content")),
        HEIA_DATABASE_URL=database,
        HEIA_APP_ID=APP,
        HEIA_APP_TENANT_ID=TENANT,
        HEIA_APP_SECRET="hemmelig",
        HEIA_WEB_KEY="n" * 40,
        HEIA_WORK_APART="true",
        HEIA_PUBLIC_URL=f"https://{PUBLIC}",
        HEIA_ALLOWED_SERVICE_HOSTS="connector.invalid",
        HEIA_OPENID_METADATA_URL=metadata,
        AZURE_AUTHORITY_HOST="login.invalid",
    )
    recorders = {command: Recorder(place / command) for command in ("serve", "work")}
    serve, work = (
        Program(place / command, command=command, dev=False, under=recorder.command, **settings)
        for command, recorder in recorders.items()
    )
    try:
        await serve.start()
        await work.start()
        await has_learned(serve)
        await hand_in_signed(serve.messages, service="https://connector.invalid/")
        await asyncio.sleep(IN_REST_SECONDS)
        pids = [serve.pid, work.pid]
        assert [await serve.stop(), await work.stop()] == [0, 0]
    finally:
        await serve.kill()
        await work.kill()
    answering, working = [await recorders[name].whole(pid) for name, pid in zip(recorders, pids, strict=True)]
    check(answering, place, destinations={host_of(metadata), socket_of(database)}, names={"login.invalid"})
    check(working, place, destinations={socket_of(database)}, names=working.names & {"login.invalid"})


async def hand_in_signed(url: str, *, service: str) -> None:
    """Hand in a question that Microsoft signed; where the answer goes cannot be reached."""
    signed = {"Authorization": f"Bearer {token(serviceurl=service)}", "Host": PUBLIC}
    message = activity(type="message", name=None, value=None, text="når kommer office 365?", serviceUrl=service)
    async with aiohttp.ClientSession() as http, http.post(url, json=message, headers=signed) as answer:
        assert answer.status == 200, await answer.text()


@pytest.mark.parametrize("words", ["doctor", "kb check", "registry export -", "privacy inventory"])
async def test_commands_call_nothing_and_write_in_the_data_folder_alone(place: Path, words: str) -> None:
    recorder = Recorder(place)
    settings = settings_of(place, HEIA_CONTENT_DIR=str(demo_content(place / "content")))
    process = await asyncio.create_subprocess_exec(
        *recorder.command, str(Path(sys.executable).with_name("heia")), *words.split(),
        cwd=place, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await process.communicate()
    assert process.returncode in {0, 1}, said.decode()
    server = {"127.0.0.1:3978"} if words == "doctor" else set()  # it asks the running server, where one runs
    check(await recorder.whole(process.pid), place, destinations=server)


async def test_heia_ask_calls_nothing_and_writes_in_its_data_folder_alone(place: Path) -> None:
    recorder = Recorder(place)
    settings = settings_of(place, HEIA_CONTENT_DIR=str(few_articles(place / "content")))
    process = await asyncio.create_subprocess_exec(
        *recorder.command, str(Path(sys.executable).with_name("heia")), "ask", "-", "--json",
        cwd=place, env={**os.environ, **settings}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("når kommer office 365?\n".encode())
    assert b"rollout-when" in await process.stdout.readline()
    await asyncio.sleep(IN_REST_SECONDS)
    process.stdin.close()
    assert await process.wait() == 0
    check(await recorder.whole(process.pid), place, destinations=set())
