"""Several processes over one database: two that answer, and others that deliver and do what is due."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from bot.channels.web.chat.conversation import SIGNED_OUT
from tests.confined import behind
from tests.contract.postgres_server import wheel_server
from tests.e2e import forked
from tests.e2e.caller import PageCaller, TeamsCaller
from tests.e2e.program import Program
from tests.fakes.connector import Connector

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKER, NEAREST, ANNOUNCER = "p020", "p021", "p023"
LEAVER, LEAVER_OBJECT, DEMOTED = "p028", "00000000-0000-4000-8000-000000000028", "p024"
DELETED = "p029"
ASKER_OBJECT = "00000000-0000-0000-0000-000000000020"


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What runs: ``one`` and ``two`` answer, ``work`` does the rest."""

    one: Program
    two: Program
    work: Program


def settings_of(database: str) -> dict[str, str]:
    """Return what every process is started with."""
    return {
        "HEIA_DATABASE_URL": database,
        "HEIA_WORK_APART": "true",
        "HEIA_WEB_KEY": "k" * 32,
        "HEIA_LEAVER_KEY": "l" * 32,
    }


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    with wheel_server() as server, server.database() as url:
        yield url


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder, settings = Path(tmp_path_factory.mktemp("house")), settings_of(database)
    one, two = (forked.ForkedProgram(folder / name, **settings) for name in ("one", "two"))
    work = Program(folder / "work", command="work", under=behind("heia-work"), **settings)
    for each in (one, two, work):
        await each.start()
    yield House(one=one, two=two, work=work)
    for each in (work, two, one):
        await each.kill()


@pytest_asyncio.fixture(loop_scope="module")
async def spare(database: str, tmp_path: Path) -> AsyncIterator[Program]:
    """One more at work."""
    async with forked.program(tmp_path, command="work", **settings_of(database)) as started:
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def published(announcer: PageCaller, title: str, body: str) -> None:
    """Send an announcement to everybody of the announcer's municipality."""
    await announcer.press("announce.new")
    draft = await announcer.finds("announce.preview")
    await announcer.press("announce.preview", {**draft, "title_nb": title, "body_nb": body})
    await announcer.press("announce.send", await announcer.finds("announce.send"))


async def test_what_one_page_says_and_hears_the_persons_other_page_shows(
    http: aiohttp.ClientSession, house: House
) -> None:
    here, there = await PageCaller.of(http, house.one.url, ASKER), await PageCaller.of(http, house.two.url, ASKER)
    await here.say("når kommer office 365?")
    await there.hears("når kommer office 365?")
    await there.hears("Eksempel: Office 365 med Teams, Outlook og OneDrive")
    await here.close()
    await there.close()


async def test_an_announcement_and_its_correction_and_recall_reach_pages_of_another_process(
    http: aiohttp.ClientSession, house: House
) -> None:
    announcer = await PageCaller.of(http, house.one.url, ANNOUNCER)
    reader = await PageCaller.of(http, house.two.url, ASKER)
    await published(announcer, "Heisen står", "Bruk trappa.")
    await reader.hears("Bruk trappa.")
    await announcer.hears("Sendt")
    await announcer.press("announce.correct", await announcer.finds("announce.correct"))
    form = await announcer.finds("announce.corrected")
    await announcer.press(
        "announce.corrected", {**form, "title_nb": "Heisen går", "body_nb": "Ta heisen igjen.", "sure": "true"}
    )
    await reader.hears("Ta heisen igjen.")
    await announcer.press("announce.recall", await announcer.finds("announce.recall"))
    await announcer.press("announce.recalled", await announcer.finds("announce.recalled"))
    await reader.hears('"type": "gone"')
    await announcer.close()
    await reader.close()


async def test_what_is_owed_while_nobody_is_at_work_arrives_once_when_somebody_is(
    http: aiohttp.ClientSession, house: House
) -> None:
    announcer = await PageCaller.of(http, house.two.url, ANNOUNCER)
    reader = await PageCaller.of(http, house.one.url, ASKER)
    await house.work.kill()
    await published(announcer, "Nøkler", "Hent nøkkelen i resepsjonen.")
    await asyncio.sleep(1)
    await reader.ping()
    assert not reader.slots("Hent nøkkelen")
    await house.work.start()
    await reader.hears("Hent nøkkelen i resepsjonen.")
    await announcer.hears("Sendt")
    assert len(reader.slots("Hent nøkkelen")) == 1
    await announcer.close()
    await reader.close()


async def test_another_goes_on_where_one_at_work_is_killed(
    http: aiohttp.ClientSession, house: House, spare: Program
) -> None:
    announcer = await PageCaller.of(http, house.one.url, ANNOUNCER)
    reader = await PageCaller.of(http, house.two.url, ASKER)
    await house.work.kill()
    await published(announcer, "Kantina", "Kantina har åpent.")
    await reader.hears("Kantina har åpent.")
    await house.work.start()
    await announcer.close()
    await reader.close()


