"""A directory in Entra ID at the running program: first run, changes, and a leaver whose page ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Final

import aiohttp
import pytest
import pytest_asyncio

from bot.channels.web.chat.conversation import SIGNED_OUT
from dialogs.core.person import account_person_id
from tests.e2e.caller import PageCaller
from tests.e2e.forked import program
from tests.e2e.program import Program
from tests.e2e.test_commands_beside import heia
from tests.fakes.graph import CLIENT, SECRET, TENANT, FakeGraph, object_id, served_graph

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILE: Final = """
minutes = 0.02

[[source]]
municipality = "nes"
tenant_id = "{tenant}"
client_id = "{client}"
secret = "{secret}"
stand_in = "{origin}"
roles = {{"Heia kunngjørere" = "announcer"}}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def graph() -> AsyncIterator[FakeGraph]:
    async with served_graph(FakeGraph(page=3, sparse=True)) as made:
        made.group(90_901, "Heia kunngjørere")
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory, graph: FakeGraph) -> AsyncIterator[Program]:
    folder = Path(tmp_path_factory.mktemp("graph"))
    text = FILE.format(tenant=TENANT, client=CLIENT, secret=SECRET, origin=graph.origin)
    (folder / "graph.toml").write_text(text, "utf-8")
    async with program(folder, HEIA_GRAPH_FILE=str(folder / "graph.toml")) as started:
        yield started


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110 - a process of its own
            await asyncio.sleep(0.2)


async def test_a_directory_is_read_followed_and_its_leaver_is_signed_out(bot: Program, graph: FakeGraph) -> None:
    file = str(bot.folder / "graph.toml")

    async def run(*words: str) -> tuple[int, str, str]:
        return await heia(bot, "directory", "graph", "nes", *words, HEIA_GRAPH_FILE=file)

    for number in range(70_001, 70_008):
        graph.put(number, department="Kornmoen skole", displayName=f"Lærer {number}")
    graph.put(70_008, jobTitle="Elev")
    graph.join(object_id(90_901), object_id(70_001))

    code, out, err = await run("--dry-run")
    assert code == 0, err
    assert "7 new" in out
    assert "Left out, pupil: 1" in out
    _, shown, _ = await heia(bot, "registry", "show", object_id(70_001))
    assert "Lærer 70001" not in shown
    code, _, err = await run("--yes")
    assert code == 0, err
    _, shown, err = await heia(bot, "registry", "show", object_id(70_001))
    assert all(word in shown for word in ("Lærer 70001", "Kornmoen skole", "announcer")), shown + err
    _, shown, _ = await heia(bot, "registry", "show", object_id(70_008))
    assert "Elev" not in shown

    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        _, waits, _ = await heia(bot, "directory", "waiting", "nes")
        assert waits == ""
        page = await PageCaller.of(http, bot.url, person_id(70_001))
        graph.put(70_002, displayName="Nytt Navn")
        graph.put(70_001, accountEnabled=False)
        assert await page.ended() == SIGNED_OUT
        await page.close()

        async def is_renamed() -> bool:
            _, shown, _ = await heia(bot, "registry", "show", object_id(70_002))
            return "Nytt Navn" in shown

        await until(is_renamed)
        async with http.get(f"{bot.url}/metrics") as answer:
            assert 'heia_directory_run_timestamp_seconds{directory="graph/nes"}' in await answer.text()
    code, audit, _ = await heia(bot, "audit")
    assert code == 0
    assert "scim.user_deactivated" in audit
    assert SECRET not in bot.log + audit


async def test_a_refused_secret_is_named_by_entras_code(bot: Program, graph: FakeGraph) -> None:
    text = (bot.folder / "graph.toml").read_text("utf-8").replace(SECRET, "wrong-secret")
    (bot.folder / "wrong.toml").write_text(text, "utf-8")

    async def is_refused() -> bool:
        code, _, err = await heia(
            bot, "directory", "graph", "nes", "--dry-run", HEIA_GRAPH_FILE=str(bot.folder / "wrong.toml")
        )
        assert "wrong-secret" not in err
        return code == 1 and "AADSTS7000215" in err  # or the bot reads just now

    await until(is_refused)


def person_id(number: int) -> str:
    return account_person_id(TENANT, object_id(number))
