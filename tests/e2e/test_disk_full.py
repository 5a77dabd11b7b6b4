"""The disk fills up under a running bot: it says so everywhere, loses and doubles nothing, and goes on by itself."""

import asyncio
import json
import os
import resource
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer

from tests.e2e.caller import PageCaller, TeamsCaller
from tests.e2e.program import Program, program
from tests.fakes.connector import Connector, ConnectorServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER = "p020"
TEAMS_ASKER = "00000000-0000-0000-0000-000000000020"
FAILED_TURNS = 150


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def connector() -> AsyncIterator[Connector]:
    async with TestServer(ConnectorServer().app) as server, Connector(str(server.make_url(""))) as hand:
        yield hand


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heia(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    async with program(Path(tmp_path_factory.mktemp("heia")), HEIA_LOG_FORMAT="json") as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@contextmanager
def full(heia: Program) -> Iterator[None]:
    """Let no file of the program grow: without a disk of its own, that is as if there were no more room.

    The journal cannot take another byte, whoever runs the test; the log, which is shorter, still can.
    """
    journal = max((heia.folder / "data").glob("store-*.journal"), key=lambda each: each.stat().st_mtime)
    before = resource.prlimit(heia.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(heia.pid, resource.RLIMIT_FSIZE, (journal.stat().st_size, before[1]))
    try:
        yield
    finally:
        resource.prlimit(heia.pid, resource.RLIMIT_FSIZE, before)


async def ready(http: aiohttp.ClientSession, heia: Program) -> tuple[int, dict[str, Any]]:
    async with http.get(f"{heia.url}/readyz") as answer:
        return answer.status, await answer.json()


async def is_ready_again(http: aiohttp.ClientSession, heia: Program) -> None:
    async with asyncio.timeout(20):
        while (await ready(http, heia))[0] != 200:  # noqa: ASYNC110 - it heals by itself
            await asyncio.sleep(0.1)


async def failed_turns(http: aiohttp.ClientSession, heia: Program) -> float:
    async with http.get(f"{heia.url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("heia_turns_failed_total"))


def memory_bytes(heia: Program) -> int:
    pages = Path(f"/proc/{heia.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def doctor(heia: Program) -> list[dict[str, str]]:
    process = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("heia")), "doctor", "--json",
        env={
            **os.environ,
            "HEIA_SEMANTIC": "off",
            "HEIA_DATA_DIR": str(heia.folder / "data"),
            "HEIA_PORT": str(heia.port),
        },
        cwd=heia.folder,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await process.communicate()
    return list(json.loads(told)["findings"])


async def test_people_are_told_politely_and_what_they_send_again_counts_once(
    http: aiohttp.ClientSession, heia: Program, connector: Connector
) -> None:
    page = await PageCaller.of(http, heia.url, ASKER)
    asker = TeamsCaller(http, heia.messages, connector, TEAMS_ASKER)
    await asker.say("hei")
    answered = len(await asker.heard())
    message = asker.activity(text="når kommer office 365?", locale="nb-NO")
    said = {"type": "say", "id": "0b9ef1a4-1a3c-4a55-9d6e-3f7d7f0a9a01", "text": "når kommer office 365?"}
    with full(heia):
        status, _ = await asker.post(message)
        assert status == 503
        assert "får ikke lagret noe" in (await asker.heard())[-1]
        await page.socket.send_json(said)
        await page.hears("får ikke lagret noe")
    await is_ready_again(http, heia)
    for _ in range(3):
        assert (await asker.post(message))[0] == 200
        await page.socket.send_json(said)
    await page.hears('"type": "ack"')
    await page.ping()
    assert len(await asker.heard()) == answered + 2, "the apology and one answer"
    mine = [each for each in page.heard if "når kommer office 365?" in each and '"type": "said"' in each]
    assert len(mine) <= 1
    await page.close()


async def test_it_is_not_ready_counts_says_why_and_goes_on_by_itself(
    http: aiohttp.ClientSession, heia: Program, connector: Connector
) -> None:
    asker = TeamsCaller(http, heia.messages, connector, TEAMS_ASKER)
    before = await failed_turns(http, heia)
    with full(heia):
        assert (await asker.post(asker.activity(text="hei")))[0] == 503
        assert await ready(http, heia) == (503, {"status": "the store does not answer", "cause": "disk_full"})
        assert await failed_turns(http, heia) > before
        found = await doctor(heia)
    [told] = [each for each in found if each["area"] == "server" and each["state"] == "fail"]
    assert "the disk is full" in told["found"]
    assert "Make room" in told["advice"]
    await is_ready_again(http, heia)
    await asker.say("hei")


async def test_memory_stays_level_and_the_log_short_while_turns_fail(
    http: aiohttp.ClientSession, heia: Program, connector: Connector
) -> None:
    asker = TeamsCaller(http, heia.messages, connector, TEAMS_ASKER)
    with full(heia):
        await asyncio.gather(*(asker.post(asker.activity(text="hei")) for _ in range(20)))
        lines, before = heia.log.count("\n"), memory_bytes(heia)
        for _ in range(FAILED_TURNS):
            assert (await asker.post(asker.activity(text="hei")))[0] in {200, 503}
        after = memory_bytes(heia)
    assert after - before < 8_000_000
    assert heia.log.count("\n") - lines <= 3
    await is_ready_again(http, heia)


async def test_the_log_names_the_failure_and_the_recovery_once_each(http: aiohttp.ClientSession, heia: Program) -> None:
    await is_ready_again(http, heia)
    told = [json.loads(line) for line in heia.log.splitlines() if line.startswith("{")]
    about = [line for line in told if line.get("dependency") == "store"]
    assert [line["event"] for line in about] == ["dependency_failed", "dependency_healed"] * 3
    assert {line["cause"] for line in about} == {"disk_full"}
    [started] = [line for line in told if line["event"] == "started"]
    assert (started["store"], started["channels"]) == ("tiny", ["teams", "web"])
    assert started["version"]