async def test_two_who_accept_on_different_processes_at_once_see_one_outcome(
    http: aiohttp.ClientSession, house: House, connector: Connector
) -> None:
    asker = TeamsCaller(http, house.one.messages, connector, ASKER_OBJECT)
    here, there = await PageCaller.of(http, house.one.url, NEAREST), await PageCaller.of(http, house.two.url, NEAREST)
    await asker.press("handoff.start")
    button = {"handoff_id": re.findall(r'"handoff_id": "([^"]+)"', (await asker.heard())[-1])[-1]}
    await asker.press("handoff.send", {**button, "question": "Hvem har nøkkelen?"})
    await here.hears("Hvem har nøkkelen?")
    await there.hears("Hvem har nøkkelen?")
    await asyncio.gather(here.press("handoff.accept", button), there.press("handoff.decline", button))
    await asker.press("handoff.mine")
    listed = json.loads(await asker.hears("Hvem har nøkkelen?: "))["summary"]
    [standing] = re.findall(r"Hvem har nøkkelen\?: (.*)", listed)
    assert "hjelper deg nå" in standing or "Sendt til" in standing
    await asker.press("handoff.withdraw", button)
    await here.close()
    await there.close()


async def test_signing_out_ends_the_pages_of_every_process(house: House) -> None:
    one, headers = house.one.url, {"Origin": house.one.url}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        await browser.post(f"{one}/chat/guest", headers=headers)
        page = await PageCaller.open(browser, house.two.url, None)
        await browser.post(f"{one}/chat/leave", headers=headers)
        assert await page.ended() == SIGNED_OUT


async def heia(folder: Path, database: str, *arguments: str, **settings: str) -> tuple[int, str]:
    """Run a command of the operator on another machine; return its exit code and what it printed."""
    code, printed, errors = await forked.heia(folder, *arguments, **(settings_of(database) | settings))
    return code, printed + errors


async def test_pages_and_links_of_who_leaves_or_loses_a_role_end_in_every_process(
    http: aiohttp.ClientSession, house: House, database: str, connector: Connector, tmp_path: Path
) -> None:
    """A page looks by itself every five minutes only, far beyond the patience here: it must have been told."""
    leaver, stays = await PageCaller.of(http, house.one.url, LEAVER), await PageCaller.of(http, house.two.url, ASKER)
    also, demoted = await PageCaller.of(http, house.two.url, LEAVER), await PageCaller.of(http, house.two.url, DEMOTED)
    await leaver.hears('"type": "arrived"')
    _, printed = await heia(tmp_path, database, "registry", "link", LEAVER)
    unused = printed.strip().partition("token=")[2]
    await heia(tmp_path, database, "registry", "export", "people.csv")
    people = (tmp_path / "people.csv").read_text("utf-8").splitlines(keepends=True)
    kept = [line.replace("contact", "") if line.startswith(DEMOTED) else line for line in people]
    (tmp_path / "people.csv").write_text("".join(line for line in kept if not line.startswith(LEAVER)), "utf-8")
    code, told = await heia(tmp_path, database, "registry", "import", "people.csv", "--yes")
    assert code == 0, told
    assert [await page.ended() for page in (leaver, also, demoted)] == [SIGNED_OUT] * 3
    await stays.ping()
    for url in (house.one.url, house.two.url):
        form, headers = {"token": unused}, {"Origin": url}
        async with http.post(f"{url}/chat/enter", data=form, headers=headers, allow_redirects=False) as answer:
            assert answer.status == 403
    teams = TeamsCaller(http, house.one.messages, connector, LEAVER_OBJECT)
    for verb in ("ambassador.mine", "handoff.start", "profile.place"):
        await teams.press(verb)
    assert sum("ikke lenger i personalregisteret" in message for message in await teams.heard()) == 3
    await teams.press("profile.municipality", {"municipality": "hurdal"})
    await teams.say("Når kommer Office 365?")
    await teams.hears("Eksempel: Office 365 med Teams, Outlook og OneDrive")
    await stays.close()


async def test_deleting_a_persons_data_ends_their_pages_in_every_process(
    http: aiohttp.ClientSession, house: House, database: str, tmp_path: Path
) -> None:
    here, there = await PageCaller.of(http, house.one.url, DELETED), await PageCaller.of(http, house.two.url, DELETED)
    await here.press("privacy.erase_now")
    assert [await page.ended() for page in (here, there)] == [SIGNED_OUT] * 2
    await here.hears("Nå er det slettet.")
    again = await PageCaller.of(http, house.two.url, DELETED)
    code, told = await heia(tmp_path, database, "privacy", "erase", DELETED, "--yes")
    assert code == 0, told
    assert await again.ended() == SIGNED_OUT


async def test_a_machine_with_a_leaver_key_of_its_own_changes_nothing(
    database: str, house: House, tmp_path: Path
) -> None:
    assert house.one.pid
    await heia(tmp_path, database, "registry", "export", "people.csv")
    people = (tmp_path / "people.csv").read_text("utf-8").splitlines(keepends=True)
    (tmp_path / "people.csv").write_text("".join(people[:-1]), "utf-8")
    code, told = await heia(tmp_path, database, "registry", "import", "people.csv", "--yes", HEIA_LEAVER_KEY="x" * 32)
    assert (code, "HEIA_LEAVER_KEY" in told) == (3, True)
    await heia(tmp_path, database, "registry", "export", "after.csv")
    assert (tmp_path / "after.csv").read_text("utf-8") == "".join(people)


async def test_whoever_is_at_work_tells_how_it_is_doing(http: aiohttp.ClientSession, house: House) -> None:
    for path in ("healthz", "readyz", "metrics"):
        async with http.get(f"{house.work.url}/{path}") as answer:
            assert answer.status == 200, path
    async with http.get(f"{house.work.url}/chat") as answer:
        assert answer.status == 404
