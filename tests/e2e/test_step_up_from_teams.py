"""An announcement to many, begun in Teams, continues on the web after a fresh sign-in at a real provider."""

import csv
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import aiohttp
import pytest
import pytest_asyncio

from tests.e2e.caller import TENANT, PageCaller, TeamsCaller, buttons_of
from tests.e2e.forked import ForkedProgram
from tests.e2e.program import Program, free_port
from tests.e2e.signing_in import Browser, imported
from tests.fakes.connector import Connector
from tests.fakes.real_provider import SECRET, real_provider

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANNOUNCER, OBJECT = "kunngjorer-1", "00000000-0000-4000-8000-00000000aaaa"
MANY: Final = 520
TITLE: Final = "Nytt intranett fra mandag"
FILE: Final = """
[[provider]]
id = "nes"
names = {{nb = "Nes kommune"}}
issuer = "{issuer}"
client_id = "heia"
secret = "{secret}"
municipalities = ["nes"]
"""


def write_registry(file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        rows = csv.writer(lines)
        rows.writerow(
            ("person_id", "name", "municipality", "unit", "roles", "language", "object_id", "tenant_id", "email")
        )
        rows.writerow((ANNOUNCER, "Kunngjører Nes", "nes", "nes-skole", "employee;announcer", "nb", OBJECT, TENANT, ""))
        rows.writerows(
            (f"ansatt-{n}", f"Ansatt {n}", "nes", "nes-skole", "employee", "nb", "", "", "") for n in range(MANY)
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def heia(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    folder = Path(tmp_path_factory.mktemp("stepup"))
    port = free_port()
    (folder / "signin.toml").write_text(FILE.format(issuer=f"http://127.0.0.1:{port}", secret=SECRET), "utf-8")
    write_registry(folder / "people.csv")
    await imported(folder, folder / "people.csv")
    web = free_port()
    program = ForkedProgram(
        folder,
        HEIA_SIGNIN_FILE=str(folder / "signin.toml"),
        HEIA_STEP_UP_HOURS="8",
        HEIA_PUBLIC_URL=f"http://127.0.0.1:{web}",
    )
    program.port = web
    await program.start()
    try:
        async with real_provider(
            port=port, redirect_uris=[f"{program.url}/signin/nes/callback"], accounts={ANNOUNCER: {}}
        ):
            yield program
    finally:
        await program.kill()


async def test_the_draft_survives_and_is_sent_from_the_web(
    heia: Program, connector: Connector, http: aiohttp.ClientSession
) -> None:
    teams = TeamsCaller(http, heia.messages, connector, OBJECT)
    await teams.press("announce.new")
    form = buttons_of(await teams.hears("announce.preview"))["announce.preview"]
    await teams.press(
        "announce.preview", {**form, "title_nb": TITLE, "body_nb": "Vi flytter alt.", "municipalities": "nes"}
    )
    draft = buttons_of(await teams.hears("announce.send"))["announce.send"]
    told = await teams.press("announce.send", draft)
    assert f"{heia.url}/signin/again" in told + "".join(await teams.heard())
    browser = Browser(heia, "nes")
    try:
        away = await browser.ask("GET", "/signin/again")
        assert away.headers["Location"] == "/signin?fresh=1"
        assert 'href="/signin/nes?fresh=1"' in await (await browser.ask("GET", "/signin?fresh=1")).text()
        assert await browser.enter(ANNOUNCER, query="?fresh=1") == "/chat"
        page = await PageCaller.open(browser.http, heia.url, None)
        assert page.person_id == ANNOUNCER, "one person in Teams and on the web"
        waiting = await page.finds("announce.send")
        assert waiting["announcement_id"] == draft["announcement_id"], "the draft from Teams"
        answer = await page.press("announce.send", waiting, slot=next(iter(slots_with(page, "announce.send"))))
        assert not answer.get("notice"), answer
        await page.hears("Sendes nå")
        await page.close()
        reader = await PageCaller.of(http, heia.url, "ansatt-7")
        await reader.hears(TITLE)
        await reader.close()
        await teams.hears("Sendes nå")  # the card in Teams moves as well
    finally:
        await browser.http.close()


async def test_a_sign_in_that_nobody_dated_does_not_do(heia: Program, http: aiohttp.ClientSession) -> None:
    """An ordinary sign-in here says nothing of when the person proved themselves."""
    browser = Browser(heia, "nes")
    try:
        assert await browser.enter(ANNOUNCER) == "/chat"
        page = await PageCaller.open(browser.http, heia.url, None)
        await page.press("announce.new")
        form = await page.finds("announce.preview")
        await page.press("announce.preview", {**form, "title_nb": "Andre", "body_nb": "Mer.", "municipalities": "nes"})
        await page.press("announce.send", await page.finds("announce.send"))
        await page.hears("/signin/again")
        await page.close()
        assert (await browser.ask("GET", "/signin/again")).headers["Location"] == "/signin/nes?fresh=1&next=/chat"
    finally:
        await browser.http.close()


def slots_with(page: PageCaller, verb: str) -> set[str]:
    """Return the slots of the greeting's messages that have a button with this verb."""
    entries = page.hello["entries"]
    return {each["slot"] for each in entries if each.get("type") == "message" and verb in str(each["message"]["card"])}
