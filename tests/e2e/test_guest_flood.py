"""Guests over the real program: what they cannot read, and that a crowd of them leaves room for everybody else."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from dialogs.handoff.limits import MAX_DRAFTS, MAX_OPEN
from tests.e2e.caller import PageCaller
from tests.e2e.chat import Chat
from tests.e2e.forked import program
from tests.e2e.program import Program
from tests.unit.images.pictures import drawn, file_of

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANNOUNCER, EMPLOYEE = "p023", "p020"
UNIT = "nes-adm-service"
SECRET = "Juletreet er tent"
REFUSED = "Spørsmålet er ikke sendt"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def heia(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    async with program(Path(tmp_path_factory.mktemp("flood"))) as started:
        yield started


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def placed(heia: Program) -> PageCaller:
    """Open the page as a guest who says they work in the service office."""
    guest = await PageCaller.guest(heia.url)
    await guest.press("profile.municipality", {"municipality": "nes"})
    await guest.press("profile.unit", {"unit": UNIT})
    return guest


async def drafted(page: PageCaller) -> str:
    """Begin a question to a colleague and return its id."""
    before = len(page.heard)
    await page.press("handoff.start")
    async with asyncio.timeout(10):
        while True:
            for frame in map(json.loads, page.heard[before:]):
                if frame["type"] == "message" and "handoff.send" in json.dumps(frame):
                    return str(frame["slot"].split("/")[1])
            await asyncio.sleep(0.02)


async def send(page: PageCaller, handoff_id: str) -> str | None:
    answer = await page.press("handoff.send", {"handoff_id": handoff_id, "question": "Hei\u202e på deg?"})
    notice: str | None = answer["notice"]
    return notice


def newest(page: PageCaller, verb: str) -> dict[str, str]:
    """Return slot, announcement and edition of the newest card with this button."""
    text = next(text for text in reversed(page.heard) if f'"{verb}"' in text)
    found = {name: re.search(rf'"{name}": ?"?([\w-]+)', text) for name in ("announcement_id", "edition")}
    return {name: match[1] for name, match in found.items() if match} | {"slot": json.loads(text)["slot"]}


async def test_a_guest_with_a_unit_reads_no_announcement(heia: Program, http: aiohttp.ClientSession) -> None:
    announcer, employee = await PageCaller.of(http, heia.url, ANNOUNCER), await PageCaller.of(http, heia.url, EMPLOYEE)
    await announcer.press("announce.new")
    await announcer.hears("announce.preview")
    card = newest(announcer, "announce.preview")
    slot = card.pop("slot")
    await announcer.press("announce.preview", {**card, "title_nb": "Internt", "body_nb": SECRET}, slot=slot)
    button = await announcer.finds("announce.send")
    await announcer.press("announce.send", button, slot=newest(announcer, "announce.send")["slot"])
    await employee.hears(SECRET)
    guest = await placed(heia)
    await guest.say("status")
    for verb in ("announce.ask", "announce.confirm", "announce.report"):
        await guest.press(verb, {"announcement_id": card["announcement_id"], "edition": "1"})
    await guest.say("når er det oppe igjen?")
    await guest.hears("ask.")
    assert not any(SECRET in frame for frame in guest.heard)
    for page in (announcer, employee, guest):
        await page.close()


async def test_a_crowd_of_guests_leaves_every_helper_a_place_for_colleagues(
    heia: Program, http: aiohttp.ClientSession
) -> None:
    greedy = await placed(heia)
    drafts = [await drafted(greedy) for _ in range(MAX_DRAFTS + 7)]
    answers = [await send(greedy, id_) for id_ in drafts]
    assert answers.count(None) <= MAX_OPEN
    crowd = [await placed(heia) for _ in range(30)]

    async def ask(each: PageCaller) -> str | None:
        return await send(each, await drafted(each))

    refusals = await asyncio.gather(*map(ask, crowd))
    assert any(refusal and refusal.startswith(REFUSED) for refusal in refusals)
    employee = await PageCaller.of(http, heia.url, EMPLOYEE)
    assert await send(employee, await drafted(employee)) is None
    await employee.hears("Sendt til Ambassadør")
    shot = file_of(drawn())
    for page in (greedy, crowd[0]):
        assert page._own is not None
        for _ in range(25 if page is greedy else 1):
            body = {"data": shot, "headers": {"Origin": heia.url}}
            async with page._own.post(f"{heia.url}/chat/images", **body) as answer:
                assert answer.status == 200
    for page in (*crowd, greedy, employee):
        await page.close()
    assert "\u202e" not in "".join(path.read_text("utf-8", "replace") for path in heia.folder.rglob("*.journal"))


async def test_a_guest_reads_in_the_browser_that_nothing_was_sent_and_what_to_do(
    browser: Browser, tmp_path: Path
) -> None:
    async with program(tmp_path, dev=False, HEIA_WEB_GUESTS="true", HEIA_GUEST_HANDOFFS_AN_HOUR="0") as heia:
        guest = await placed(heia)
        await drafted(guest)
        assert guest._own is not None
        cookies = [{"name": each.key, "value": each.value, "url": heia.url} for each in guest._own.cookie_jar]
        context = await browser.new_context(locale="nb-NO", viewport={"width": 900, "height": 900})
        context.set_default_timeout(10_000)
        await context.add_cookies(cookies)
        chat = Chat(await context.new_page())
        await chat.page.goto(f"{heia.url}/chat")
        await chat.fill("Dette blir sendt", "Hvorfor brummer den?")
        await chat.press_in_log("Send")
        await expect(chat.page.get_by_text(REFUSED).last).to_be_visible()
        await expect(
            chat.page.get_by_text("Jobber du her, får du hjelp fortere når du logger inn.").last
        ).to_be_visible()
        await context.close()
        await guest.close()
