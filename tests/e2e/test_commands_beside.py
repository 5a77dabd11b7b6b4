"""Commands while ``heia serve`` runs on the data folder: they use the bot's store, and the bot sees what they did."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot.channels.web.chat.conversation import SIGNED_OUT
from bot.stores.remote.store import RemoteStore
from tests.e2e import forked
from tests.e2e.caller import PageCaller
from tests.e2e.program import Program

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEAVER, STAYS, DELETED = "p028", "p020", "p029"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    async with forked.program(Path(tmp_path_factory.mktemp("beside"))) as started:
        code, _, err = await heia(started, "registry", "export", "people.csv")
        assert code == 0, err
        code, _, err = await heia(started, "backup", "first.tar.gz")  # it signs a head, as the bot does within a minute
        assert code == 0, err
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def command(bot: Program, *words: str, **settings: str) -> asyncio.subprocess.Process:
    """Start a command in the bot's folder."""
    return await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("heia")), *words,
        env=os.environ | {"HEIA_DATA_DIR": str(bot.folder / "data"), "COLUMNS": "200"} | settings,
        cwd=bot.folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def heia(bot: Program, *words: str, **settings: str) -> tuple[int, str, str]:
    """Run a command beside the bot; return exit code, output and errors."""
    return await forked.heia(bot.folder, *words, COLUMNS="200", **settings)


def people_file(bot: Program, *, without: str = "nobody", add: int = 0) -> str:
    """Write the registry's file with changes; return its name."""
    lines = (bot.folder / "people.csv").read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{without},")]
    _, _, *place = next(line for line in lines if line.startswith(f"{STAYS},")).split(",")
    blank = "," * (lines[0].count(",") - 3)
    kept += [f"new{number:05},Ansatt {number},{place[0]},{place[1]}{blank}\n" for number in range(add)]
    name = f"people-{without}-{add}.csv"
    (bot.folder / name).write_text("".join(kept), "utf-8")
    return name


@asynccontextmanager
async def store_of(bot: Program) -> AsyncIterator[RemoteStore]:
    """The running bot's store, as a command uses it."""
    store = RemoteStore(data_dir=bot.folder / "data", version=version("heia"))
    await store.open()
    yield store
    await store.close()


async def people_in(bot: Program) -> int:
    """Return the number of people in the running bot's store."""
    async with store_of(bot) as store:
        return await store.count("person", "all")


@asynccontextmanager
async def half_an_import(bot: Program, add: int) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start an import of many people, and yield when it has committed a part."""
    async with store_of(bot) as store:
        before = await store.count("person", "all")
        importing = await command(bot, "registry", "import", people_file(bot, add=add), "--yes")
        while await store.count("person", "all") == before:
            assert importing.returncode is None, await importing.communicate()
            await asyncio.sleep(0.01)
    assert importing.returncode is None, "the import was over before it could be stopped"
    yield importing
    await importing.wait()


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (("announce", "list"), "title"),
        (("kb", "additions"), "addition"),
        (("privacy", "export", STAYS), STAYS),
        (("audit", "verify"), "in order"),
        (("ask", "når kommer office 365?"), "answer"),
    ],
)
async def test_a_command_works_while_the_bot_runs(bot: Program, words: tuple[str, ...], printed: str) -> None:
    code, out, err = await heia(bot, *words, HEIA_SEMANTIC="off")
    assert code == 0, err
    assert printed in out
    assert "left out" not in err


async def test_doctor_looks_into_the_store_of_the_running_bot(bot: Program) -> None:
    _, out, _ = await heia(bot, "doctor", "--json")
    found = [each["found"] for each in json.loads(out)["findings"]]
    assert any(re.search(r"\d records, \d+ deliveries", each) for each in found), found


async def test_an_import_signs_the_leaver_out_and_names_the_person_behind_sudo(
    http: aiohttp.ClientSession, bot: Program
) -> None:
    leaver, stays = await PageCaller.of(http, bot.url, LEAVER), await PageCaller.of(http, bot.url, STAYS)
    file = people_file(bot, without=LEAVER)
    code, _, err = await heia(bot, "registry", "import", file, "--yes", "--most-removed", "50", SUDO_USER="anne.drift")
    assert code == 0, err
    assert await leaver.ended() == SIGNED_OUT
    await stays.say("når kommer office 365?")
    await stays.hears("Eksempel: Office 365 med Teams, Outlook og OneDrive")
    _, listed, _ = await heia(bot, "audit", "--act", "registry.imported", "--csv")
    assert "operator:anne.drift" in listed.splitlines()[-1]
    await leaver.close()
    await stays.close()


async def test_a_person_deleted_by_a_command_is_gone_from_the_running_bot(
    http: aiohttp.ClientSession, bot: Program
) -> None:
    page = await PageCaller.of(http, bot.url, DELETED)
    await page.say("hvor er den lilla hemmeligheten?")
    await page.hears("lilla hemmeligheten")
    code, out, err = await heia(bot, "privacy", "delete", DELETED, "--yes")
    assert code == 0, err
    assert "Receipt" in out
    assert await page.ended() == SIGNED_OUT
    code, out, _ = await heia(bot, "privacy", "prove-erasure", DELETED, "--also", "lilla hemmeligheten")
    # Applications of sample people have the same words: they are listed for somebody to judge.
    assert code == 3, out
    assert "Dette står igjen, med grunn" in out
    await page.close()


async def test_a_backup_beside_the_bot_can_be_restored(bot: Program, tmp_path: Path) -> None:
    again = {"HEIA_DATA_DIR": str(tmp_path / "again")}
    code, _, err = await heia(bot, "restore", "first.tar.gz", **again)
    assert code == 0, err
    code, out, _ = await heia(bot, "audit", "verify", **again)
    assert (code, "in order" in out) == (0, True), out
    _, people, _ = await heia(bot, "registry", "export", "-", **again)
    assert len(people.splitlines()) > 10


async def test_people_are_answered_during_an_import_and_a_killed_one_goes_on(
    http: aiohttp.ClientSession, bot: Program
) -> None:
    page = await PageCaller.of(http, bot.url, STAYS)
    async with half_an_import(bot, 8_000) as importing:
        await page.say("når kommer office 365?")
        await page.hears("Eksempel: Office 365 med Teams, Outlook og OneDrive")
        importing.send_signal(signal.SIGKILL)
    part = await people_in(bot)
    code, out, _ = await heia(bot, "audit", "verify")
    assert (code, "in order" in out) == (0, True), out
    code, _, err = await heia(bot, "registry", "import", people_file(bot, add=8_000), "--yes")
    assert code == 0, err
    assert part < 8_000 < await people_in(bot)
    await page.close()


async def test_a_stopped_bot_ends_the_command_and_the_next_opens_the_store_itself(tmp_path: Path) -> None:
    async with forked.program(tmp_path) as bot:
        await heia(bot, "registry", "export", "people.csv")
        async with half_an_import(bot, 8_000) as importing:
            assert await bot.stop() == 0
            _, err = await importing.communicate()
        assert importing.returncode == 3, err.decode()
        assert "The bot stopped while the command worked." in err.decode()
        assert "Traceback" not in err.decode()
        code, out, err_ = await heia(bot, "audit", "verify")
        assert code == 0, out + err_


async def test_a_command_started_with_the_bot_waits_for_it(tmp_path: Path) -> None:
    bot = Program(tmp_path)
    starting = asyncio.create_task(bot.start())
    code, _, err = await heia(bot, "registry", "coverage")
    await starting
    await bot.kill()
    assert code == 0, err
