"""An account from its first to its last day at the running program: person, role, page, and the end of all three."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio

from bot.channels.web.chat.conversation import SIGNED_OUT
from tests.e2e.caller import PageCaller
from tests.e2e.forked import program
from tests.e2e.program import Program
from tests.e2e.test_commands_beside import heia

pytestmark = pytest.mark.asyncio(loop_scope="module")

TENANT, OBJECT = "99999999-9999-4999-8999-999999999999", "00000000-0000-4000-8000-0000009000a1"
USER, GROUP = "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:core:2.0:Group"
WORK: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
PATCH: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
FILE: Final = f"""
[[source]]
municipality = "nes"
tenant_id = "{TENANT}"
roles = {{"Heia kunngjørere" = "announcer"}}

[[source]]
municipality = "eidsvoll"
"""
ADMINISTRATOR: Final = "p050"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def bot(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    folder = Path(tmp_path_factory.mktemp("scim"))
    (folder / "scim.toml").write_text(FILE, "utf-8")
    async with program(folder, HEIA_SCIM_FILE=str(folder / "scim.toml")) as started:
        yield started


async def test_a_person_comes_gets_a_role_and_leaves_within_the_running_bot(bot: Program) -> None:
    file = str(bot.folder / "scim.toml")
    code, token, err = await heia(bot, "scim", "token", "new", "nes", HEIA_SCIM_FILE=file)
    assert code == 0, err
    headers = {"Authorization": f"Bearer {token.strip()}"}
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:

        async def scim(method: str, path: str, body: Any) -> Any:
            async with http.request(method, f"{bot.url}/scim/v2{path}", json=body, headers=headers) as answer:
                assert answer.status in {200, 201}, await answer.text()
                return await answer.json(content_type=None)

        user = await scim(
            "POST", "/Users",
            {
                "schemas": [USER, WORK], "externalId": OBJECT, "userName": "kari@nes.example", "displayName": "Kari Ny",
                WORK: {"department": "Finnes ikke"},
            },
        )  # fmt: skip
        _, unplaced, _ = await heia(bot, "scim", "unplaced", "nes")
        assert "Finnes ikke" in unplaced
        move = {"op": "Replace", "path": f"{WORK}:department", "value": "Kornmoen skole"}
        await scim("PATCH", f"/Users/{user['id']}", {"schemas": [PATCH], "Operations": [move]})
        group = {"schemas": [GROUP], "displayName": "Heia kunngjørere", "members": [{"value": user["id"]}]}
        await scim("POST", "/Groups", group)
        _, shown, err = await heia(bot, "registry", "show", OBJECT)
        assert all(word in shown for word in ("Kari Ny", "Kornmoen skole", "announcer")), shown + err

        page = await PageCaller.of(http, bot.url, unplaced.split("\t")[0])
        leave = {"op": "Replace", "path": "active", "value": "False"}
        answer = await scim("PATCH", f"/Users/{user['id']}", {"schemas": [PATCH], "Operations": [leave]})
        assert answer["active"] is False
        assert await page.ended() == SIGNED_OUT
        code, audit, _ = await heia(bot, "audit")
        assert code == 0
        assert "scim.user_deactivated" in audit
        assert token.strip() not in bot.log + audit
        await page.close()


@dataclass(frozen=True, slots=True)
class Sender:
    """A municipality's directory."""

    http: aiohttp.ClientSession
    bot: Program
    token: str

    async def send(self, method: str, path: str, body: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.token.strip()}"}
        url = f"{self.bot.url}/scim/v2{path}"
        async with self.http.request(method, url, json=body, headers=headers) as answer:
            assert answer.status in {200, 201}, await answer.text()
            return await answer.json(content_type=None)


async def until_gone(words: str, bot: Program, *command: str) -> None:
    """Return when the command prints these words no more."""
    async with asyncio.timeout(10):
        while words in "".join((await heia(bot, *command))[1:]):  # noqa: ASYNC110 - another process works
            await asyncio.sleep(0.2)


def account(number: int, department: str) -> dict[str, Any]:
    return {
        "schemas": [USER, WORK], "externalId": f"e{number}", "userName": f"ansatt{number}@eidsvoll.example",
        "displayName": f"Ansatt {number}", WORK: {"department": department},
    }  # fmt: skip


async def test_an_administrator_approves_in_the_chat_what_waits(bot: Program) -> None:
    file = str(bot.folder / "scim.toml")
    code, token, err = await heia(bot, "scim", "token", "new", "eidsvoll", HEIA_SCIM_FILE=file)
    assert code == 0, err
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        page = await PageCaller.of(http, bot.url, ADMINISTRATOR)
        directory = Sender(http, bot, token)
        users = [await directory.send("POST", "/Users", account(n, "")) for n in range(12)]
        leave = {"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
        for user in users[:11]:
            await directory.send("PATCH", f"/Users/{user['id']}", leave)
        shown = await page.finds("removals.show")
        async with http.get(f"{bot.url}/metrics") as answer:
            assert 'heia_waiting_removals{municipality="eidsvoll"} 1.0' in await answer.text()
        await page.press("removals.show", shown)
        await page.press("removals.approve", await page.finds("removals.approve"))
        await until_gone("1 removals wait", bot, "scim", "waiting", "eidsvoll")
        await page.close()
    _, audit, _ = await heia(bot, "audit")
    assert "removals.approved" in audit
    assert "scim.removal_approved" in audit


async def test_a_new_line_in_the_file_places_people_at_the_next_start(bot: Program) -> None:
    file = bot.folder / "scim.toml"
    _, token, _ = await heia(bot, "scim", "token", "new", "eidsvoll", HEIA_SCIM_FILE=str(file))
    async with aiohttp.ClientSession() as http:
        await Sender(http, bot, token).send("POST", "/Users", account(90, "Avdeling uten navn"))
    _, unplaced, _ = await heia(bot, "scim", "unplaced", "eidsvoll")
    assert "e90\tAvdeling uten navn" in unplaced
    file.write_text(f'{FILE}units = {{"Avdeling uten navn" = "eidsvoll-adm-service"}}\n', "utf-8")
    await bot.restart()
    await until_gone("e90", bot, "scim", "unplaced", "eidsvoll")
    _, shown, _ = await heia(bot, "registry", "show", "e90")
    assert "eidsvoll-adm-service" in shown


async def test_without_a_file_there_is_no_scim_server(tmp_path: Path) -> None:
    async with program(tmp_path) as started, aiohttp.ClientSession() as http:
        answer = await http.get(f"{started.url}/scim/v2/Users")
        assert answer.status == 404
