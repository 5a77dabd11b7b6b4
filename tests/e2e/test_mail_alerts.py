"""Alerts by e-mail from the started program to a real SMTP server, over a night, a crash and a change of mind."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, time, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio

from bot.content.index_builder import norwegian_holidays
from tests.e2e.caller import PATIENCE_SECONDS, PageCaller
from tests.e2e.program import Program, free_port, running
from tests.sentences import UNKNOWN
from tests.unit.alerts.mail_server import HOST, Mailbox, smtp_server

pytestmark = pytest.mark.asyncio(loop_scope="session")

ASKER, HELPER, OTHER_ASKER = "p020", "p021", "p158"
HELPERS_ADDRESS, ASKERS_ADDRESS = "ambassador.helse.nord.1@nes.example", "ansatt.helse.nord.1@nes.example"
OSLO = ZoneInfo("Europe/Oslo")
LAUNCHER = Path(__file__).with_name("shifted.py")


class Clock:
    """The clock of the program, set to a time of day."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._day = datetime.now(OSLO).date()
        holidays = norwegian_holidays(range(self._day.year, self._day.year + 2)).days
        while self._day.weekday() != 1 or {self._day, self._day + timedelta(days=1)} & set(holidays):
            self._day += timedelta(days=1)

    def set(self, hour: int, minute: int, second: int = 0, *, days: int = 0) -> None:
        """Let it be this time in Oslo, on a Tuesday or a number of days later."""
        moment = datetime.combine(self._day + timedelta(days=days), time(hour, minute, second), OSLO)
        self.file.write_text(str((moment - datetime.now(UTC)).total_seconds()), "utf-8")


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not holds():  # noqa: ASYNC110 - the program is another process
            await asyncio.sleep(0.05)


def to(mailbox: Mailbox, address: str) -> int:
    """Return how many e-mails an address got."""
    return sum(recipients == [address] for recipients, _ in mailbox.taken)


async def offers(http: aiohttp.ClientSession, heia: Program, asker_id: str, question: str) -> None:
    """Let somebody send a question; the helper of the same unit is offered it."""
    asker = await PageCaller.of(http, heia.url, asker_id)
    await asker.say(UNKNOWN)
    await asker.press("handoff.start", await asker.finds("handoff.start"))
    await asker.press("handoff.send", {**await asker.finds("handoff.send"), "question": question})
    await asker.hears("Ambassadør Helse Nord 1")
    await asker.close()


async def chooses(http: aiohttp.ClientSession, heia: Program, person_id: str) -> None:
    """Let a person choose alerts by e-mail."""
    page = await PageCaller.of(http, heia.url, person_id)
    await page.press("status.follow")
    assert "mail_alerts" in await page.hears("status.save")
    await page.press("status.save", {**await page.finds("status.save"), "mail_alerts": "true"})
    await page.close()


async def turns_off(http: aiohttp.ClientSession, heia: Program, person_id: str) -> None:
    """Let a person press the button of the page that ends the e-mails."""
    ours = {"Origin": heia.url}
    async with http.post(f"{heia.url}/chat/session", json={"as": person_id}, headers=ours) as answer:
        own = {"Authorization": f"Bearer {(await answer.json())['token']}"}
    async with http.get(f"{heia.url}/chat/alerts", headers=own) as answer:
        assert "Heia sender deg en e-post" in await answer.text()
    async with http.post(f"{heia.url}/chat/alerts", headers=ours | own) as answer:
        assert answer.status == 200
    async with http.get(f"{heia.url}/chat/alerts", headers=own) as answer:
        assert "Heia sender deg ingen e-post" in await answer.text()


async def test_offers_of_a_night_are_one_mail_in_the_morning_even_with_a_crash_and_none_after_a_change_of_mind(
    tmp_path: Path, http: aiohttp.ClientSession
) -> None:
    clock, taken = Clock(tmp_path / "clock"), asyncio.Event()

    async def answers_never() -> None:
        taken.set()
        await asyncio.Event().wait()

    mailbox = Mailbox(before_answer=answers_never)
    async with smtp_server(mailbox, tmp_path) as mail_port:
        heia = Program(
            tmp_path / "heia",
            under=(sys.executable, str(LAUNCHER), str(clock.file)),
            HEIA_SMTP_HOST=HOST,
            HEIA_SMTP_PORT=str(mail_port),
            HEIA_SMTP_CA_FILE=str(tmp_path / "server.pem"),
            HEIA_SMTP_SENDER="heia@nes.example",
            HEIA_PUBLIC_URL=f"http://127.0.0.1:{(port := free_port())}",
        )
        heia.port = port
        clock.set(19, 55)
        async with running(heia):
            for person_id in (HELPER, ASKER):
                await chooses(http, heia, person_id)
            for question in ("Kaffemaskinen brummer. Hvem ringer vi?", "Og hvem ringer vi om vaskemaskinen?"):
                await offers(http, heia, ASKER, question)
            clock.set(7, 59, 58, days=1)
            await heia.restart()
            await asyncio.wait_for(taken.wait(), PATIENCE_SECONDS)
            await heia.restart()
            mailbox.before_answer = None
            [(recipients, mail)] = mailbox.taken
            assert recipients == [HELPERS_ADDRESS]
            assert parsedate_to_datetime(mail["Date"]).astimezone(OSLO).hour == 8
            whole = mail.as_string() + mail.get_content()
            assert set(re.findall(r"\w+://[^\s>]*", whole)) == {f"{heia.url}/chat", f"{heia.url}/chat/alerts"}
            assert not re.search(r"maskinen|ringer|Helse Nord|p02[01]|handoff", whole)

            await turns_off(http, heia, HELPER)
            helper = await PageCaller.of(http, heia.url, HELPER)
            await helper.press("handoff.accept", await helper.finds("handoff.accept"))
            await helper.hears("handoff.resolve")
            await helper.say("Ring vaktmesteren.")
            await helper.close()
            await offers(http, heia, OTHER_ASKER, "Hvem ringer vi om ventilasjonen?")
            clock.set(9, 0, days=1)
            await heia.restart()
            await until(lambda: to(mailbox, ASKERS_ADDRESS))
            assert to(mailbox, HELPERS_ADDRESS) == 1
            assert "@nes.example" not in heia.log
            assert re.search(r"delivery_given_up.*unsure|unsure.*delivery_given_up", heia.log)
